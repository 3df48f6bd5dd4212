/**
 * Lemma 1: with ‖g_t‖ ≤ M, every A built from a moving average V of g gᵀ keeps its eigenvalues in
 *
 *   (V + εI)^p: [ε^p, (ε + M²)^p]        V^p + εI: [ε, M^{2p} + ε]
 *
 * where M bounds ‖g_t‖₂ for a full V and max_j |g_{t,j}| for its diagonal. Bias correction keeps these bounds, because
 * a corrected average is a convex combination of the g gᵀ. Adagrad's sums, and an ε that is only the start of the
 * average, have no such bounds.
 * References: [Kohler2020, Lemma 1].
 */
import type { NormBounds } from "../../src/norm/norm.ts";
import { normBounds } from "../../src/norm/uniform-equivalence.ts";

export interface LemmaOptions {
  /** ε > 0. */
  readonly epsilon: number;
  /** p; defaults to ½. */
  readonly exponent?: number;
  /** Whether ε stands inside the power or is added to it; defaults to "inside". */
  readonly epsilonPlacement?: "inside" | "outside";
  /** M ≥ 0: bound on ‖g‖₂ for full matrices, on max_j |g_j| for diagonal ones. */
  readonly gradientBound: number;
}

/** The eigenvalue interval and μ that Lemma 1 guarantees for moving-average norms. */
export function lemmaBounds(options: LemmaOptions): NormBounds {
  const { epsilon, exponent = 0.5, epsilonPlacement = "inside", gradientBound } = options;
  const square = gradientBound ** 2;
  return epsilonPlacement === "inside"
    ? normBounds(epsilon ** exponent, (epsilon + square) ** exponent)
    : normBounds(epsilon, square ** exponent + epsilon);
}
