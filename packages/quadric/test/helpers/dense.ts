/** Dense float64 references, written independently of the library: plain loops over arrays of rows. */

export type Rows = readonly (readonly number[])[];

export function denseProduct(rows: Rows, v: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => row.reduce((sum, entry, j) => sum + entry * v[j], 0));
}

export function inner(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

export function length(x: ArrayLike<number>): number {
  return Math.sqrt(inner(x, x));
}

/** m(0) − m(s) of the quadratic model. */
export function quadraticDecrease(rows: Rows, gradient: ArrayLike<number>, step: ArrayLike<number>): number {
  return -inner(gradient, step) - 0.5 * inner(step, denseProduct(rows, step));
}

/** ‖M‖_∞, an upper bound of the spectral norm. */
export function rowSumNorm(rows: Rows): number {
  return Math.max(...rows.map((row) => row.reduce((sum, entry) => sum + Math.abs(entry), 0)));
}

/**
 * Smallest t ≥ 0 in a decade grid for which M + t·diag(a) has only positive pivots (LDLᵀ), relative to ‖M‖: 0 when M is
 * positive definite as it stands.
 */
export function deficiency(rows: Rows, a: ArrayLike<number>): number {
  const scale = Math.max(...rows.map((row, i) => Math.abs(row[i]) / a[i]), Number.MIN_VALUE);
  for (const relative of [0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-6, 1e-4, 1e-2]) {
    const shifted = rows.map((row, i) => row.map((entry, j) => entry + (i === j ? relative * scale * a[i] : 0)));
    if (allPivotsPositive(shifted)) return relative;
  }
  return Infinity;
}

function allPivotsPositive(rows: number[][]): boolean {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    if (!(rows[k][k] > 0)) return false;
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      if (factor !== 0) for (let j = i; j < n; j++) rows[i][j] -= factor * rows[j === k ? k : k][j];
    }
    // Only the upper triangle is updated; mirror the column that the next step reads.
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < i; j++) rows[i][j] = rows[j][i];
  }
  return true;
}
