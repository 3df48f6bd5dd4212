/**
 * A Gaussian in its precision matrix H = βG + diag(a), of which evidence asks the determinant, the variances and solves:
 *
 *   H = LLᵀ      log det H = 2 Σ log L_ii      (H⁻¹)_ii = Σ_k (L⁻¹)_ki²      jᵀH⁻¹j = ‖L⁻¹j‖²
 *
 * References: [GolubVanLoan2013, section 4.2].
 */
import { dotAt } from "./products.ts";

/** L of M + diag(shift), of whose row-major [d, d] the lower triangle is read; undefined unless it is positive definite. */
export function factorize(M: Float64Array, scale: number, shift: Float64Array): Float64Array | undefined {
  const d = shift.length;
  const L = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      L[i * d + j] = (scale * M[i * d + j] - dotAt(L, i * d, L, j * d, j)) / L[j * d + j];
    }
    const pivot = scale * M[i * d + i] + shift[i] - dotAt(L, i * d, L, i * d, i);
    if (!(pivot > 0)) return undefined;
    L[i * d + i] = Math.sqrt(pivot);
  }
  return L;
}

/** x with LLᵀx = b. */
export function solveFactor(L: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const x = b.slice();
  for (let i = 0; i < d; i++) x[i] = (x[i] - dotAt(L, i * d, x, 0, i)) / L[i * d + i];
  for (let i = d - 1; i >= 0; i--) {
    x[i] /= L[i * d + i];
    for (let k = 0; k < i; k++) x[k] -= L[i * d + k] * x[i];
  }
  return x;
}

export function logDeterminant(L: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += 2 * Math.log(L[i * d + i]);
  return sum;
}

/** L⁻¹, row-major, lower triangle. */
export function invertFactor(L: Float64Array, d: number): Float64Array {
  const inverse = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    // Row i of L⁻¹: (e_i − Σ_{k<i} L_ik (L⁻¹)_k) / L_ii
    for (let k = 0; k < i; k++) {
      const l = L[i * d + k];
      if (l === 0) continue;
      for (let j = 0; j <= k; j++) inverse[i * d + j] -= l * inverse[k * d + j];
    }
    inverse[i * d + i] = 1;
    const pivot = L[i * d + i];
    for (let j = 0; j <= i; j++) inverse[i * d + j] /= pivot;
  }
  return inverse;
}

/** The diagonal of H⁻¹ = L⁻ᵀL⁻¹. */
export function inverseDiagonal(inverse: Float64Array, d: number): Float64Array {
  const diagonal = new Float64Array(d);
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) diagonal[j] += inverse[i * d + j] ** 2;
  return diagonal;
}
