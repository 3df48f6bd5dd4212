/** Numbers of named rows: bars from 0, or dots where 0 says nothing. */
import { axisX, axisY, barX, dot, gridX, ruleX, text } from "@observablehq/plot";
import { digits } from "../format.ts";
import { fontSize, type Picture, renderChart, shorten } from "./chart.ts";
import { extent, logTicks, type ScaleName, short } from "./scale.ts";

export interface RowsOptions {
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly mark: "bar" | "dot";
  /** Of x; defaults to linear. */
  readonly scale?: ScaleName;
  /** A value to compare with, as a line. */
  readonly rule?: number;
  readonly rows: readonly string[];
  /** A value for each row; with several, a dot of each colour in every row. */
  readonly series: readonly { readonly label: string; readonly fill: string; readonly values: readonly number[] }[];
}

const rowHeight = 22;

/** Undefined if there is nothing to draw. */
export function rowsPicture(options: RowsOptions): Picture | undefined {
  const { name, title, rows, series } = options;
  if (rows.length === 0) return undefined;
  const said = series.map(({ label, values }) => {
    const parts = values.flatMap((value, i) => (Number.isFinite(value) ? [`${rows[i]} ${digits(value, 3)}`] : []));
    return series.length > 1 ? `${label}: ${parts.join(", ")}` : parts.join(", ");
  });
  return { name, title, description: `${options.x}. ${said.join("; ")}.`, draw: (width) => draw(options, width) };
}

function draw({ x, mark, scale = "linear", rule, rows, series }: RowsOptions, width: number): string {
  const letters = Math.min(width < 500 ? 14 : 26, Math.max(...rows.map((row) => [...row].length)));
  const marginLeft = Math.ceil(letters * 0.6 * fontSize) + 16;
  const legend = series.length > 1 ? series : [];
  const [marginTop, marginBottom] = [legend.length > 0 ? 28 : 10, 40];
  const points = series.flatMap(({ fill, values }) => values.map((value, row) => ({ row, value, fill })));
  const [low, high] = extent(points.map(({ value }) => value));
  const columns = width - marginLeft - 20;
  // Entries of the legend are as wide as their labels, or share what there is.
  const longest = Math.max(3, Math.floor(columns / Math.max(1, legend.length) / (0.62 * fontSize)) - 3);
  const isRoomy = legend.reduce((sum, { label }) => sum + [...label].length + 4, 0) * 0.62 * fontSize < columns;
  const labels = legend.map(({ label }) => (isRoomy ? label : shorten(label, longest)));
  const places = labels.map((_, i) =>
    labels.slice(0, i).reduce((sum, label) => sum + ([...label].length + 4) * 0.62 * fontSize, 0),
  );
  return renderChart({
    width,
    height: marginTop + marginBottom + rows.length * rowHeight,
    marginLeft,
    marginRight: 20,
    marginTop,
    marginBottom,
    x: { type: scale, nice: true },
    y: { type: "band", domain: rows.map((_, row) => row), padding: 0.3 },
    marks: [
      gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: scale === "log" ? logTicks(low, high) : 5 }),
      axisX({
        label: x,
        color: "var(--faint)",
        ticks: scale === "log" ? logTicks(low, high) : Math.max(3, Math.floor(columns / 80)),
        tickFormat: short,
      }),
      ...(rule === undefined ? [] : [ruleX([rule], { stroke: "var(--faint)", strokeDasharray: "3 3" })]),
      axisY({
        label: null,
        color: "var(--text)",
        tickSize: 0,
        tickFormat: (row: number) => shorten(rows[row], letters),
      }),
      ...(mark === "bar"
        ? [barX(points, { x: "value", y: "row", fill: "fill" }), ruleX([0], { stroke: "var(--faint)" })]
        : [dot(points, { x: "value", y: "row", fill: "fill", r: 4.5 })]),
      ...legend.map(({ fill }, i) =>
        text([`● ${labels[i]}`], {
          frameAnchor: "top-left",
          dx: places[i],
          dy: -20,
          fill,
          fontWeight: 600,
        }),
      ),
    ],
  });
}
