/** Factors of matrices and sorting in jax-js; see ir/rules/factors.ts for what they are. */
import { lax, numpy as np } from "@jax-js/jax";
import { type Node, triangleOf } from "../../ir/graph.ts";

/**
 * x, computed and stored: jax-js 0.1.25 compiles these functions only of what lies in memory as it is, not of a view
 * that is transposed, flipped or cut.
 */
const stored = (x: np.Array): np.Array => np.maximum(x.ref, x);

export const argsort = ([x]: np.Array[]): np.Array => np.argsort(stored(x));

export const cholesky = ([A]: np.Array[]): np.Array => lax.linalg.cholesky(stored(A));

/** As UXᵀ = Bᵀ with U upper triangular, which is what jax-js solves without turning it. */
export function triangularSolve([B, A]: np.Array[], node: Node): np.Array {
  const { lower, transposed, unit } = triangleOf(node);
  const reversed = lower !== transposed;
  const matrix = transposed ? np.matrixTranspose(A) : A;
  const U = reversed ? np.flip(matrix, [-2, -1]) : matrix;
  const right = np.matrixTranspose(reversed ? np.flip(B, -2) : B);
  const X = lax.linalg.triangularSolve(stored(U), stored(right), { transposeA: true, unitDiagonal: unit });
  return reversed ? np.flip(np.matrixTranspose(X), -2) : np.matrixTranspose(X);
}

export function luPacked([A]: np.Array[], { shape, dtype }: Node): np.Array {
  const [factors, pivots, permutation] = lax.linalg.lu(stored(A));
  const column = (x: np.Array) => x.astype(dtype as np.DType).reshape([...shape.slice(0, -1), 1]);
  return np.concatenate([factors, column(permutation), column(pivots)], -1);
}
