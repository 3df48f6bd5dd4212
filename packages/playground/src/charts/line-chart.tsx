/** Lines over an axis, with a cursor that other pictures share. */

import type { CSSProperties } from "preact";
import { useId, useMemo } from "preact/hooks";
import { dots } from "./dots.ts";
import { type Axis, makeScale, type Scale, show } from "./scale.ts";
import { useWidth } from "./use-width.ts";

export interface Series {
  /** Empty for a line that is there for comparison. */
  readonly name: string;
  readonly style: CSSProperties;
  /** Points in the order of x; a y that is not finite breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  /** A point to mark, such as where the cursor meets the line. */
  readonly mark?: readonly [number, number];
  /** Written at the right of the chart, as high as the mark. */
  readonly label?: string;
  /** More points of the line to mark, by rings. */
  readonly rings?: readonly (readonly [number, number])[];
}

interface LineChartProps {
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly height?: number;
  /** Values of y to mark by a line, with their names. */
  readonly rules?: readonly { readonly at: number; readonly name: string }[];
  /** Points by themselves. */
  readonly dots?: readonly (readonly [number, number])[];
  /** From where to where, at each x: an area behind the lines. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** The same for each dot: its error. */
  readonly bars?: readonly (readonly [x: number, low: number, high: number])[];
  /** Radius of a dot in pixels; defaults to 1.8. */
  readonly dotSize?: number;
  /** Defaults to grey. */
  readonly dotColor?: string;
  /** A vertical line. */
  readonly cursor?: number;
}

const noDots: NonNullable<LineChartProps["dots"]> = [];
const noBars: NonNullable<LineChartProps["bars"]> = [];

const margin = { left: 46, top: 8, bottom: 34 };
const rightMargin = 18;
const letterWidth = 7.8;
/** Pixels between the base lines of two labels. */
const labelHeight = 14;

export function LineChart({
  title,
  x,
  y,
  series,
  height = 170,
  rules = [],
  dots: samples = noDots,
  band = noBars,
  bars = noBars,
  dotSize = 1.8,
  dotColor,
  cursor,
}: LineChartProps) {
  const { ref, width } = useWidth();
  const clip = useId();
  const longest = Math.max(0, ...series.map(({ label = "" }) => label.length));
  const right = rightMargin + letterWidth * longest;
  const inner = { right: Math.max(margin.left + 10, width - right), bottom: height - margin.bottom };
  const ends = bars.flatMap(([at, low, high]) => [[at, low] as const, [at, high] as const]);
  const all = [...series.map(({ points }) => points), samples, ends];
  const toX = makeScale(
    x,
    () => all.flatMap((points) => points.map(([at]) => at)),
    [margin.left, inner.right],
    Math.max(2, width / 80),
  );
  const toY = makeScale(
    y,
    () => all.flatMap((points) => points.map(([, value]) => value)),
    [inner.bottom, margin.top],
    Math.max(2, height / 40),
  );
  const placed = useMemo(
    () =>
      dots(
        samples.map(([at, value]) => [toX(at), toY(value)]),
        dotSize,
      ),
    [samples, toX.key, toY.key, dotSize],
  );
  return (
    <figure class="chart">
      <figcaption>{title ?? y.label}</figcaption>
      <div ref={ref} style={{ height: `${height}px` }}>
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={`${title ?? y.label}. ${describe(series, y)}`}>
            <clipPath id={clip}>
              <rect x={margin.left} y={0} width={inner.right - margin.left + 6} height={inner.bottom + 4} />
            </clipPath>
            <g class="grid">
              {toY.ticks.map((tick, i) => (
                <g key={i}>
                  <line x1={margin.left} x2={inner.right} y1={toY(tick)} y2={toY(tick)} />
                  <text x={margin.left - 7} y={toY(tick)} dy="0.32em" text-anchor="end">
                    {show(tick)}
                  </text>
                </g>
              ))}
              {toX.ticks.map((tick, i) => (
                <text key={i} x={toX(tick)} y={inner.bottom + 16} text-anchor="middle">
                  {show(tick)}
                </text>
              ))}
              <text x={inner.right} y={height - 3} text-anchor="end" class="axis">
                {x.label}
              </text>
            </g>
            <g clip-path={`url(#${clip})`}>
              {rules.map(({ at, name }) => (
                <line key={name} class="rule" x1={margin.left} x2={inner.right} y1={toY(at)} y2={toY(at)} />
              ))}
              {cursor !== undefined && (
                <line class="cursor" x1={toX(cursor)} x2={toX(cursor)} y1={margin.top} y2={inner.bottom} />
              )}
              {band.length > 0 && <path class="band" d={areaOf(band, toX, toY)} />}
              {bars.length > 0 && <path class="bars" d={barsOf(bars, toX, toY)} />}
              {samples.length > 0 && (
                <path class="sample" d={placed} style={dotColor && { fill: dotColor, fillOpacity: 0.9 }} />
              )}
              {series.map(({ style, points, mark, rings = [] }, i) => (
                <g key={i} style={style}>
                  <Line points={points} toX={toX} toY={toY} log={y.log ?? false} />
                  {mark && Number.isFinite(mark[1]) && (
                    <circle class="mark" cx={toX(mark[0])} cy={toY(mark[1])} r={3.5} style={{ fill: style.stroke }} />
                  )}
                  {rings.map(([at, value]) => (
                    <circle key={at} class="ring" cx={toX(at)} cy={toY(value)} r={4.5} />
                  ))}
                </g>
              ))}
              {rules.map(({ at, name }) => (
                <text key={name} class="rule" x={inner.right - 8} y={toY(at) - 4} text-anchor="end">
                  {name}
                </text>
              ))}
            </g>
            {placeLabels(series, toY, inner.bottom).map(({ label, color, y }) => (
              <text key={label} class="label" x={inner.right + 10} y={y} dy="0.32em" style={{ fill: color }}>
                {label}
              </text>
            ))}
          </svg>
        )}
      </div>
    </figure>
  );
}

/** As high as their marks, but below each other where those are close. */
function placeLabels(series: readonly Series[], toY: Scale, bottom: number) {
  const labels = series
    .flatMap(({ label, mark, style }) => (label && mark ? [{ label, color: style.stroke, y: toY(mark[1]) }] : []))
    .filter(({ y }) => Number.isFinite(y))
    .sort((a, b) => a.y - b.y);
  for (let i = 0; i < labels.length; i++) {
    labels[i].y = Math.max(labels[i].y, margin.top + 6, i > 0 ? labels[i - 1].y + labelHeight : 0);
  }
  for (let i = labels.length - 1; i >= 0; i--) {
    labels[i].y = Math.min(labels[i].y, i + 1 < labels.length ? labels[i + 1].y - labelHeight : bottom);
  }
  return labels;
}

interface LineProps extends Pick<Series, "points"> {
  readonly toX: Scale;
  readonly toY: Scale;
  readonly log: boolean;
}

function Line({ points, toX, toY, log }: LineProps) {
  const d = useMemo(() => lineOf({ points, toX, toY, log }), [points, toX.key, toY.key, log]);
  return <path class="line" d={d} />;
}

function lineOf({ points, toX, toY, log }: LineProps): string {
  let path = "";
  let drawing = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(y) || (log && y <= 0)) drawing = false;
    else {
      path += `${drawing ? "L" : "M"}${tenths(toX(x))} ${tenths(toY(y))}`;
      drawing = true;
    }
  }
  return path;
}

/** Along the upper edge, and back along the lower one. */
function areaOf(band: NonNullable<LineChartProps["band"]>, toX: Scale, toY: Scale): string {
  const drawn = band.filter(([, low, high]) => Number.isFinite(low) && Number.isFinite(high));
  const upper = drawn.map(([x, , high]) => `${tenths(toX(x))} ${tenths(toY(high))}`);
  const lower = drawn.map(([x, low]) => `${tenths(toX(x))} ${tenths(toY(low))}`).reverse();
  return drawn.length > 0 ? `M${[...upper, ...lower].join("L")}Z` : "";
}

function barsOf(bars: NonNullable<LineChartProps["bars"]>, toX: Scale, toY: Scale): string {
  return bars.map(([x, low, high]) => `M${tenths(toX(x))} ${tenths(toY(low))}V${tenths(toY(high))}`).join("");
}

/** As precise as a screen; faster than by way of digits. */
const tenths = (pixels: number) => Math.round(10 * pixels) / 10;

/** What the lines say at their ends, for those who do not see them. */
function describe(series: readonly Series[], y: Axis): string {
  return series
    .map(({ name, points, mark }) => ({ name, value: (mark ?? points.at(-1))?.[1] }))
    .filter(({ name, value }) => name !== "" && value !== undefined)
    .map(({ name, value }) => `${name}: ${y.label} ${show(value!)}`)
    .join("; ");
}
