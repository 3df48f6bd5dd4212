/**
 * Ridge regression by its normal equations, in float64.
 *
 *   min_{u,b}  Σ_i w_i (x_iᵀu + b − y_i)² + α‖u‖²     (Σ_i w_i x̃_i x̃_iᵀ + αI) u = Σ_i w_i x̃_i ỹ_i     b = ȳ − x̄ᵀu
 *
 * with x̃ = x − x̄ and ỹ = y − ȳ about the weighted means. The sums are taken once for each fold of the rows; those without
 * a fold are the sums of all less its own. References: [HoerlKennard1970].
 */
import type { Tensor } from "quadric";

export interface Ridge {
  /** u and b of the rows outside a fold, of all rows if it is −1; α is that of weights of mean 1 over n rows. */
  fit(fold: number, alpha: number): { readonly slopes: Float64Array; readonly intercept: number };
}

/** Σw, Σw·v and Σw·vvᵀ of v = (x, y): the lower triangle of a matrix [p + 2] of (1, x, y). */
type Sums = Float64Array;

/** @param x - [n, p]. */
export function makeRidge(x: Tensor, y: ArrayLike<number>, weights: ArrayLike<number>, folds: Int32Array): Ridge {
  const [n, p] = x.shape;
  const d = p + 2;
  const count = folds.reduce((a, b) => Math.max(a, b), -1) + 1;
  const sums: Sums[] = Array.from({ length: count }, () => new Float64Array(d * d));
  const row = new Float64Array(d);
  row[0] = 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) row[j + 1] = x.data[i * p + j];
    row[p + 1] = y[i];
    const sum = sums[folds[i]];
    for (let j = 0; j < d; j++) {
      const scaled = weights[i] * row[j];
      if (scaled === 0) continue;
      for (let k = 0; k <= j; k++) sum[j * d + k] += scaled * row[k];
    }
  }
  const all = new Float64Array(d * d);
  for (const sum of sums) for (let k = 0; k < all.length; k++) all[k] += sum[k];
  return {
    fit(fold, alpha) {
      const own = fold < 0 ? all : all.map((total, k) => total - sums[fold][k]);
      return solve(own, p, (alpha * own[0]) / n);
    },
  };
}

function solve(sums: Sums, p: number, alpha: number): ReturnType<Ridge["fit"]> {
  const d = p + 2;
  const mean = (j: number) => sums[j * d] / sums[0];
  const centred = (j: number, k: number) => sums[j * d + k] - sums[j * d] * mean(k);
  // L Lᵀ = the matrix, row by row, and z of L z = the right-hand side.
  const L = new Float64Array(p * p);
  const u = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    for (let k = 0; k <= j; k++) {
      let value = centred(j + 1, k + 1) + (j === k ? alpha : 0);
      for (let l = 0; l < k; l++) value -= L[j * p + l] * L[k * p + l];
      // Rounding leaves no less than the penalty.
      L[j * p + k] = j === k ? Math.sqrt(Math.max(value, 1e-3 * alpha)) : value / L[k * p + k];
    }
    let value = centred(p + 1, j + 1);
    for (let l = 0; l < j; l++) value -= L[j * p + l] * u[l];
    u[j] = value / L[j * p + j];
  }
  for (let j = p - 1; j >= 0; j--) {
    for (let l = j + 1; l < p; l++) u[j] -= L[l * p + j] * u[l];
    u[j] /= L[j * p + j];
  }
  const intercept = u.reduce((rest, slope, j) => rest - slope * mean(j + 1), mean(p + 1));
  return { slopes: u, intercept };
}
