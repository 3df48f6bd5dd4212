/** A fit as a picture: data with their errors, the curve with its 95 % band, and the residuals below. */
import { areaY, axisX, axisY, dot, gridY, line, ruleX, ruleY, text } from "@observablehq/plot";
import { fontSize, type Picture, renderChart } from "../charts/chart.ts";
import { extent, short } from "../charts/scale.ts";

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Of the band; NaN without. */
  readonly low: number;
  readonly high: number;
}

export interface FitPoint {
  readonly x: number;
  readonly y: number;
  /** y − f(x). */
  readonly residual: number;
  /** One standard deviation; undefined if not known. */
  readonly sigma?: number;
}

export interface FitPictureOptions {
  readonly title: string;
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly FitPoint[];
  readonly curve: readonly CurvePoint[];
}

const [marginLeft, marginRight] = [58, 16];
const [mainHeight, restHeight] = [300, 160];
const dataColour = "var(--text)";
const curveColour = "var(--series-0)";

export function fitPicture(options: FitPictureOptions): Picture {
  const { title, description } = options;
  return { name: "fit", title, description, draw: (width) => draw(options, width) };
}

function draw({ xLabel, yLabel, points, curve }: FitPictureOptions, width: number): string {
  const radius = points.length > 400 ? 1.4 : points.length > 100 ? 2 : 3;
  const dots = { fill: dataColour, fillOpacity: points.length > 400 ? 0.45 : 1, r: radius };
  const x = { domain: extent([...points, ...curve].map((point) => point.x)), nice: false };
  const axes = (label: string, xLabel: string | null, ticks: number) => [
    gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
    axisX({ label: xLabel, color: "var(--faint)", ticks: Math.max(3, Math.floor(width / 110)), tickFormat: short }),
    axisY({ label, color: "var(--faint)", ticks, tickFormat: short }),
  ];
  const inside = (high: number, low: number) => Number.isFinite(high) && Number.isFinite(low);
  // The band may be far wider than the data where nothing was measured; the picture is about the data.
  const yDomain = padded(extent([...points.flatMap(spread), ...curve.map(({ y }) => y)]));
  const size = { width, marginLeft, marginRight, marginTop: 28, marginBottom: 36 };
  const main = renderChart({
    ...size,
    height: mainHeight,
    x,
    y: { domain: yDomain, clamp: true },
    marks: [
      ...axes(yLabel, null, 5),
      areaY(
        curve.filter(({ low, high }) => inside(low, high)),
        { x: "x", y1: "low", y2: "high", fill: curveColour, fillOpacity: 0.18 },
      ),
      ruleX(
        points.filter(({ sigma }) => sigma !== undefined),
        { x: "x", y1: lower, y2: upper, stroke: dataColour, strokeOpacity: 0.45 },
      ),
      line(curve, { x: "x", y: "y", stroke: curveColour, strokeWidth: 1.8 }),
      dot(points, { x: "x", y: "y", ...dots }),
      text(["● data"], { frameAnchor: "top-right", dy: -20, dx: -165, fill: dataColour }),
      text(["━ curve and 95 % band"], { frameAnchor: "top-right", dy: -20, fill: curveColour }),
    ],
  });
  const most = Math.max(...points.map(({ residual, sigma = 0 }) => Math.abs(residual) + sigma)) || 1;
  const rest = renderChart({
    ...size,
    height: restHeight,
    x,
    y: { domain: [-1.08 * most, 1.08 * most] },
    marks: [
      ...axes("residual: data − curve", xLabel, 3),
      ruleY([0], { stroke: curveColour, strokeWidth: 1.4 }),
      ruleX(
        points.filter(({ sigma }) => sigma !== undefined),
        {
          x: "x",
          y1: (p: FitPoint) => p.residual - p.sigma!,
          y2: (p: FitPoint) => p.residual + p.sigma!,
          stroke: dataColour,
          strokeOpacity: 0.45,
        },
      ),
      dot(points, { x: "x", y: "residual", ...dots }),
    ],
  });
  const height = mainHeight + restHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="${fontSize}">${main}<g transform="translate(0,${mainHeight})">${rest}</g></svg>`;
}

const lower = ({ y, sigma = 0 }: FitPoint): number => y - sigma;
const upper = ({ y, sigma = 0 }: FitPoint): number => y + sigma;
const spread = (point: FitPoint): number[] => [lower(point), upper(point)];

const padded = ([low, high]: [number, number]): [number, number] => [
  low - 0.04 * (high - low),
  high + 0.04 * (high - low),
];
