/**
 * The Gaussian about a minimum of F, and what it makes of the evidence:
 *
 *   F(θ) = βE(θ) + ½Σ_i a_iθ_i²      H = βG + diag(a) = LLᵀ      γ_i = 1 − a_i(H⁻¹)_ii
 *   log p(D | a, β) ≈ −F + ½Σ log a_i − ½ log det H + ½n log(β/2π)
 *
 * The last term is of squared error only. γ_i ∈ [0, 1] says how far the data determine θ_i: Σγ effective parameters.
 * Of a linear model with squared error all of it is exact.
 * References: [MacKay1992].
 */
import { factorize, inverseDiagonal, invertFactor, logDeterminant } from "./precision.ts";

/** E, ∇E = Jᵀℓ′ and G = Jᵀℓ″J at a point; of G, row-major [d, d], the lower triangle is set. */
export interface DataCurvature {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly gram: Float64Array;
}

/** What is fitted: E of d parameters. */
export interface EvidenceProblem {
  readonly size: number;
  /** n. */
  readonly observations: number;
  /** Whether E is half a sum of squares, whose precision β is found. */
  readonly hasNoise: boolean;
  value(theta: Float64Array): number | Promise<number>;
  curvature(theta: Float64Array): DataCurvature | Promise<DataCurvature>;
  /** Multiply-adds of a curvature. */
  readonly cost: number;
}

export interface Precisions {
  /** a, of each parameter. */
  readonly prior: Float64Array;
  readonly beta: number;
}

export interface Laplace {
  /** L⁻ᵀ, row-major, upper triangle. */
  readonly inverse: Float64Array;
  /** γ_i. */
  readonly determined: Float64Array;
  readonly logEvidence: number;
}

/** ½Σ a_iθ_i². */
export function penaltyOf(prior: Float64Array, theta: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < theta.length; i++) sum += 0.5 * prior[i] * theta[i] ** 2;
  return sum;
}

export function laplaceAt(
  theta: Float64Array,
  { value, gram }: DataCurvature,
  { prior, beta }: Precisions,
  { observations, hasNoise }: Pick<EvidenceProblem, "observations" | "hasNoise">,
): Laplace {
  const d = theta.length;
  const L = safeFactor(gram, beta, prior);
  const inverse = invertFactor(L, d);
  const variances = inverseDiagonal(inverse, d);
  const noise = hasNoise ? 0.5 * observations * Math.log(beta / (2 * Math.PI)) : 0;
  const logPrior = prior.reduce((sum, a) => sum + 0.5 * Math.log(a), 0);
  return {
    inverse,
    determined: variances.map((v, i) => Math.min(Math.max(1 - prior[i] * v, 0), 1)),
    logEvidence: logPrior + noise - beta * value - penaltyOf(prior, theta) - 0.5 * logDeterminant(L, d),
  };
}

/** L of H, with the least addition to its diagonal, relative to it, that makes H positive definite in floating point. */
function safeFactor(gram: Float64Array, beta: number, prior: Float64Array): Float64Array {
  const d = prior.length;
  for (let share = 0; share < 1; share = share === 0 ? 1e-14 : 10 * share) {
    const L = factorize(
      gram,
      beta,
      prior.map((a, i) => a + share * (beta * gram[i * d + i] + a)),
    );
    if (L) return L;
  }
  throw new Error("internal: laplaceAt: G must be positive semidefinite.");
}
