/**
 * Cholesky factors by blocks, a batch at a time:
 *
 *   A = LLᵀ     L₁₁L₁₁ᵀ = A₁₁,   L₂₁ = A₂₁L₁₁⁻ᵀ,   L₂₂L₂₂ᵀ = A₂₂ − L₂₁L₂₁ᵀ
 *
 * A leaf takes a turn of a loop for each column; all but n·leaf² of the work is products of matrices.
 * References: [GolubVanLoan2013, section 4.2], [Gustavson1997].
 */
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";
import { block, isBelow, swapped } from "../ir/rules/factors.ts";
import { ordinals } from "../ir/rules/ordinals.ts";
import { forEachColumn } from "./columns.ts";
import { type Blocks, difference, firstHalf, inverted, joined, leaf, solve } from "./triangular.ts";

/** L of LLᵀ = A, of which the lower triangle is read. */
export function cholesky(b: Builder, A: Node): Node {
  return whole(b, choleskyBlocks(b, A));
}

function choleskyBlocks(b: Builder, A: Node): Blocks {
  const size = A.shape.at(-1)!;
  if (size <= leaf) {
    const matrix = choleskyLeaf(b, A);
    return { size, matrix, inverse: inverted(b, matrix, false) };
  }
  const h = firstHalf(size);
  const first = choleskyBlocks(b, block(b, A, [0, h], [0, h]));
  const below = swapped(b, solve(b, first, swapped(b, block(b, A, [h, size], [0, h])), false));
  const rest = block(b, A, [h, size], [h, size]);
  return { size, first, below, second: choleskyBlocks(b, difference(b, rest, b.matmul(below, below, false, true))) };
}

function whole(b: Builder, L: Blocks): Node {
  if ("matrix" in L) return L.matrix;
  const [A, B] = [whole(b, L.first), whole(b, L.second)];
  const above = b.full(0, [...A.shape.slice(0, -1), L.second.size], A.dtype);
  return joined(b, [A, above], [L.below, B]);
}

/** Column by column: l = (column of S from the diagonal on)/√pivot,  S ← S − llᵀ,  L ← L + l·eⱼᵀ. */
function choleskyLeaf(b: Builder, A: Node): Node {
  const n = A.shape.at(-1)!;
  if (n === 1) return b.unary("sqrt", A);
  const zero = b.scalar(0, A.dtype);
  const lead = A.shape.slice(0, -2);
  const lower = b.where(isBelow(b, n, 0), A, zero);
  const [, L] = forEachColumn(b, n, [lower, b.full(0, A.shape, A.dtype)], (j, [S, known]) => {
    const isColumn = b.compare("equal", ordinals(b, n), j);
    const isRow = b.reshape(isColumn, [n, 1]);
    const column = b.reshape(b.sum(b.where(isColumn, S, zero), [lead.length + 1]), [...lead, n, 1]);
    const pivot = b.reshape(b.sum(b.where(isRow, column, zero), [lead.length]), [...lead, 1, 1]);
    const l = b.mul(column, b.unary("reciprocal", b.unary("sqrt", pivot)));
    const rest = b.where(isBelow(b, n, 0), difference(b, S, b.matmul(l, l, false, true)), zero);
    return [rest, b.where(isColumn, l, known)];
  });
  // A pivot that is NaN makes its whole column so.
  return b.where(isBelow(b, n, 0), L, zero);
}
