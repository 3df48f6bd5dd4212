/**
 * Factors of square matrices, batches along leading axes, and their derivatives.
 *
 *   cholesky           A = LLᵀ                L lower; what A holds above its diagonal is not read
 *   lu                 PA = LU                one tensor [*, n, n + 2]: L without its unit diagonal below U, and beside
 *                                             them P as row numbers and as the row that was swapped with each
 *   triangular_solve   X of op(A)·X = B       op(A) = A or Aᵀ, one triangle of A
 *
 * Reference: [Murray2016].
 */
import type { Builder } from "../builder.ts";
import { type Node, swapsLastTwo, type Triangle, triangleOf } from "../graph.ts";
import { ordinals } from "./ordinals.ts";

/** The matrix with its last two axes exchanged. */
export function swapped(b: Builder, x: Node): Node {
  const axes = x.shape.map((_, i) => i);
  return b.transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).toReversed()]);
}

/** Rows and columns [begin, end) of a matrix. */
export function block(b: Builder, x: Node, rows: readonly [number, number], columns: readonly [number, number]): Node {
  const lead = x.shape.slice(0, -2);
  return b.slice(x, [...lead.map(() => 0), rows[0], columns[0]], [...lead, rows[1], columns[1]]);
}

/** Whether j ≤ i + above, for the entries (i, j) of an n × n matrix. */
export function isBelow(b: Builder, n: number, above: number): Node {
  const i = ordinals(b, n);
  return b.compare("less_equal", i, b.add(b.reshape(i, [n, 1]), b.scalar(above, "int32")));
}

/** The part of A that a solve reads, with zeros elsewhere and on a unit diagonal. */
export function triangleIn(b: Builder, A: Node, { lower, unit }: Omit<Triangle, "transposed">): Node {
  const n = A.shape.at(-1)!;
  const zero = b.scalar(0, A.dtype);
  return lower ? b.where(isBelow(b, n, unit ? -1 : 0), A, zero) : b.where(isBelow(b, n, unit ? 0 : -1), zero, A);
}

/** X of op(A)·X = B; views of A become flags. */
export function triangularSolve(b: Builder, A: Node, B: Node, triangle: Triangle): Node {
  const { lower, transposed } = triangle;
  if (swapsLastTwo(A)) {
    return triangularSolve(b, A.inputs[0], B, { ...triangle, lower: !lower, transposed: !transposed });
  }
  // (JAJ)⁻¹ = JA⁻¹J for J that reverses the order.
  const rank = A.shape.length;
  if (A.op === "flip" && `${A.attributes.axes}` === `${[rank - 2, rank - 1]}`) {
    const X = triangularSolve(b, A.inputs[0], b.flip(B, [rank - 2]), { ...triangle, lower: !lower });
    return b.flip(X, [rank - 2]);
  }
  return b.linear("triangular_solve", B, [A], { ...triangle }, B.shape);
}

/** op(dA)·X for the solution X of a triangular solve. */
export function movedTriangle(b: Builder, dA: Node, X: Node): Node {
  const triangle = triangleOf(X);
  return b.matmul(triangleIn(b, dA, triangle), X, triangle.transposed, false);
}

/** dL = L·Φ(L⁻¹ dA L⁻ᵀ) for symmetric dA, Φ the lower triangle with half of the diagonal. */
export function choleskyTangent(b: Builder, L: Node, dA: Node): Node {
  const solve = (B: Node) => triangularSolve(b, L, B, { lower: true, transposed: false, unit: false });
  const symmetric = b.scale(b.add(dA, swapped(b, dA)), 0.5);
  const S = solve(swapped(b, solve(symmetric)));
  const halves = b.add(triangleIn(b, S, { lower: true, unit: false }), triangleIn(b, S, { lower: true, unit: true }));
  return b.scale(b.matmul(L, halves), 0.5);
}

export function lu(b: Builder, A: Node): Node {
  const n = A.shape.at(-1)!;
  return b.make("lu", [A], {}, [...A.shape.slice(0, -1), n + 2], A.dtype);
}

/** The parts of an `lu`: both triangles in one matrix, P as row numbers, and the rows that were swapped. */
export function luParts(b: Builder, packed: Node): { factors: Node; permutation: Node; pivots: Node } {
  const [n] = packed.shape.slice(-2);
  const column = (j: number) => b.reshape(block(b, packed, [0, n], [j, j + 1]), packed.shape.slice(0, -1));
  return {
    factors: block(b, packed, [0, n], [0, n]),
    permutation: b.cast(column(n), "int32"),
    pivots: b.cast(column(n + 1), "int32"),
  };
}

/** dL = L·(M below its diagonal), dU = (M on and above it)·U, M = L⁻¹ P dA U⁻¹. */
export function luTangent(b: Builder, packed: Node, dA: Node): Node {
  const { factors, permutation } = luParts(b, packed);
  const { shape, dtype } = factors;
  const n = shape.at(-1)!;
  const isTaken = b.compare("equal", b.reshape(permutation, [...shape.slice(0, -1), 1]), ordinals(b, n));
  const lower = { lower: true, transposed: false, unit: true };
  const half = triangularSolve(b, factors, b.matmul(b.cast(isTaken, dtype), dA), lower);
  // M U = half:  Uᵀ Mᵀ = halfᵀ
  const upper = { lower: false, transposed: true, unit: false };
  const M = swapped(b, triangularSolve(b, factors, swapped(b, half), upper));
  const U = triangleIn(b, factors, upper);
  // L = I + its part below the diagonal
  const below = triangleIn(b, M, lower);
  const dL = b.add(below, b.matmul(triangleIn(b, factors, lower), below));
  const dU = b.matmul(triangleIn(b, M, upper), U);
  return b.pad(b.add(dL, dU), [...shape.slice(0, -1).map(() => [0, 0] as const), [0, 2]]);
}
