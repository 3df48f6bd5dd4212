/** A landscape as a picture: its contour lines, and how deep each place lies. */
import { isolines } from "../isolines.ts";
import type { View } from "../maps.ts";
import type { Landscape } from "./landscapes.ts";

export interface Surface {
  /** One path of SVG for each level, lowest first, in the coordinates of the plane. */
  readonly contours: readonly string[];
  /** 255 at the least value of the view, 0 at its largest; rows from the top. */
  readonly depth: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Contours that lie about equally far apart: level i of n encloses the share (i/n)² of the view.
 *
 * @param columns - of the grid of values; its rows keep the cells square.
 */
export async function surfaceOf(landscape: Landscape, view: View, columns: number, levels = 18): Promise<Surface> {
  const { left, right, bottom, top } = view;
  const cell = (right - left) / (columns - 1);
  const rows = Math.round((top - bottom) / cell) + 1;
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      values[j * columns + i] = await landscape.value(Float64Array.of(left + i * cell, top - j * cell));
    }
  }
  const sorted = values.toSorted();
  const last = sorted.length - 1;
  const contours = Array.from({ length: levels - 1 }, (_, i) => {
    const level = sorted[Math.round(last * ((i + 1) / levels) ** 2)];
    return isolines(values, columns, level, (x, y) => `${round(left + x * cell)} ${round(top - y * cell)}`);
  });
  return { contours, depth: depthOf(values, sorted), columns, rows };
}

/** By rank rather than by value, since values differ by orders of magnitude. */
function depthOf(values: Float64Array, sorted: Float64Array): Uint8Array {
  const last = sorted.length - 1;
  return Uint8Array.from(values, (value) => 255 * (1 - Math.sqrt(rankOf(value, sorted) / last)));
}

function rankOf(value: number, sorted: Float64Array): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function round(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
