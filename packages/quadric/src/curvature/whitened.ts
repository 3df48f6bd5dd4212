/**
 * Curvature in the variables of a norm: what the optimizer sees after preconditioning.
 *
 *   B̃ = A^{-1/2} B A^{-1/2},   the eigenvalues of the pencil (B, A)
 *
 * Traces, diagonals, dominance and spectra in the A-norm are those of this operator in the Euclidean one.
 */
import type { Norm } from "../norm/norm.ts";
import type { LinearOperator } from "./operator.ts";

/** v ↦ A^{-1/2}BA^{-1/2}v; symmetric and positive semidefinite as B is. */
export function whitened(operator: LinearOperator, norm: Norm): LinearOperator {
  const { size, dtype } = operator;
  return {
    size,
    dtype,
    async multiply(v) {
      // v → A^{-1/2}v → BA^{-1/2}v → A^{-1/2}BA^{-1/2}v, with A^{-1/2} = A⁻¹A^{1/2}
      const product = await operator.multiply(norm.solve(norm.root(v)));
      return norm.solve(norm.root(product));
    },
  };
}
