/** Curves with bands, each labelled at its end. */
import { areaY, axisX, axisY, gridY, line, link, type ScaleOptions, text } from "@observablehq/plot";
import { digits } from "../format.ts";
import { type Band, resample, thin } from "./band.ts";
import { fontSize, type Picture, type Place, pictureHeight, renderChart, shorten, spreadOut } from "./chart.ts";
import { hoverStrips, spaced } from "./hover.ts";
import type { Stroke } from "./palette.ts";
import { decade, leastOf, logTicks, rangeOf, type ScaleName, short, transforms } from "./scale.ts";

export interface Series extends Stroke {
  readonly label: string;
  readonly curve: Band;
}

export interface LinesOptions {
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Defaults to linear. */
  readonly scale?: ScaleName;
  readonly series: readonly Series[];
  /** Whether the picture makes room for all of its bands; else for as much of them as lets the curves be seen. */
  readonly wholeBands?: boolean;
  readonly caption?: string;
  /** How a value of y is written in the description and under the pointer; defaults to three digits. */
  readonly format?: (y: number) => string;
}

const marginLeft = 52;
const lineHeight = 1.15 * fontSize;
/** Width of a character on average, a little too much rather than too little. */
const characterWidth = 0.6 * fontSize;

/** Undefined if there is nothing to draw. */
export function linesPicture(options: LinesOptions): Picture | undefined {
  const { scale, title } = options;
  const isDrawable = (y: number) => Number.isFinite(y) && (scale !== "log" || y > 0);
  const series = options.series.filter(({ curve }) => curve.y.some(isDrawable));
  if (series.length === 0) return undefined;
  return {
    name: options.name,
    title,
    description: describe(options, series),
    ...(options.caption !== undefined && { caption: options.caption }),
    draw: (width) => draw({ ...options, series }, isDrawable, width),
  };
}

function draw(
  { x, y, scale = "linear", series, wholeBands = false, format = threeDigits }: LinesOptions,
  isDrawable: (y: number) => boolean,
  width: number,
) {
  const letters = Math.min(width < 500 ? 15 : 29, Math.max(...series.map(({ label }) => [...label].length)));
  const marginRight = Math.ceil(letters * characterWidth) + 22;
  const height = Math.max(pictureHeight(width), Math.ceil(lineHeight * series.length) + 90);
  const [marginTop, marginBottom] = [26, 40];
  const columns = width - marginLeft - marginRight;
  const thinned = series.map((one) => ({ ...one, curve: thin(one.curve, columns) }));
  const [low, high] = rangeOf(
    thinned.map(({ curve }) => curve),
    isDrawable,
    scale,
    wholeBands,
  );
  const end = Math.max(...thinned.map(({ curve }) => curve.x[curve.x.length - 1]));
  const begin = Math.min(...thinned.map(({ curve }) => curve.x[0]));

  // Labels stand at the right, as near to the ends of their curves as they can without touching.
  const tips = thinned.map(({ curve }) => {
    const last = curve.y.findLastIndex(isDrawable);
    return { x: curve.x[last], y: curve.y[last] };
  });
  const [up, down] = transforms[scale];
  const perPixel = (up(high) - up(low)) / (height - marginTop - marginBottom) || 1;
  const places = spreadOut(
    tips.map((tip) => -up(Math.min(high, Math.max(low, tip.y)))),
    lineHeight * perPixel,
    -up(high),
    -up(low),
  ).map((place) => down(-place));

  const ticks = scale === "log" ? logTicks(low, high) : 5;
  const pointsOf = ({ curve }: Series) =>
    curve.x.map((x, i) => ({ x, y: isDrawable(curve.y[i]) ? curve.y[i] : Number.NaN, ...bandAt(curve, i, low, high) }));
  const yScale: ScaleOptions = { type: scale, domain: [low, high], clamp: true };
  // What the pointer is told: the values of the lines as they are drawn.
  const positions = [...new Set(thinned.flatMap(({ curve }) => curve.x))].sort((a, b) => a - b);
  const strips = (at: Place) =>
    spaced(positions, Math.floor(columns / 9)).map((position) => ({
      x: at(position),
      lines: [
        { text: `${x.replace(/ \(.*/, "")} ${short(position)}` },
        ...thinned.flatMap(({ label, curve, stroke }) => {
          const value = valueAt(curve, position);
          return isDrawable(value) ? [{ text: `${shorten(label, 29)}: ${format(value)}`, fill: stroke }] : [];
        }),
      ],
    }));
  return renderChart(
    {
      width,
      height,
      marginLeft,
      marginRight,
      marginTop,
      marginBottom,
      x: { domain: begin === end ? [begin - 1, end + 1] : [begin, end] },
      y: yScale,
      marks: [
        gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
        axisX({ label: x, color: "var(--faint)", ticks: Math.max(3, Math.floor(columns / 64)), tickFormat: short }),
        axisY({ label: y, color: "var(--faint)", ticks, tickFormat: scale === "log" ? decade : short }),
        ...thinned.map((one) =>
          areaY(pointsOf(one), { x: "x", y1: "low", y2: "high", fill: one.stroke, fillOpacity: 0.16 }),
        ),
        ...thinned.map((one) =>
          line(pointsOf(one), {
            x: "x",
            y: "y",
            stroke: one.stroke,
            strokeDasharray: one.strokeDasharray,
            strokeWidth: 1.6,
            // A curve of one point is a dot.
            ...(one.curve.x.length === 1 && { marker: "dot" as const }),
          }),
        ),
        ...thinned.map((one, i) =>
          link([tips[i]], {
            x1: "x",
            y1: "y",
            x2: end === begin ? end + 1 : end,
            y2: places[i],
            stroke: one.stroke,
            strokeOpacity: 0.5,
            strokeWidth: 0.8,
            strokeDasharray: "1 3",
          }),
        ),
        ...thinned.map((one, i) =>
          text([shorten(one.label, letters)], {
            x: end === begin ? end + 1 : end,
            y: places[i],
            dx: 6,
            textAnchor: "start",
            fill: one.stroke,
            fontWeight: 600,
          }),
        ),
      ],
    },
    (at) =>
      hoverStrips(strips(at), {
        left: marginLeft,
        right: width - marginRight,
        top: marginTop,
        bottom: height - marginBottom,
      }),
  );
}

/** On the line of a curve; NaN beyond its ends. */
function valueAt(curve: Band, position: number): number {
  const { x } = curve;
  return x.length > 0 && position >= x[0] && position <= x[x.length - 1] ? resample(curve, [position])[0] : Number.NaN;
}

const threeDigits = (value: number): string => digits(value, 3);

function bandAt({ low, high }: Band, i: number, bottom: number, top: number) {
  return Number.isFinite(low[i]) && Number.isFinite(high[i])
    ? { low: Math.max(bottom, low[i]), high: Math.min(top, high[i]) }
    : { low: Number.NaN, high: Number.NaN };
}

function describe({ x, y, format = threeDigits }: LinesOptions, series: readonly Series[]): string {
  const parts = series.map(({ label, curve }) => {
    const first = curve.y.findIndex(Number.isFinite);
    const last = curve.y.findLastIndex(Number.isFinite);
    const lowest = leastOf(curve.y.filter(Number.isFinite));
    return `${label}: ${format(curve.y[first])} at ${short(curve.x[first])}, ${format(curve.y[last])} at ${short(curve.x[last])}, least ${format(lowest)}`;
  });
  return `${y} over ${x}. ${parts.join("; ")}.`;
}
