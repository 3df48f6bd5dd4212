/**
 * The weight of cubic regularisation as a search:
 *
 *   ρ ≥ η₂       accept, σ ← max(σ/γ₂, σ_min)
 *   ρ ∈ [η₁, η₂) accept, σ stays
 *   ρ < η₁       reject, σ ← γ₁σ
 *
 * Symbols: ρ actual over predicted decrease, σ weight of ‖s‖³_A/3. References: [CartisGouldToint2011].
 */
import { requirePositive } from "../../check.ts";
import { requireFactor, requireThresholds, type Search } from "./search.ts";

export interface SigmaOptions {
  /** σ₀ > 0, loss units per cubed length in ‖·‖_A; defaults to 1 ([KohlerLucchi2017]). */
  readonly sigma?: number;
  /** σ_min in [0, σ₀]; defaults to 0. */
  readonly minSigma?: number;
  /** η₁: least ρ of an accepted step, 0 < η₁ < η₂; defaults to 0.1 ([KohlerLucchi2017]). */
  readonly eta1?: number;
  /** η₂: least ρ after which σ falls, η₁ < η₂ < 1; defaults to 0.9 ([KohlerLucchi2017]). */
  readonly eta2?: number;
  /** γ₁ > 1: growth of σ after a rejection; defaults to 2 ([KohlerLucchi2017]). */
  readonly increase?: number;
  /** γ₂ > 1: fall of σ after a very successful step; defaults to 2 ([KohlerLucchi2017]). */
  readonly decrease?: number;
}

/** A σ so many times σ₀ allows no step worth taking. */
const hopeless = 1e40;

export function sigmaSearch(
  where: string,
  options: SigmaOptions,
): Search & { readonly settings: Required<SigmaOptions> } {
  const { sigma = 1, minSigma = 0, eta1 = 0.1, eta2 = 0.9, increase = 2, decrease = 2 } = options;
  requirePositive(where, "sigma", sigma);
  if (!(minSigma >= 0 && minSigma <= sigma)) {
    throw new RangeError(`${where}: minSigma must be in [0, sigma], got ${minSigma}.`);
  }
  requireThresholds(where, eta1, eta2);
  requireFactor(where, "increase", increase);
  requireFactor(where, "decrease", decrease);
  return {
    settings: { sigma, minSigma, eta1, eta2, increase, decrease },
    initial: sigma,
    eta1,
    next(current, ratio) {
      if (ratio >= eta2) return Math.max(current / decrease, minSigma, Number.MIN_VALUE);
      return ratio >= eta1 ? current : increase * current;
    },
    rescaled: (current, factor) => current / factor ** 3,
    exhausted: (current) => current > hopeless * sigma,
  };
}
