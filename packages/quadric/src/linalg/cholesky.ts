/**
 * Cholesky factors of symmetric positive definite matrices, float64.
 *
 *   M = L Lᵀ,  L lower triangular with positive diagonal
 *
 * Matrices are row-major Float64Arrays of d² entries; of L only the lower triangle is set.
 * References: [GolubVanLoan2013, section 4.2], [ConnGouldToint2000, section 7.3].
 */

/**
 * The factor, or where M failed to be positive definite: M + deficit·e_k e_kᵀ is singular, its leading k × k block not.
 */
export type Cholesky =
  | { readonly factor: Float64Array; readonly failure?: undefined }
  | { readonly factor: Float64Array; readonly failure: { readonly pivot: number; readonly deficit: number } };

/**
 * Factors M + shift·I; on failure the rows of L above the failing one are valid, and so is that one left of its
 * diagonal.
 */
export function cholesky(matrix: Float64Array, d: number, shift = 0): Cholesky {
  const factor = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j] + (i === j ? shift : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * d + k] * factor[j * d + k];
      if (i === j) {
        if (!(sum > 0)) return { factor, failure: { pivot: i, deficit: -sum } };
        factor[i * d + i] = Math.sqrt(sum);
      } else {
        factor[i * d + j] = sum / factor[j * d + j];
      }
    }
  }
  return { factor };
}

/** L⁻¹b for the leading `size` rows, in place. */
export function solveLower(factor: Float64Array, d: number, b: Float64Array, size: number = d): Float64Array {
  for (let i = 0; i < size; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= factor[i * d + k] * b[k];
    b[i] = sum / factor[i * d + i];
  }
  return b;
}

/** L⁻ᵀb for the leading `size` rows, in place. */
export function solveUpper(factor: Float64Array, d: number, b: Float64Array, size: number = d): Float64Array {
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < size; k++) sum -= factor[k * d + i] * b[k];
    b[i] = sum / factor[i * d + i];
  }
  return b;
}

/**
 * A unit z with zᵀLLᵀz = ‖Lᵀz‖² close to its minimum λ_min(LLᵀ): z ∝ L⁻ᵀw where w = L⁻¹(±1, …, ±1) is made large by the
 * choice of signs. The condition estimator of LINPACK.
 */
export function smallestDirection(factor: Float64Array, d: number): Float64Array {
  const w = new Float64Array(d);
  const partial = new Float64Array(d); // Σ_{k<i} L_ik w_k for the rows still to come
  for (let k = 0; k < d; k++) {
    const diagonal = factor[k * d + k];
    const plus = (1 - partial[k]) / diagonal;
    const minus = (-1 - partial[k]) / diagonal;
    let growthPlus = Math.abs(1 - partial[k]);
    let growthMinus = Math.abs(-1 - partial[k]);
    for (let i = k + 1; i < d; i++) {
      growthPlus += Math.abs(partial[i] + factor[i * d + k] * plus);
      growthMinus += Math.abs(partial[i] + factor[i * d + k] * minus);
    }
    w[k] = growthPlus >= growthMinus ? plus : minus;
    for (let i = k + 1; i < d; i++) partial[i] += factor[i * d + k] * w[k];
  }
  const z = solveUpper(factor, d, w);
  const length = Math.sqrt(z.reduce((sum, x) => sum + x * x, 0));
  return z.map((x) => x / length);
}
