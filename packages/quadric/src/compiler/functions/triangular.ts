/**
 * Lower triangular matrices by blocks, for engines that multiply matrices and nothing else: halves of halves down to
 * `leaf` columns, whose inverses are known.
 *
 *   LX = B      X₁ = L₁₁⁻¹B₁,    X₂ = L₂₂⁻¹(B₂ − L₂₁X₁)
 *
 * A leaf is inverted by products: X = diag(L)⁻¹, and for s = 1, 2, 4, …  X ← X − X·L₍ₛ₎·X, where L₍ₛ₎ holds the blocks
 * s × s below the diagonal that lie between two neighbouring diagonal blocks.
 * References: [GolubVanLoan2013, section 3.1], [Higham2002, chapter 14].
 */
import type { Builder } from "../ir/builder.ts";
import { type Node, triangleOf } from "../ir/graph.ts";
import { block, swapped } from "../ir/rules/factors.ts";
import { ordinals } from "../ir/rules/ordinals.ts";

export const leaf = 32;

/** The columns of the first half. */
export const firstHalf = (n: number): number => leaf * Math.ceil(n / leaf / 2);

/** A lower triangular matrix, its leaves with their inverses. */
export type Blocks =
  | { readonly size: number; readonly matrix: Node; readonly inverse: Node }
  | { readonly size: number; readonly first: Blocks; readonly below: Node; readonly second: Blocks };

export const difference = (b: Builder, x: Node, y: Node): Node => b.add(x, b.scale(y, -1));

/** [A B; C D]. */
export function joined(b: Builder, [A, B]: readonly Node[], [C, D]: readonly Node[]): Node {
  const rank = A.shape.length;
  return b.concatenate([b.concatenate([A, B], rank - 1), b.concatenate([C, D], rank - 1)], rank - 2);
}

/** The inverse of a lower triangular leaf. */
export function inverted(b: Builder, L: Node, unit: boolean): Node {
  const n = L.shape.at(-1)!;
  const [zero, one] = [b.scalar(0, L.dtype), b.scalar(1, L.dtype)];
  const [j, i] = [ordinals(b, n), b.reshape(ordinals(b, n), [n, 1])];
  const isDiagonal = b.compare("equal", i, j);
  const reciprocals = b.unary("reciprocal", unit ? one : b.where(isDiagonal, L, one));
  let X = b.expand(b.where(isDiagonal, reciprocals, zero), L.shape);
  for (let s = 1; s < n; s *= 2) {
    const of = (x: Node, size: number) => b.binary("idiv", x, b.scalar(size, "int32"));
    const sharePair = b.compare("equal", of(i, 2 * s), of(j, 2 * s));
    const isBeside = b.logical("and", sharePair, b.compare("less", of(j, s), of(i, s)));
    X = difference(b, X, b.matmul(X, b.matmul(b.where(isBeside, L, zero), X)));
  }
  return X;
}

/** A lower triangular matrix in blocks. */
export function cut(b: Builder, L: Node, unit: boolean): Blocks {
  const size = L.shape.at(-1)!;
  if (size <= leaf) return { size, matrix: L, inverse: inverted(b, L, unit) };
  const h = firstHalf(size);
  const first = cut(b, block(b, L, [0, h], [0, h]), unit);
  const second = cut(b, block(b, L, [h, size], [h, size]), unit);
  return { size, first, below: block(b, L, [h, size], [0, h]), second };
}

export function solve(b: Builder, L: Blocks, B: Node, transposed: boolean): Node {
  if ("inverse" in L) return b.matmul(L.inverse, B, transposed, false);
  const { size, first, below, second } = L;
  const h = first.size;
  const [B1, B2] = [block(b, B, [0, h], [0, B.shape.at(-1)!]), block(b, B, [h, size], [0, B.shape.at(-1)!])];
  const rank = B.shape.length;
  if (transposed) {
    const X2 = solve(b, second, B2, true);
    const X1 = solve(b, first, difference(b, B1, b.matmul(below, X2, true, false)), true);
    return b.concatenate([X1, X2], rank - 2);
  }
  const X1 = solve(b, first, B1, false);
  const X2 = solve(b, second, difference(b, B2, b.matmul(below, X1)), false);
  return b.concatenate([X1, X2], rank - 2);
}

/**
 * op(A)·X = B, A with either triangle: Aᵀ has the lower one where A has the upper.
 *
 * As a batch of one, so that the result is no Gemm: ONNX Runtime takes a Transpose that follows one into it, and a
 * program that returns the result before too then returns memory that nobody wrote.
 */
export function triangularSolve(b: Builder, node: Node, B: Node, A: Node): Node {
  const { lower, transposed, unit } = triangleOf(node);
  const batch = (x: Node) => (x.shape.length === 2 ? b.reshape(x, [1, ...x.shape]) : x);
  const L = cut(b, batch(lower ? A : swapped(b, A)), unit);
  return b.reshape(solve(b, L, batch(B), lower === transposed), B.shape);
}
