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

/** √Σ aᵢxᵢ². */
export function weightedLength(a: ArrayLike<number>, x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += a[i] * x[i] * x[i];
  return Math.sqrt(sum);
}

/** m(0) − m(s) of the quadratic model. */
export function quadraticDecrease(rows: Rows, gradient: ArrayLike<number>, step: ArrayLike<number>): number {
  return -inner(gradient, step) - 0.5 * inner(step, denseProduct(rows, step));
}

/** ‖M‖_∞, an upper bound of the spectral norm. */
export function rowSumNorm(rows: Rows): number {
  return Math.max(...rows.map((row) => row.reduce((sum, entry) => sum + Math.abs(entry), 0)));
}
