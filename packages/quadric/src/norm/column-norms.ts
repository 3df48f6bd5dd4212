/**
 * The ellipsoid of explicit Gauss–Newton, from the columns of the Jacobian:
 *
 *   A = diag(c)^p,   c_j = ‖J e_j‖²   (the diagonal of JᵀJ),   c floored at 10⁻¹² of its largest entry
 *
 * p = ½ is the root as in RMSProp, p = 1 the scaling of Marquardt and MINPACK, p = 0 the Euclidean norm.
 * References: [More1978].
 */
import { requireLength } from "../check.ts";
import type { Vector } from "../vector/vector.ts";

export interface ColumnNormOptions {
  /** p ∈ [0, 1]; defaults to ½. */
  readonly power?: number;
  /**
   * The largest c so far, [d], which c is raised to and which is updated: no column's weight then ever falls. Defaults
   * to none.
   */
  readonly largest?: Float64Array;
}

const relativeFloor = 1e-12;

/** c, [d], of J [n, d]. */
export function columnSquares(jacobian: Vector, d: number): Float64Array {
  const squares = new Float64Array(d);
  for (let from = 0; from < jacobian.length; from += d) addSquares(squares, jacobian, from);
  return squares;
}

function addSquares(squares: Float64Array, jacobian: Vector, from: number): void {
  for (let j = 0; j < squares.length; j++) squares[j] += jacobian[from + j] * jacobian[from + j];
}

/**
 * The diagonal of A, [d], positive; all ones if c is zero.
 *
 * @example
 * columnNormDiagonal(Float64Array.of(4, 9)); // => [2, 3]
 */
export function columnNormDiagonal(
  squares: Float64Array,
  { power = 0.5, largest }: ColumnNormOptions = {},
): Float64Array {
  if (!(power >= 0 && power <= 1)) throw new RangeError(`columnNormDiagonal: power must be in [0, 1], got ${power}.`);
  if (largest !== undefined) {
    requireLength("columnNormDiagonal", "largest", largest, squares.length);
    for (let j = 0; j < squares.length; j++) largest[j] = Math.max(largest[j], squares[j]);
  }
  const c = largest ?? squares;
  const floor = relativeFloor * c.reduce((x, y) => Math.max(x, y), 0);
  return floor > 0 ? c.map((value) => Math.max(value, floor) ** power) : c.map(() => 1);
}
