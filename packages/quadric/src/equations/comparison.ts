/** The relative L2 error of a field: ‖u − u*‖₂/‖u*‖₂ over points. */
import { requireInteger } from "../check.ts";
import { norm2 } from "../vector/kernels.ts";
import type { Field } from "./field.ts";
import type { PointSet } from "./points.ts";

export interface Comparison {
  /** u. */
  readonly field: Field;
  /** u*, a field without unknowns or a function of a point's coordinates by name. */
  readonly exact: Field | ((point: Readonly<Record<string, number>>) => number);
  readonly on: PointSet;
  /** Steps from one evaluation to the next, an integer ≥ 1; defaults to 10. One more follows the last step. */
  readonly every?: number;
}

/** Values of the exact function, a number a point. */
export function exactValues(
  exact: (point: Readonly<Record<string, number>>) => number,
  coordinates: readonly string[],
  columns: readonly Float64Array[],
): Float64Array {
  return columns[0].map((_, i) => {
    const point = Object.fromEntries(coordinates.map((name, k) => [name, columns[k][i]]));
    const value = exact(point);
    if (Number.isFinite(value)) return value;
    throw new RangeError(`solve: compare.exact must be finite, got ${value} at ${JSON.stringify(point)}.`);
  });
}

export function relativeError(values: Float64Array, exact: Float64Array): number {
  return norm2(values.map((value, i) => value - exact[i])) / norm2(exact);
}

export function requireComparison({ every = 10 }: Comparison): void {
  requireInteger("solve", "compare.every", every, 1);
}
