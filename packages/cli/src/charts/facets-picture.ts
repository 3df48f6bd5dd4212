/** Small multiples of one kind, a row each, with its name above its left end. */
import { axisX, axisY, gridY, type Markish, type ScaleOptions, text } from "@observablehq/plot";
import { fontSize, type Picture, renderChart, shorten } from "./chart.ts";

export interface Facet {
  readonly name: string;
  /** Marks whose data carry `row`, the number of the facet. */
  marks(row: number): Markish[];
}

export interface FacetsOptions {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly x: ScaleOptions & { readonly label: string };
  readonly y: ScaleOptions & { readonly label: string };
  readonly facets: readonly Facet[];
  /** Marks of every facet, such as a line at 1. */
  readonly common?: readonly Markish[];
  /** What the colours stand for. */
  readonly legend?: readonly { readonly label: string; readonly fill: string }[];
  /** Of a row, in pixels; defaults to 72. */
  readonly rowHeight?: number;
}

/** Undefined if there is nothing to draw. */
export function facetsPicture(options: FacetsOptions): Picture | undefined {
  const { name, title, description, facets } = options;
  return facets.length === 0 ? undefined : { name, title, description, draw: (width) => draw(options, width) };
}

function draw({ x, y, facets, common = [], legend = [], rowHeight = 72 }: FacetsOptions, width: number): string {
  const [marginLeft, marginRight, marginBottom] = [52, 14, 40];
  const rows = legendRows(legend, width - marginLeft - marginRight);
  const { ticks = 3 } = y;
  const marginTop = 28 + rows.length * 26;
  const letters = Math.floor((width - marginLeft - marginRight) / (0.62 * fontSize));
  const names = facets.map((facet, row) => ({ row, name: shorten(facet.name, letters) }));
  return renderChart({
    width,
    height: marginTop + marginBottom + facets.length * rowHeight,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    x,
    y,
    fy: { domain: facets.map((_, row) => row), padding: 0.3, axis: null },
    marks: [
      gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
      axisX({ label: x.label, color: "var(--faint)", ticks: Math.max(3, Math.floor(width / 100)) }),
      axisY({ label: null, color: "var(--faint)", ticks, tickFormat: y.tickFormat }),
      ...common,
      ...facets.flatMap((facet, row) => facet.marks(row)),
      text(names, {
        fy: "row",
        text: "name",
        frameAnchor: "top-left",
        lineAnchor: "bottom",
        dy: -4,
        fill: "var(--text)",
        fontWeight: 600,
      }),
      text([y.label], { facet: "super", frameAnchor: "top-right", dy: 8 - marginTop, fill: "var(--faint)" }),
      ...rows.flatMap((row, i) =>
        row.flatMap(({ label, fill, at }) => [
          text(["■"], { facet: "super", frameAnchor: "top-left", dx: at, dy: 24 + 18 * i - marginTop, fill }),
          text([label], {
            facet: "super",
            frameAnchor: "top-left",
            dx: at + 14,
            dy: 24 + 18 * i - marginTop,
            fill: "var(--text)",
          }),
        ]),
      ),
    ],
  });
}

/** Entries of a legend in as many rows as the width asks for. */
function legendRows<T extends { readonly label: string }>(legend: readonly T[], width: number) {
  const rows: (T & { readonly at: number })[][] = [];
  let at = Infinity;
  for (const entry of legend) {
    const needed = 14 + [...entry.label].length * 0.6 * fontSize + 16;
    if (at + needed > width) {
      rows.push([]);
      at = 0;
    }
    rows[rows.length - 1].push({ ...entry, at });
    at += needed;
  }
  return rows;
}
