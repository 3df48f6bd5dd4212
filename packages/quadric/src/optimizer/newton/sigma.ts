/**
 * The weight of cubic regularisation as a search:
 *
 *   ρ ≥ η₂       accept, σ ← max(σ/γ₂, σ_min)
 *   ρ ∈ [η₁, η₂) accept, σ stays
 *   ρ < η₁       reject, σ ← γ₁σ
 *
 * Symbols: ρ actual over predicted decrease, σ weight of ‖s‖³_A/3. References: [CartisGouldToint2011].
 */
import { requireFactor, requirePositive } from "../../check.ts";
import { requireThresholds, type Search } from "./search.ts";

export interface SigmaOptions {
  /** σ₀ > 0, loss units per cubed length in ‖·‖_A; defaults to ‖g₀‖_{A⁻¹}/‖w₀‖²_A for a function, else to 1. */
  readonly initial?: number;
  /** σ_min in [0, σ₀]; defaults to 0. */
  readonly min?: number;
  /** γ₁ > 1: growth of σ after a rejection; defaults to 2. */
  readonly grow?: number;
  /** γ₂ > 1: fall of σ after a very successful step; defaults to 2. */
  readonly shrink?: number;
}

export interface SigmaSettings extends Required<SigmaOptions> {
  readonly eta1: number;
  readonly eta2: number;
}

/** At this many times σ₀ no step is worth taking. */
const exhaustion = 1e40;

export function requireSigma(where: string, { initial, min, grow, shrink, eta1, eta2 }: SigmaSettings): void {
  requirePositive(where, "sigma.initial", initial);
  if (!(min >= 0 && min <= initial)) {
    throw new RangeError(`${where}: sigma.min must be in [0, sigma.initial], got ${min}.`);
  }
  requireThresholds(where, eta1, eta2);
  requireFactor(where, "sigma.grow", grow);
  requireFactor(where, "sigma.shrink", shrink);
}

export function sigmaSearch({ initial, min, grow, shrink, eta1, eta2 }: SigmaSettings): Search {
  return {
    initial,
    eta1,
    next(current, ratio) {
      if (ratio >= eta2) return Math.max(current / shrink, min, Number.MIN_VALUE);
      return ratio >= eta1 ? current : grow * current;
    },
    isExhausted: (current) => current > exhaustion * initial,
  };
}

/** The search whose first step is about as long as the start. */
export function relativeSigmaSearch(settings: SigmaSettings): Search {
  const { initial: _, ...search } = sigmaSearch({ ...settings, min: 0 });
  return {
    ...search,
    first: (length, gamma) => gamma / length / length,
    isExhausted: (current) => !(current < Infinity),
  };
}
