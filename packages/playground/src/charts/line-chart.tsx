/** Lines over an axis, with a cursor that other pictures share. */

import type { CSSProperties } from "preact";
import { useId } from "preact/hooks";
import { type Axis, makeScale, show } from "./scale.ts";
import { useWidth } from "./use-width.ts";

export interface Series {
  readonly name: string;
  readonly style: CSSProperties;
  /** Points in the order of x; a y that is not finite breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  /** A point to mark, such as where the cursor meets the line. */
  readonly mark?: readonly [number, number];
}

interface LineChartProps {
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly height?: number;
  /** Values of y worth a line of their own, with their names. */
  readonly rules?: readonly { readonly at: number; readonly name: string }[];
  /** Points by themselves. */
  readonly dots?: readonly (readonly [number, number])[];
  /** A vertical line. */
  readonly cursor?: number;
}

const margin = { left: 46, right: 16, top: 8, bottom: 34 };

export function LineChart({ title, x, y, series, height = 170, rules = [], dots = [], cursor }: LineChartProps) {
  const { ref, width } = useWidth();
  const clip = useId();
  const inner = { right: Math.max(margin.left + 10, width - margin.right), bottom: height - margin.bottom };
  const all = [...series.flatMap(({ points }) => points), ...dots];
  const toX = makeScale(
    x,
    all.map((p) => p[0]),
    [margin.left, inner.right],
    Math.max(2, width / 80),
  );
  const toY = makeScale(
    y,
    all.map((p) => p[1]),
    [inner.bottom, margin.top],
    Math.max(2, height / 40),
  );
  return (
    <figure class="chart">
      <figcaption>{title ?? y.label}</figcaption>
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={`${title ?? y.label}. ${describe(series, y)}`}>
            <clipPath id={clip}>
              <rect x={margin.left} y={0} width={inner.right - margin.left + 6} height={inner.bottom + 4} />
            </clipPath>
            <g class="grid">
              {toY.ticks.map((tick) => (
                <g key={tick}>
                  <line x1={margin.left} x2={inner.right} y1={toY(tick)} y2={toY(tick)} />
                  <text x={margin.left - 7} y={toY(tick)} dy="0.32em" text-anchor="end">
                    {show(tick)}
                  </text>
                </g>
              ))}
              {toX.ticks.map((tick) => (
                <text key={tick} x={toX(tick)} y={inner.bottom + 16} text-anchor="middle">
                  {show(tick)}
                </text>
              ))}
              <text x={inner.right} y={height - 3} text-anchor="end" class="axis">
                {x.label}
              </text>
            </g>
            <g clip-path={`url(#${clip})`}>
              {rules.map(({ at, name }) => (
                <g key={name} class="rule">
                  <line x1={margin.left} x2={inner.right} y1={toY(at)} y2={toY(at)} />
                  <text x={inner.right} y={toY(at) - 4} text-anchor="end">
                    {name}
                  </text>
                </g>
              ))}
              {cursor !== undefined && (
                <line class="cursor" x1={toX(cursor)} x2={toX(cursor)} y1={margin.top} y2={inner.bottom} />
              )}
              {dots.map(([at, value], i) => (
                <circle key={i} class="sample" cx={toX(at).toFixed(1)} cy={toY(value).toFixed(1)} r={1.8} />
              ))}
              {series.map(({ name, style, points, mark }) => (
                <g key={name} style={style}>
                  <path class="line" d={lineOf(points, toX, toY, y.log ?? false)} />
                  {mark && Number.isFinite(mark[1]) && (
                    <circle class="mark" cx={toX(mark[0])} cy={toY(mark[1])} r={3.5} style={{ fill: style.stroke }} />
                  )}
                </g>
              ))}
            </g>
          </svg>
        )}
      </div>
    </figure>
  );
}

function lineOf(
  points: Series["points"],
  toX: (x: number) => number,
  toY: (y: number) => number,
  log: boolean,
): string {
  let path = "";
  let drawing = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(y) || (log && y <= 0)) drawing = false;
    else {
      path += `${drawing ? "L" : "M"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`;
      drawing = true;
    }
  }
  return path;
}

/** What the lines say at their ends, for those who do not see them. */
function describe(series: readonly Series[], y: Axis): string {
  return series
    .map(({ name, points, mark }) => ({ name, value: (mark ?? points.at(-1))?.[1] }))
    .filter(({ value }) => value !== undefined)
    .map(({ name, value }) => `${name}: ${y.label} ${show(value!)}`)
    .join("; ");
}
