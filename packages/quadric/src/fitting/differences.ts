/**
 * A Jacobian by central differences, column by column, for residuals that come without derivatives:
 *
 *   J_j ≈ [r(p + h e_j) − r(p − h e_j)] / 2h      h = ∛ε_mach · max(|p_j|, t_j/1000)
 *
 * t_j is the largest |p_j| so far, or 1 if every p_j so far was 0: what truncation (h²) and rounding (ε/h) leave is
 * then about 10⁻¹⁰ of a column whatever the units. Next to a bound, or where one side is not defined, the three points
 * lie on the other side:
 * [−3r(p) + 4r(p + h) − r(p + 2h)] / 2h. Cost: 2d evaluations of r. References: [DennisSchnabel1996, section 5.6].
 */

import { allFinite } from "../vector/kernels.ts";

/** What is left of error in a column, relative to it. */
export const differenceAccuracy = 1e-10;

const relativeStep = Number.EPSILON ** (1 / 3);
/** The part of its largest value so far below which a parameter counts as near zero. */
const leastPart = 1e-3;

export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Writes r(p) to the array. */
export type Residuals = (p: Float64Array, residuals: Float64Array) => void;

/** @returns what writes J(p), [d × n] by columns, given r(p). */
export function differences(
  evaluate: Residuals,
  { n, d, bounds }: { readonly n: number; readonly d: number; readonly bounds?: Bounds },
): (p: Float64Array, residuals: Float64Array, jacobian: Float64Array) => void {
  const [after, before] = [new Float64Array(n), new Float64Array(n)];
  const largest = new Float64Array(d);
  return (p, residuals, jacobian) => {
    const q = p.slice();
    const at = (j: number, h: number, out: Float64Array): boolean => {
      q[j] = p[j] + h;
      const isInside = bounds === undefined || (q[j] >= bounds.lower[j] && q[j] <= bounds.upper[j]);
      if (isInside) evaluate(q, out);
      q[j] = p[j];
      return isInside && allFinite(out);
    };
    for (let j = 0; j < d; j++) {
      largest[j] = Math.max(largest[j], Math.abs(p[j]));
      const room = bounds === undefined ? Infinity : (bounds.upper[j] - bounds.lower[j]) / 2;
      const h = Math.min(relativeStep * (Math.max(Math.abs(p[j]), leastPart * largest[j]) || 1), room);
      const step = p[j] + h - p[j]; // a difference that is exact
      const column = jacobian.subarray(j * n, (j + 1) * n);
      const [isAfter, isBefore] = [at(j, step, after), at(j, -step, before)];
      if (isAfter && isBefore) {
        for (let i = 0; i < n; i++) column[i] = (after[i] - before[i]) / (2 * step);
        continue;
      }
      const side = isAfter ? step : -step;
      const near = isAfter ? after : before;
      const far = isAfter ? before : after;
      const isBoth = (isAfter || isBefore) && at(j, 2 * side, far);
      for (let i = 0; i < n; i++) {
        column[i] = isBoth ? (4 * near[i] - 3 * residuals[i] - far[i]) / (2 * side) : (near[i] - residuals[i]) / side;
      }
    }
  };
}
