/**
 * The triangle of a matrix with many more rows than columns, block of rows by block of rows:
 *
 *   [R; M_k] ← Q_kᵀ[R; M_k] = [R′; 0]      and [b; c_k] likewise
 *
 * by Householder's reflections, whose vectors are zero in all rows of R but one. A block lies in a processor's cache
 * while it is reflected; the matrix itself is only read. References: [GolubVanLoan2013, section 5.2].
 */
import { dotAt, extremes } from "../vector/kernels.ts";

/** Rows a block. */
const blockSize = 512;

export interface Triangle {
  /** The columns of R, each [d], zero below the diagonal. */
  readonly columns: readonly Float64Array[];
  /** The first d entries of Qᵀb. */
  readonly right: Float64Array;
}

/**
 * @param matrix - M by columns, [d × n]; only read.
 * @param right - b, [n]; only read.
 */
export function tallTriangle(matrix: Float64Array, right: Float64Array, d: number): Triangle {
  const triangle = triangleOf(matrix, right, d);
  return isSafe(triangle) ? triangle : scaledTriangle(matrix, right, d);
}

function triangleOf(matrix: Float64Array, right: Float64Array, d: number): Triangle {
  const n = right.length;
  const rows = Math.min(n, blockSize);
  // d columns of R and b; of a block d columns and c.
  const triangle = new Float64Array(d * (d + 1));
  const block = new Float64Array(rows * (d + 1));
  for (let from = 0; from < n; from += rows) {
    const count = Math.min(rows, n - from);
    for (let j = 0; j < d; j++) copy(matrix, j * n + from, count, block, j * rows);
    copy(right, from, count, block, d * rows);
    for (let k = 0; k < d; k++) reflect(triangle, block, { k, d, rows, count });
  }
  const column = (j: number) => triangle.slice(j * d, (j + 1) * d);
  return { columns: Array.from({ length: d }, (_, j) => column(j)), right: column(d) };
}

/** Views cost more than a short loop, and less than a long one. */
function copy(source: Float64Array, from: number, count: number, target: Float64Array, to: number): void {
  if (count > 64) target.set(source.subarray(from, from + count), to);
  else for (let i = 0; i < count; i++) target[to + i] = source[from + i];
}

interface Reflection {
  /** Column that becomes zero in the block. */
  readonly k: number;
  readonly d: number;
  readonly rows: number;
  readonly count: number;
}

/** v = (R_kk ∓ ‖·‖, M_k);  x ← x − v·2⟨v, x⟩/⟨v, v⟩ for all columns to the right, and b. */
function reflect(triangle: Float64Array, block: Float64Array, { k, d, rows, count }: Reflection): void {
  const first = k * rows;
  const square = dotAt(block, first, block, first, count);
  if (square === 0) return;
  const alpha = triangle[k * d + k];
  const size = Math.sqrt(alpha * alpha + square);
  const beta = alpha > 0 ? -size : size;
  const head = alpha - beta;
  const factor = 2 / (square + head * head);
  for (let j = k + 1; j <= d; j++) {
    const t = factor * (head * triangle[j * d + k] + dotAt(block, first, block, j * rows, count));
    triangle[j * d + k] -= t * head;
    subtract(block, t, first, j * rows, count);
  }
  triangle[k * d + k] = beta;
}

/** y ← y − tx. */
function subtract(block: Float64Array, t: number, x: number, y: number, count: number): void {
  for (let i = 0; i < count; i++) block[y + i] -= t * block[x + i];
}

/** Whether no square overflowed or was lost: with a column of entries below 10⁻¹⁴⁰ nothing is known. */
function isSafe({ columns, right }: Triangle): boolean {
  const isOrdinary = (column: Float64Array): boolean => {
    const [low, high] = extremes(column);
    const largest = Math.max(-low, high);
    return largest > 1e-140 && largest < 1e140;
  };
  return columns.every(isOrdinary) && (isOrdinary(right) || right.every((x) => x === 0));
}

/** The same of columns that are divided by their largest entry. */
function scaledTriangle(matrix: Float64Array, right: Float64Array, d: number): Triangle {
  const n = right.length;
  const sizeOf = (values: Float64Array): number => {
    const [low, high] = extremes(values);
    const largest = Math.max(-low, high);
    return largest > 0 && largest < Infinity ? largest : 1;
  };
  const sizes = Float64Array.from({ length: d }, (_, j) => sizeOf(matrix.subarray(j * n, (j + 1) * n)));
  const size = sizeOf(right);
  const scaled = matrix.map((x, i) => x / sizes[Math.floor(i / n)]);
  const { columns, right: image } = triangleOf(
    scaled,
    right.map((x) => x / size),
    d,
  );
  return {
    columns: columns.map((column, j) => column.map((x) => x * sizes[j])),
    right: image.map((x) => x * size),
  };
}
