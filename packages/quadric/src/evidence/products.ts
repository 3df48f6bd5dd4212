/** Dense kernels of the evidence method on matrices stored by columns, float64: tiles of 4 × 4, of which 2 × 4 are in registers at a time. */
import { dotAt } from "../vector/kernels.ts";

/** Rows that a tile goes through before the next: both sides of it then stay in the cache. */
const strip = 256;

/**
 * C ← C + XᵀX for X of [n, d] stored by columns, [d × n], into the lower triangle of a row-major [d, d]; entries above
 * the diagonal within a tile are set, too. Cost: nd²/2 multiply-adds, about two billion a second.
 */
export function addGram(X: Float64Array, n: number, d: number, C: Float64Array): void {
  const sums = new Float64Array(tile * tile);
  for (let from = 0; from < n; from += strip) {
    const to = Math.min(n, from + strip);
    for (let I = 0; I < d; I += tile) {
      const rows = Math.min(tile, d - I);
      for (let J = 0; J <= I; J += tile) {
        const columns = Math.min(tile, d - J);
        tileProducts(X, I, rows, X, J, columns, n, from, to, sums);
        for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) C[(I + i) * d + J + j] += sums[i * tile + j];
      }
    }
  }
}

/** Rows and columns of the tiles of `tileProducts`. */
export const tile = 4;

/**
 * Products of rows I … of A with rows J … of B over the columns [from, to), both row-major with d columns, into a tile
 * [4, 4]. At most four of each; fewer go one by one.
 */
export function tileProducts(
  A: Float64Array,
  I: number,
  rows: number,
  B: Float64Array,
  J: number,
  columns: number,
  d: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  if (rows < tile || columns < tile) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        sums[i * tile + j] = dotAt(A, (I + i) * d + from, B, (J + j) * d + from, Math.max(0, to - from));
      }
    }
    return;
  }
  twoRows(A, I * d, B, J * d, d, from, to, sums, 0);
  twoRows(A, (I + 2) * d, B, J * d, d, from, to, sums, 2 * tile);
}

function twoRows(
  A: Float64Array,
  a: number,
  B: Float64Array,
  b: number,
  d: number,
  from: number,
  to: number,
  sums: Float64Array,
  at: number,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let p0 = a + from;
  let p1 = p0 + d;
  let q0 = b + from;
  let q1 = q0 + d;
  let q2 = q1 + d;
  let q3 = q2 + d;
  const end = a + to;
  while (p0 < end) {
    const a0 = A[p0++];
    const a1 = A[p1++];
    const b0 = B[q0++];
    const b1 = B[q1++];
    const b2 = B[q2++];
    const b3 = B[q3++];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  sums[at] = s00;
  sums[at + 1] = s01;
  sums[at + 2] = s02;
  sums[at + 3] = s03;
  sums[at + 4] = s10;
  sums[at + 5] = s11;
  sums[at + 6] = s12;
  sums[at + 7] = s13;
}
