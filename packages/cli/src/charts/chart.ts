/** One picture: Observable Plot drawn without a browser, with its text alternative and labels that do not overlap. */
import { type Markish, type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { clean } from "./markup.ts";

export interface Picture {
  /** The picture's file name, without extension. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, in words and numbers. */
  readonly description: string;
  /** What the picture leaves out, to be read below it. */
  readonly caption?: string;
  /** For a given width in pixels. Colours are variables of `palette`. */
  draw(width: number): string;
}

export interface ChartOptions extends Omit<PlotOptions, "document" | "title"> {
  readonly marks: Markish[];
}

const { document } = parseHTML("<!doctype html><html><body></body></html>");

export const fontSize = 12;

/** Of a picture so wide, if nothing asks for more. */
export const pictureHeight = (width: number): number => Math.round(width < 500 ? 260 : 0.52 * width);

/** From a value to its place in pixels. */
export type Place = (value: number) => number;

/**
 * An SVG element as text. Plot escapes what it writes; `clean` removes what no XML can hold.
 *
 * @param above - more markup to lay over the picture, for the places of x, y and of the row of a facet.
 */
export function renderChart(options: ChartOptions, above?: (x: Place, y: Place, row: Place) => string): string {
  const svg = plot({
    style: { fontSize: `${fontSize}px`, background: "none", overflow: "visible" },
    marginTop: 24,
    ...options,
    document: document as never,
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("class", "chart");
  for (const element of svg.querySelectorAll("style")) element.remove();
  // What a reader hears is the title and the description of the picture, not its parts.
  for (const element of svg.querySelectorAll("[aria-label]")) element.removeAttribute("aria-label");
  const text = clean(svg.outerHTML);
  if (!above) return text;
  const placeOf =
    (name: "x" | "y" | "fy"): Place =>
    (value) =>
      svg.scale(name)?.apply(value) ?? 0;
  return text.replace(/<\/svg>$/, `${above(placeOf("x"), placeOf("y"), placeOf("fy"))}</svg>`);
}

/** Cut to so many characters. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** Positions moved as little as it takes to be `gap` apart within [low, high], in the order they have. */
export function spreadOut(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b]);
  const placed = new Array<number>(positions.length);
  let next = low;
  for (const i of order) {
    placed[i] = Math.max(next, Math.min(high, positions[i]));
    next = placed[i] + gap;
  }
  let limit = high;
  for (const i of order.toReversed()) {
    placed[i] = Math.min(placed[i], limit);
    limit = placed[i] - gap;
  }
  return placed;
}
