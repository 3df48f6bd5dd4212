/**
 * Uniform equivalence: the property of a sequence of norms on which the worst-case theory rests.
 *
 *   (1/μ)‖v‖_A ≤ ‖v‖₂ ≤ μ‖v‖_A  for all v and all A of the sequence,   μ = max{1, λ_min(A)^{-1/2}, λ_max(A)^{1/2}}
 *
 * With an ε > 0 moving averages of squared gradients have it, Adagrad's sums have not (Lemma 1).
 * References: [Kohler2020, Lemma 1].
 */
import type { NormBounds } from "./norm.ts";

/** Extreme eigenvalues together with the constant μ they imply. */
export function normBounds(min: number, max: number): NormBounds {
  return { min, max, mu: Math.max(1, 1 / Math.sqrt(min), Math.sqrt(max)) };
}
