/**
 * Steihaug–Toint CG as one native call: the loop of steihaug.ts runs in the engine.
 *
 * The engine returns the step s + τp, the direction p of its last segment, and the numbers that steihaug.ts calls γ, κ, ss,
 * sp, pp. A radius that still cuts this segment is answered from them, at zero products; for one inside ‖s‖_A the solve is
 * paid again. With pairs it returns those too, and with them the whole path, which any radius can cut.
 * Cost: one native call; two vectors of length d come back, with pairs two more a product.
 */
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import type { CurvaturePairs } from "./curvature-pairs.ts";
import { requireSubproblem, type SubproblemOptions } from "./solver.ts";
import { advance, follow, largestRadius, type Segment } from "./steihaug.ts";
import type { Outcome, Step } from "./step.ts";

/** What the engine's loop takes beside g and A. */
export interface LoopSettings {
  readonly radius: number;
  /** min(κ, √‖g‖). */
  readonly stop: number;
  readonly gradientNorm: number;
  readonly maxProducts: number;
}

/** Where the loop ended: on a segment s + τp of the CG path. */
export interface LoopEnd {
  readonly exit: "direction" | "interior" | "max-products" | "nonfinite-curvature" | "nonfinite-residual";
  readonly products: number;
  /** s + τp, [d]. */
  readonly step: Vector;
  readonly p: Vector;
  readonly tau: number;
  readonly gamma: number;
  readonly kappa: number;
  /** m(0) − m(s). */
  readonly decrease: number;
  readonly ss: number;
  readonly sp: number;
  readonly pp: number;
  readonly pairs?: CurvaturePairs;
  /** With pairs: the segments before the last. */
  readonly path?: () => readonly Segment[];
}

export async function fusedSteihaug(
  gradient: Vector,
  gradientNorm: number,
  run: (settings: LoopSettings) => Promise<LoopEnd>,
  options: SubproblemOptions,
): Promise<Step> {
  requireSubproblem("steihaug", options);
  const { tolerance = 0.1, maxProducts = 50 } = options;
  if (gradientNorm === 0 || !Number.isFinite(gradientNorm)) {
    const outcome = gradientNorm === 0 ? "interior" : "nonfinite";
    const step = zeros(gradient.length, dtypeOf(gradient));
    return {
      step,
      stepNorm: 0,
      multiplier: outcome === "interior" ? 0 : undefined,
      modelDecrease: 0,
      outcome,
      products: 0,
    };
  }
  const radius = Math.min(options.radius, largestRadius);
  const stop = Math.min(tolerance, Math.sqrt(gradientNorm));
  const end = await run({ radius, stop, gradientNorm, maxProducts });

  const outcomes = {
    interior: "interior",
    "max-products": "max-products",
    "nonfinite-curvature": "nonfinite",
    "nonfinite-residual": "nonfinite",
    direction: end.kappa > 0 ? "boundary" : "negative-curvature",
  } as const;
  return { ...stepAt(end.tau, outcomes[end.exit], end.products), ...(end.pairs && { pairs: end.pairs }) };

  /** The step s + τp of the last segment, for whatever τ. */
  function stepAt(tau: number, outcome: Outcome, products: number): Step {
    const { step, p, gamma, kappa, decrease, ss, sp, pp } = end;
    const inside = outcome === "interior" || outcome === "max-products";
    return {
      step: tau === end.tau ? step : step.map((x, i) => x + (tau - end.tau) * p[i]),
      stepNorm: Math.sqrt(ss + tau * (2 * sp + tau * pp)),
      multiplier: inside ? 0 : undefined,
      // κ need not be finite where τ = 0.
      modelDecrease: tau === 0 ? decrease : decrease + tau * (gamma - 0.5 * tau * kappa),
      outcome,
      products,
      resolve: cut,
    };
  }

  /** The segment cut at another radius; undefined where that lies inside ‖s‖_A, or beyond what the loop has seen. */
  function cut(length: number): Step | undefined {
    if (end.path) {
      const step = zeros(gradient.length, dtypeOf(gradient));
      const { modelDecrease, exit } = follow(end.path(), length, step);
      if (exit !== undefined) {
        const stepNorm = Math.min(length, largestRadius);
        return { step, stepNorm, multiplier: undefined, modelDecrease, outcome: exit, products: 0, resolve: cut };
      }
    }
    if (end.exit === "nonfinite-curvature") return stepAt(0, "nonfinite", 0);
    if (end.ss >= length * length) return undefined;
    const { tau, exit } = advance(end, Math.min(length, largestRadius));
    if (exit !== undefined) return stepAt(tau, exit, 0);
    return end.exit === "direction" ? undefined : stepAt(tau, outcomes[end.exit], 0);
  }
}
