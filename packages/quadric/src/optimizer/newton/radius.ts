/**
 * The radius of a trust region as a search:
 *
 *   ρ ≥ η₂       accept, Δ ← min(γ_inc·Δ, Δ_max)
 *   ρ ∈ [η₁, η₂) accept, Δ stays
 *   ρ < η₁       reject, Δ ← min(Δ, ‖s‖_A)/γ_dec
 *
 * Symbols: ρ actual over predicted decrease, Δ radius in ‖·‖_A, s step. References: [ConnGouldToint2000, Alg. 6.1.1].
 */
import { requireOneOf, requirePositive } from "../../check.ts";
import type { Step } from "../../subproblem/step.ts";
import { requireFactor, requireThresholds, type Search } from "./search.ts";

/** Defaults are those of batches that are parts of the data; `trustRegion` has others where they are all of it. */
export interface RadiusOptions {
  /** Δ₀ > 0, a length in ‖·‖_A; defaults to 0.05 ([Kohler2020], released settings of the MLPs). */
  readonly radius?: number;
  /** Δ_max ≥ Δ₀; defaults to 10 ([Kohler2020], released settings), or to Δ₀ if that is more. */
  readonly maxRadius?: number;
  /** Below it the run ends as "radius-collapsed"; ≥ 0, defaults to 1e-16·Δ₀. */
  readonly minRadius?: number;
  /** η₁: least ρ of an accepted step, 0 < η₁ < η₂; defaults to 0.01 ([Kohler2020], released settings). */
  readonly eta1?: number;
  /** η₂: least ρ after which Δ grows, η₁ < η₂ < 1; defaults to 0.95 ([Kohler2020], released settings). */
  readonly eta2?: number;
  /** γ_inc > 1; defaults to 1.1 ([Kohler2020], released settings). */
  readonly increase?: number;
  /** γ_dec > 1; defaults to 1.25 ([Kohler2020], released settings). */
  readonly decrease?: number;
  /**
   * Grow only where the region held the step back: on its boundary, or ‖s‖_A ≥ 0.99Δ. Defaults to true; the paper grows
   * after every very successful step.
   */
  readonly growOnlyAtBoundary?: boolean;
  /**
   * From where a rejection shrinks: "step" from min(Δ, ‖s‖_A), so that the rejected step lies outside the new region;
   * "radius" from Δ, as the paper does. Defaults to "step".
   */
  readonly shrinkFrom?: "step" | "radius";
}

export type RadiusSearch = Search & { readonly settings: Required<RadiusOptions> };

export function radiusSearch(where: string, options: RadiusOptions): RadiusSearch {
  const { radius = 0.05, maxRadius = Math.max(10, radius), minRadius = 1e-16 * radius } = options;
  const { eta1 = 0.01, eta2 = 0.95, increase = 1.1, decrease = 1.25 } = options;
  const { growOnlyAtBoundary = true, shrinkFrom = "step" } = options;
  requirePositive(where, "radius", radius);
  requireThresholds(where, eta1, eta2);
  requireFactor(where, "increase", increase);
  requireFactor(where, "decrease", decrease);
  requireOneOf(where, "shrinkFrom", shrinkFrom, ["step", "radius"]);
  if (!(maxRadius >= radius))
    throw new RangeError(`${where}: maxRadius must be >= radius = ${radius}, got ${maxRadius}.`);
  if (!(minRadius >= 0 && minRadius < radius)) {
    throw new RangeError(`${where}: minRadius must be in [0, radius), got ${minRadius}.`);
  }
  const heldBack = ({ outcome, stepNorm }: Step, current: number) =>
    outcome === "boundary" || outcome === "negative-curvature" || stepNorm >= 0.99 * current;
  return {
    settings: { radius, maxRadius, minRadius, eta1, eta2, increase, decrease, growOnlyAtBoundary, shrinkFrom },
    initial: radius,
    eta1,
    next(current, ratio, step) {
      if (ratio >= eta2) {
        return growOnlyAtBoundary && !heldBack(step, current) ? current : Math.min(increase * current, maxRadius);
      }
      if (ratio >= eta1) return current;
      return (shrinkFrom === "step" ? Math.min(current, step.stepNorm) : current) / decrease;
    },
    rescaled: (current, factor) => Math.min(factor * current, maxRadius),
    exhausted: (current) => current < minRadius,
  };
}
