/**
 * A plot in characters: a curve in braille, which has 2 × 4 dots a cell, and data as "o" above it.
 *
 * Where there are more data than cells for them, the data are the dots and the curve is drawn over them.
 */
import { short } from "./scale.ts";

export interface TerminalPlotOptions {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** In the order of x. */
  readonly curve: readonly (readonly [x: number, y: number])[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Characters in all, at least 30. */
  readonly width: number;
  /** Lines of the drawing, axis apart; defaults to 16. */
  readonly height?: number;
  /** What puts colour on data and curve; by default nothing does. */
  readonly paint?: { readonly points: (text: string) => string; readonly curve: (text: string) => string };
}

/** The bits of a cell's dots, [row][column]. */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];
const blank = 0x2800;

interface Canvas {
  dot(column: number, row: number): void;
  cells: Uint8Array;
}

function makeCanvas(columns: number, rows: number): Canvas {
  const cells = new Uint8Array(columns * rows);
  return {
    cells,
    dot(column, row) {
      if (column < 0 || row < 0 || column >= 2 * columns || row >= 4 * rows) return;
      cells[(row >> 2) * columns + (column >> 1)] |= bits[row & 3][column & 1];
    },
  };
}

export function terminalPlot(options: TerminalPlotOptions): string {
  const { points, curve, xLabel, yLabel, width, height = 16 } = options;
  const plain = (text: string) => text;
  const { paint = { points: plain, curve: plain } } = options;
  const drawn = [...points, ...curve].filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (drawn.length === 0) return "";
  const [left, right] = rangeOf(drawn.map(([x]) => x));
  const [bottom, top] = rangeOf(drawn.map(([, y]) => y));
  const rowOf = (y: number) => Math.round(((top - y) / (top - bottom)) * (height - 1));
  const ticks = new Map(roundValues(bottom, top, Math.max(3, height / 3)).map((y) => [rowOf(y), short(y)]));
  const margin = Math.max(...[...ticks.values()].map((tick) => tick.length)) + 2;
  const columns = Math.max(10, width - margin);
  const placeX = (x: number) => Math.round(((x - left) / (right - left)) * (2 * columns - 1));
  const placeY = (y: number) => Math.round(((top - y) / (top - bottom)) * (4 * height - 1));

  const isCrowded = points.length > 2 * columns;
  const canvas = makeCanvas(columns, height);
  const marks = new Map<number, string>();
  const line = makeCanvas(columns, height);
  for (let i = 0; i + 1 < curve.length; i++) {
    const [[x0, y0], [x1, y1]] = [curve[i], curve[i + 1]];
    if (![y0, y1].every(Number.isFinite)) continue;
    const steps = Math.max(1, Math.abs(placeX(x1) - placeX(x0)), Math.abs(placeY(y1) - placeY(y0)));
    for (let k = 0; k <= steps; k++) {
      const share = k / steps;
      line.dot(placeX(x0 + share * (x1 - x0)), placeY(y0 + share * (y1 - y0)));
    }
  }
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    if (isCrowded) canvas.dot(placeX(x), placeY(y));
    else marks.set((placeY(y) >> 2) * columns + (placeX(x) >> 1), paint.points("o"));
  }
  // Crowded data are dots, and the curve is then drawn in whole cells.
  line.cells.forEach((cell, i) => {
    if (cell === 0 || marks.has(i)) return;
    marks.set(i, paint.curve(isCrowded ? "█" : String.fromCharCode(blank + cell)));
  });
  const rows = Array.from({ length: height }, (_, row) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      const i = row * columns + column;
      return marks.get(i) ?? (canvas.cells[i] ? paint.points(String.fromCharCode(blank + canvas.cells[i])) : " ");
    });
    const tick = ticks.get(row);
    return `${(tick ?? "").padStart(margin - 2)} ${tick === undefined ? "│" : "┤"}${cells.join("")}`.trimEnd();
  });
  const below = new Array<string>(width).fill(" ");
  for (const x of roundValues(left, right, columns / 12)) {
    const label = short(x);
    const start = Math.round(margin + ((x - left) / (right - left)) * (columns - 1) - label.length / 2);
    for (let i = 0; i < label.length; i++) below[Math.min(width - label.length, Math.max(0, start)) + i] = label[i];
  }
  const data = isCrowded ? "⠿ data, █ curve" : "o data, ⠒ curve";
  return [
    `${" ".repeat(margin)}${yLabel}   ${data}`,
    ...rows,
    `${" ".repeat(margin - 1)}└${"─".repeat(columns)}`,
    below.join("").trimEnd(),
    xLabel.padStart(margin + columns),
    "",
  ].join("\n");
}

/** With some room where there is none. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (high > low) return [low, high];
  const room = Math.abs(low) || 1;
  return [low - room, high + room];
}

/** Multiples of 1, 2 or 5 times a power of ten within a range, about so many. */
function roundValues(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
