/** Inverses of upper triangular matrices that grow, float64, row-major. References: [GolubVanLoan2013, section 3.1]. */

/**
 * The inverse of [R r; 0 ρ] is [R⁻¹ −R⁻¹r/ρ; 0 1/ρ]. Appends k columns to a matrix, and drops its first k rows and
 * columns, so that its size d stays.
 *
 * @param inverse - R⁻¹, [d × d].
 * @param columns - the new columns one after the other, [k × d]; what they hold below the diagonal is not read.
 * @returns a new matrix. Cost: kd²/2.
 */
export function shiftedInverse(inverse: Float64Array, d: number, columns: Float64Array): Float64Array {
  const k = columns.length / d;
  const next = new Float64Array(d * d);
  for (let i = 0; i < d - k; i++) {
    next.set(inverse.subarray((i + k) * d + k, (i + k + 1) * d), i * d);
  }
  for (let t = 0; t < k; t++) {
    const column = columns.subarray(t * d, (t + 1) * d);
    const j = d - k + t;
    next[j * d + j] = 1 / column[j];
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let l = i; l < j; l++) sum += next[i * d + l] * column[l];
      next[i * d + j] = -sum / column[j];
    }
  }
  return next;
}
