/** The dense reference: operators made of matrices, and matrices made of operators. Row-major, d² numbers, small d. */
import { requireLength } from "../check.ts";
import { dot } from "../vector/kernels.ts";
import { unitVector } from "../vector/vector.ts";
import type { LinearOperator } from "./operator.ts";

/**
 * v ↦ Mv for an explicit matrix, in float64.
 *
 * @param matrix - M, row-major, d² numbers; kept, not copied.
 * @throws {ShapeError} if the matrix does not have d² entries, or a vector not d.
 * @example
 * denseOperator(Float64Array.of(2, 1, 1, 2), 2).multiply(Float64Array.of(1, 0)); // => [2, 1]
 */
export function denseOperator(matrix: Float64Array, size: number): LinearOperator {
  requireLength("denseOperator", "matrix", matrix, size * size);
  return {
    size,
    multiply(v) {
      requireLength("denseOperator", "v", v, size);
      return Float64Array.from({ length: size }, (_, i) => dot(matrix.subarray(i * size, (i + 1) * size), v));
    },
  };
}

/** The matrix of a symmetric operator, row by row the images of the unit vectors: d products. */
export async function assemble(
  operator: Pick<LinearOperator, "size" | "dtype" | "multiply">,
  where = "assemble",
): Promise<Float64Array> {
  const { size, dtype = "float64" } = operator;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = await operator.multiply(unitVector(size, i, dtype));
    requireLength(where, "product Bv", row, size);
    matrix.set(row, i * size);
  }
  return matrix;
}
