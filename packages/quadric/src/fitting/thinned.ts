/** Every so-many-th point of large data: enough to come near the answer at a small part of the cost of all. */
import type { Points } from "./curve-model.ts";

/** Beyond so many points a fit of some comes first. */
const many = 50_000;
/** How many those are. */
const few = 5_000;

/** How far apart the points of the first fit are; 1 without one. */
export function strideOf(count: number): number {
  return count > many ? Math.ceil(count / few) : 1;
}

export function thinned(values: Float64Array, stride: number): Float64Array {
  return Float64Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => values[i * stride]);
}

export function thinnedPoints({ columns, items, names }: Points, stride: number): Points {
  const some = columns.map((column) => thinned(column, stride));
  const count = some[0].length;
  return { count, names, columns: some, items: Array.from({ length: count }, (_, i) => items[i * stride]) };
}
