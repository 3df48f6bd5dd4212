/** Small multiples of one kind, a row each, with its name above its left end. */
import { axisX, axisY, gridY, type Markish, type ScaleOptions, text } from "@observablehq/plot";
import { type ChartOptions, fontSize, type Picture, type Place, pictureHeight, renderChart, shorten } from "./chart.ts";
import { hoverStrips, spaced } from "./hover.ts";

export interface Facet {
  readonly name: string;
  /** Marks whose data carry `row`, the number of the facet. */
  marks(row: number): Markish[];
  /** What the pointer is told at places of x. */
  readonly values?: readonly { readonly x: number; readonly lines: readonly string[] }[];
}

export interface FacetsOptions {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly caption?: string;
  readonly x: ScaleOptions & { readonly label: string };
  readonly y: ScaleOptions & { readonly label: string };
  readonly facets: readonly Facet[];
  /** Marks of every facet, such as a line at 1. */
  readonly common?: readonly Markish[];
  /** What the colours stand for. */
  readonly legend?: readonly { readonly label: string; readonly fill: string }[];
  /** Of a row, in pixels, at least; rows fill a picture of the usual height. Defaults to 72. */
  readonly rowHeight?: number;
}

/** Undefined if there is nothing to draw. */
export function facetsPicture(options: FacetsOptions): Picture | undefined {
  const { name, title, description, caption, facets } = options;
  if (facets.length === 0) return undefined;
  return {
    name,
    title,
    description,
    ...(caption !== undefined && { caption }),
    draw: (width) => draw(options, width),
  };
}

function draw({ x, y, facets, common = [], legend = [], rowHeight: least = 72 }: FacetsOptions, width: number): string {
  const [marginLeft, marginRight, marginBottom] = [52, 14, 40];
  const rows = legendRows(legend, width - marginLeft - marginRight);
  const { ticks = facets.length > 2 ? 3 : 5 } = y;
  const marginTop = 28 + rows.length * 26;
  const rowHeight = Math.max(least, (pictureHeight(width) - marginTop - marginBottom) / facets.length);
  // Names stand between the rows.
  const padding = Math.min(0.3, 24 / rowHeight);
  const bandHeight = ((1 - padding) * facets.length * rowHeight) / (facets.length + padding);
  const strips = (at: Place, row: Place) =>
    facets
      .map(({ values = [] }, i) => {
        const places = new Map(values.map((value) => [value.x, value]));
        const shown = spaced([...places.keys()], Math.floor((width - marginLeft - marginRight) / 9));
        const frame = { left: marginLeft, right: width - marginRight, top: row(i), bottom: row(i) + bandHeight };
        return hoverStrips(
          shown.map((x) => ({ x: at(x), lines: places.get(x)!.lines.map((text) => ({ text })) })),
          frame,
        );
      })
      .join("");
  const letters = Math.floor((width - marginLeft - marginRight) / (0.62 * fontSize));
  const names = facets.map((facet, row) => ({ row, name: shorten(facet.name, letters) }));
  const options: ChartOptions = {
    width,
    height: marginTop + marginBottom + facets.length * rowHeight,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    x,
    y,
    fy: { domain: facets.map((_, row) => row), padding, axis: null },
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
      text([`↑ ${y.label}`], {
        facet: "super",
        frameAnchor: "top-left",
        dx: 6 - marginLeft,
        dy: 6 - marginTop,
        fill: "var(--faint)",
      }),
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
  };
  return renderChart(options, (at, _, row) => strips(at, row));
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
