/**
 * The radius of a trust region as a search:
 *
 *   ρ ≥ η₂       accept, Δ ← min(γ_inc·Δ, Δ_max) if the region held the step back
 *   ρ ∈ [η₁, η₂) accept, Δ stays
 *   ρ < η₁       reject, Δ ← min(Δ, ‖s‖_A)/γ_dec, so that the rejected step lies outside the new region
 *
 * Symbols: ρ actual over predicted decrease, Δ radius in ‖·‖_A, s step. References: [ConnGouldToint2000, Alg. 6.1.1].
 */
import { requireFactor, requirePositive } from "../../check.ts";
import type { Step } from "../../subproblem/step.ts";
import { requireThresholds, type Search } from "./search.ts";

export interface RadiusOptions {
  /** Δ₀ > 0, a length in ‖·‖_A; defaults to ‖w₀‖_A/10, 0.05 with mini-batches, but at most `max`. */
  readonly initial?: number;
  /** Δ_max ≥ Δ₀; defaults to none, 10 with mini-batches, but at least `initial`. */
  readonly max?: number;
  /** Below it the run ends as "stalled"; in [0, Δ₀), defaults to 0, 1e-16·Δ₀ with mini-batches. */
  readonly min?: number;
  /** γ_inc > 1; defaults to 2, 1.1 with mini-batches, 3 for a function. */
  readonly grow?: number;
  /** γ_dec > 1; defaults to 2, 1.25 with mini-batches, 4 for a function. */
  readonly shrink?: number;
}

export interface RadiusSettings extends Required<RadiusOptions> {
  readonly eta1: number;
  readonly eta2: number;
}

/** Fits the defaults to what was given, and checks. */
export function radiusSettings(
  where: string,
  options: RadiusOptions & { readonly eta1?: number; readonly eta2?: number },
  defaults: Omit<RadiusSettings, "min">,
): RadiusSettings {
  const { initial = Math.min(defaults.initial, options.max ?? Infinity), eta1 = defaults.eta1 } = options;
  const { max = Math.max(defaults.max, initial), min = 1e-16 * initial } = options;
  const { eta2 = Math.max(defaults.eta2, (1 + eta1) / 2), grow = defaults.grow, shrink = defaults.shrink } = options;
  requirePositive(where, "radius.initial", initial);
  requireThresholds(where, eta1, eta2);
  requireFactor(where, "radius.grow", grow);
  requireFactor(where, "radius.shrink", shrink);
  if (!(max >= initial))
    throw new RangeError(`${where}: radius.max must be >= radius.initial = ${initial}, got ${max}.`);
  if (!(min >= 0 && min < initial)) {
    throw new RangeError(`${where}: radius.min must be in [0, radius.initial), got ${min}.`);
  }
  return { initial, max, min, grow, shrink, eta1, eta2 };
}

/** Whether the step would have been longer in a larger region. */
export function isHeldBack({ outcome, stepNorm }: Step, radius: number): boolean {
  return outcome === "boundary" || outcome === "negative-curvature" || stepNorm >= 0.99 * radius;
}

/** The search whose Δ₀ is a length of the start; without limits but for those given. */
export function relativeRadiusSearch(
  settings: RadiusSettings,
  { max = Number.MAX_VALUE, min = 0 }: Pick<RadiusOptions, "max" | "min"> = {},
): Search {
  const { initial: _, ...search } = radiusSearch({ ...settings, max, min });
  return { ...search, first: (length) => Math.min(length / 10, max) };
}

export function radiusSearch({ initial, max, min, grow, shrink, eta1, eta2 }: RadiusSettings): Search {
  return {
    initial,
    eta1,
    next(current, ratio, step) {
      if (ratio >= eta2) return isHeldBack(step, current) ? Math.min(grow * current, max) : current;
      return ratio >= eta1 ? current : Math.min(current, step.stepNorm) / shrink;
    },
    isExhausted: (current) => current < min,
  };
}
