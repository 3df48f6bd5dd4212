/** Products of matrices of the evidence method by tiles of 4 × 4, float64, in the memory of their kernel. */
import { tileKernel } from "./tile-kernel.ts";

/** Rows and columns of a tile. */
export const tile = 4;
const bytes = Float64Array.BYTES_PER_ELEMENT;
const whole = (n: number): number => tile * Math.ceil(n / tile);

/** A row-major matrix whose rows and columns are multiples of a tile: those that were not asked for are 0. */
export interface Padded {
  readonly data: Float64Array;
  /** Numbers from a row to the next. */
  readonly stride: number;
}

/** Matrices of zeros, for as long as nobody else asks for some. */
export function paddedMatrices(...sizes: readonly (readonly [rows: number, columns: number])[]): Padded[] {
  const lengths = sizes.map(([rows, columns]) => whole(rows) * whole(columns));
  const { memory } = tileKernel(bytes * lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  return lengths.map((length, i) => {
    const data = new Float64Array(memory.buffer, bytes * end, length).fill(0);
    end += length;
    return { data, stride: whole(sizes[i][1]) };
  });
}

/** The tile at row i and column j of C ← itself + scale·A_I·B_Jᵀ, rows I … of A and J … of B over the columns [from, to). */
export function addTile(
  scale: number,
  A: Padded,
  I: number,
  B: Padded,
  J: number,
  from: number,
  to: number,
  C: Padded,
  i: number,
  j: number,
): void {
  const address = ({ data, stride }: Padded, row: number, column: number) =>
    data.byteOffset + bytes * (row * stride + column);
  tileKernel(0).addTile(
    address(A, I, from),
    address(B, J, from),
    address(C, i, j),
    bytes * A.stride,
    bytes * B.stride,
    bytes * C.stride,
    bytes * (to - from),
    scale,
  );
}

/** Columns that tiles go through before the next: both sides of it then stay in the cache. */
const strip = 256;

/**
 * C ← C + XᵀX for X of [n, d] stored by columns, [d × n], into the lower triangle of a row-major [d, d].
 * Cost: nd²/2 multiply-adds, about four billion a second.
 */
export function addGram(X: Float64Array, n: number, d: number, C: Float64Array): void {
  const [part, sums] = paddedMatrices([d, strip], [d, d]);
  for (let from = 0; from < n; from += strip) {
    const m = Math.min(strip, n - from);
    if (m < strip) part.data.fill(0);
    for (let i = 0; i < d; i++) part.data.set(X.subarray(i * n + from, i * n + from + m), i * part.stride);
    for (let I = 0; I < d; I += tile) {
      for (let J = 0; J <= I; J += tile) addTile(1, part, I, part, J, 0, whole(m), sums, I, J);
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) C[i * d + j] += sums.data[i * sums.stride + j];
}
