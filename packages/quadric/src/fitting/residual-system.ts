/** What a fit of few parameters asks of its problem: residuals and their Jacobian at a point, at once and in place. */

export interface ResidualSystem {
  /** n. */
  readonly residuals: number;
  /** d. */
  readonly parameters: number;
  /**
   * Writes r(p), [n], and where asked for J(p) by columns, [d × n]: ∂r_i/∂p_j at j·n + i. Both are overwritten whole.
   * What is not defined at p becomes NaN.
   */
  evaluate(p: Float64Array, residuals: Float64Array, jacobian?: Float64Array): void;
  /** Whether J costs little more than r alone. */
  readonly givesBoth: boolean;
  /** Finds anew derivatives that are not finite where r is. */
  mend?(p: Float64Array, residuals: Float64Array, jacobian: Float64Array): void;
  /**
   * Part of the largest singular value of J, its columns scaled, up to which others are noise: of rounding, or of
   * differences.
   */
  readonly accuracy: number;
  /** |y_i|/σ_i, [n], if known: the size of the numbers whose difference a residual is, which decides its rounding. */
  readonly magnitudes?: Float64Array;
}

/** Columns of a matrix that is kept by columns, as views. */
export function columnsOf(matrix: Float64Array, count: number): Float64Array[] {
  const n = matrix.length / count;
  return Array.from({ length: count }, (_, j) => matrix.subarray(j * n, (j + 1) * n));
}
