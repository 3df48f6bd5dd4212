/**
 * New points from among many, where the residual is large:
 *
 *   p(x) ∝ |r(x)|^k / mean |r|^k + c
 *
 * k = c = 1 in [Wu2023], whose name for it is RAD; large c is uniform.
 */
import { requireFactor, requireInteger, requireNonNegative } from "../check.ts";
import type { Random } from "../vector/random.ts";

export interface Redrawing {
  /** Steps from one set of points to the next, an integer ≥ 1. */
  readonly every: number;
  /** Whether points go to where the residual is large; defaults to false, which draws as at the start. */
  readonly adaptive?: boolean;
  /** k ≥ 0 of the adaptive rule; defaults to 1. */
  readonly power?: number;
  /** c ≥ 0 of it; defaults to 1. */
  readonly uniform?: number;
  /** How many candidates there are for every point, > 1; defaults to 4. */
  readonly candidates?: number;
}

export function requireRedrawing({ every, power = 1, uniform = 1, candidates = 4 }: Redrawing): void {
  requireInteger("solve", "redraw.every", every, 1);
  requireNonNegative("solve", "redraw.power", power);
  requireNonNegative("solve", "redraw.uniform", uniform);
  requireFactor("solve", "redraw.candidates", candidates);
}

/**
 * `count` of the rows, none twice, by weights from their residuals.
 *
 * A key log(U)/p for each row and the largest keys: draws in succession without replacement [EfraimidisSpirakis2006].
 */
export function chosen(
  sizes: Float64Array,
  count: number,
  { power = 1, uniform = 1 }: Pick<Redrawing, "power" | "uniform">,
  random: Random,
): Uint32Array {
  const weights = sizes.map((size) => Math.abs(size) ** power);
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
  const keys = weights.map((weight) => {
    const p = (mean > 0 ? weight / mean : 0) + uniform;
    return Math.log(1 - random.uniform()) / p;
  });
  return Uint32Array.from(keys.keys())
    .sort((a, b) => keys[b] - keys[a])
    .slice(0, count);
}
