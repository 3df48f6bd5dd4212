/**
 * Gaussian process regression: the negative log marginal likelihood of y at places x [Rasmussen2006, Algorithm 2.1],
 *
 *   −log p(y) = ½‖L⁻¹y‖² + Σ log L_ii + (n/2)·log 2π,   LLᵀ = K,   K_ij = a²·exp(−(x_i − x_j)²/2ℓ²) + s²δ_ij
 */
import { lax, numpy as np } from "@jax-js/jax";

/** Logarithms of a, ℓ and s, scalars. */
export type GaussianProcessParams = {
  readonly amplitude: np.Array;
  readonly length: np.Array;
  readonly noise: np.Array;
};

/** x, y [n], all examples at once: each depends on all others. Cost: n³/3. */
export function gaussianProcessLoss(
  { amplitude, length, noise }: GaussianProcessParams,
  { x, y }: { readonly x: np.Array; readonly y: np.Array },
): np.Array {
  const [n] = x.shape;
  const distances = x.ref.reshape([n, 1]).sub(x).div(np.exp(length));
  const signal = np.exp(np.square(distances).mul(-0.5)).mul(np.exp(amplitude.mul(2)));
  const L = np.linalg.cholesky(signal.add(np.eye(n).mul(np.exp(noise.mul(2)))));
  const whitened = lax.linalg.triangularSolve(L.ref, y.reshape([n, 1]), { leftSide: true, lower: true });
  const logDeterminant = np.log(np.diagonal(L)).sum();
  return np
    .square(whitened)
    .sum()
    .mul(0.5)
    .add(logDeterminant)
    .add((n / 2) * Math.log(2 * Math.PI));
}
