/** Numbers of named rows: bars from 0, or dots where 0 says nothing. */
import { axisX, axisY, barX, dot, gridX, ruleX, text } from "@observablehq/plot";
import { digits } from "../format.ts";
import { fontSize, type Picture, renderChart, shorten } from "./chart.ts";
import { short } from "./scale.ts";

export interface RowsOptions {
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly mark: "bar" | "dot";
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
    const parts = values.map((value, i) => `${rows[i]} ${digits(value, 3)}`);
    return series.length > 1 ? `${label}: ${parts.join(", ")}` : parts.join(", ");
  });
  return { name, title, description: `${options.x}. ${said.join("; ")}.`, draw: (width) => draw(options, width) };
}

function draw({ x, mark, rows, series }: RowsOptions, width: number): string {
  const letters = Math.min(width < 500 ? 14 : 26, Math.max(...rows.map((row) => [...row].length)));
  const marginLeft = Math.ceil(letters * 0.6 * fontSize) + 16;
  const legend = series.length > 1 ? series : [];
  const [marginTop, marginBottom] = [legend.length > 0 ? 28 : 10, 40];
  const points = series.flatMap(({ fill, values }) => values.map((value, row) => ({ row, value, fill })));
  const columns = width - marginLeft - 20;
  const each = columns / Math.max(1, legend.length);
  return renderChart({
    width,
    height: marginTop + marginBottom + rows.length * rowHeight,
    marginLeft,
    marginRight: 20,
    marginTop,
    marginBottom,
    x: { nice: true },
    y: { type: "band", domain: rows.map((_, row) => row), padding: 0.3 },
    marks: [
      gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
      axisX({ label: x, color: "var(--faint)", ticks: Math.max(2, Math.floor(columns / 90)), tickFormat: short }),
      axisY({
        label: null,
        color: "var(--text)",
        tickSize: 0,
        tickFormat: (row: number) => shorten(rows[row], letters),
      }),
      ...(mark === "bar"
        ? [barX(points, { x: "value", y: "row", fill: "fill" }), ruleX([0], { stroke: "var(--faint)" })]
        : [dot(points, { x: "value", y: "row", fill: "fill", r: 4.5 })]),
      ...legend.map(({ label, fill }, i) =>
        text([`● ${shorten(label, Math.max(3, Math.floor(each / (0.62 * fontSize)) - 3))}`], {
          frameAnchor: "top-left",
          dx: i * each,
          dy: -20,
          fill,
          fontWeight: 600,
        }),
      ),
    ],
  });
}
