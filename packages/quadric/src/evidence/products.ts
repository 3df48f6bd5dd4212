/** Dense kernels of the evidence method on matrices stored by columns, float64: tiles of 2 × 4 in registers. */

/** Rows that a tile goes through before the next: both sides of it then stay in the cache. */
const strip = 256;

/**
 * C ← C + XᵀX for X of [n, d] stored by columns, [d × n]: the lower triangle of a row-major [d, d], and at most three
 * entries a row above it. Cost: nd²/2 multiply-adds, about two billion a second.
 */
export function addGram(X: Float64Array, n: number, d: number, C: Float64Array): void {
  for (let from = 0; from < n; from += strip) {
    const to = Math.min(n, from + strip);
    for (let i = 0; i < d; i += 2) {
      for (let j = 0; j < i + 2 && j < d; j += 4) {
        if (i + 2 <= d && j + 4 <= d) addTile(X, n, d, i, j, from, to, C);
        else addEdge(X, n, d, i, j, from, to, C);
      }
    }
  }
}

function addTile(
  X: Float64Array,
  n: number,
  d: number,
  i: number,
  j: number,
  from: number,
  to: number,
  C: Float64Array,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let p0 = i * n + from;
  let p1 = p0 + n;
  let q0 = j * n + from;
  let q1 = q0 + n;
  let q2 = q1 + n;
  let q3 = q2 + n;
  const end = i * n + to;
  while (p0 < end) {
    const a0 = X[p0++];
    const a1 = X[p1++];
    const b0 = X[q0++];
    const b1 = X[q1++];
    const b2 = X[q2++];
    const b3 = X[q3++];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  const o = i * d + j;
  C[o] += s00;
  C[o + 1] += s01;
  C[o + 2] += s02;
  C[o + 3] += s03;
  C[o + d] += s10;
  C[o + d + 1] += s11;
  C[o + d + 2] += s12;
  C[o + d + 3] += s13;
}

function addEdge(
  X: Float64Array,
  n: number,
  d: number,
  i: number,
  j: number,
  from: number,
  to: number,
  C: Float64Array,
): void {
  for (let a = i; a < Math.min(d, i + 2); a++) {
    for (let b = j; b < Math.min(d, j + 4); b++) {
      let sum = 0;
      for (let k = from; k < to; k++) sum += X[a * n + k] * X[b * n + k];
      C[a * d + b] += sum;
    }
  }
}

/** Σ_k x_k y_k over `count` entries from two places, in four partial sums. */
export function dotAt(X: Float64Array, p: number, Y: Float64Array, q: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = count - (count % 4);
  for (let k = 0; k < whole; k += 4) {
    s0 += X[p + k] * Y[q + k];
    s1 += X[p + k + 1] * Y[q + k + 1];
    s2 += X[p + k + 2] * Y[q + k + 2];
    s3 += X[p + k + 3] * Y[q + k + 3];
  }
  for (let k = whole; k < count; k++) s0 += X[p + k] * Y[q + k];
  return s0 + s1 + (s2 + s3);
}

/** Y ← Y + aX over `count` entries from two places. */
export function axpyAt(a: number, X: Float64Array, p: number, Y: Float64Array, q: number, count: number): void {
  for (let k = 0; k < count; k++) Y[q + k] += a * X[p + k];
}
