/**
 * Steihaug–Toint CG as one native call: the loop runs in the engine, this decides how far to go along its last direction.
 *
 * The engine returns s and p of that direction with γ, κ and the sums that steihaug.ts calls ss, sp, pp. Whatever radius
 * still lies beyond s is answered from these, at zero products; for a radius inside ‖s‖_A the solve is paid again.
 * Cost: one native call; two vectors of length d come back.
 */
import { norm2 } from "../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import { requireSubproblem, type SubproblemOptions } from "./solver.ts";
import { advance, largestRadius, toBoundary } from "./steihaug.ts";
import type { Outcome, Step } from "./step.ts";

/** What the engine's loop takes beside g and A. */
export interface LoopSettings {
  readonly radius: number;
  /** min(κ, √‖g‖). */
  readonly stop: number;
  readonly gradientNorm: number;
  readonly maxProducts: number;
}

/** Where the loop ended. */
export interface LoopEnd {
  readonly exit: "direction" | "interior" | "max-products" | "nonfinite-curvature" | "nonfinite-residual";
  readonly products: number;
  readonly s: Vector;
  readonly p: Vector;
  readonly gamma: number;
  readonly kappa: number;
  /** m(0) − m(s). */
  readonly decrease: number;
  readonly ss: number;
  readonly sp: number;
  readonly pp: number;
}

export async function fusedSteihaug(
  gradient: Vector,
  run: (settings: LoopSettings) => Promise<LoopEnd>,
  options: SubproblemOptions,
): Promise<Step> {
  requireSubproblem("steihaug", options);
  const { tolerance = 0.1, maxProducts = 50 } = options;
  const gradientNorm = norm2(gradient);
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

  function stepFor(length: number, products: number): Step | undefined {
    if (end.exit === "nonfinite-curvature") return stepAlong(0, "nonfinite", products);
    if (end.ss >= length * length) return undefined;
    const { tau, exit } = advance(end, length);
    if (exit !== undefined) return stepAlong(tau, exit, products);
    if (end.exit === "interior" || end.exit === "max-products") return stepAlong(tau, end.exit, products);
    if (end.exit === "nonfinite-residual") return stepAlong(tau, "nonfinite", products);
    // The recurrences inside the loop saw the boundary where the sums themselves just miss it.
    return products > 0 ? stepAlong(toBoundary(end, length), "boundary", products) : undefined;
  }

  function stepAlong(tau: number, outcome: Outcome, products: number): Step {
    const { s, p, gamma, kappa, decrease, ss, sp, pp } = end;
    const inside = outcome === "interior" || outcome === "max-products";
    return {
      step: s.map((x, i) => x + tau * p[i]),
      stepNorm: Math.sqrt(ss + tau * (2 * sp + tau * pp)),
      multiplier: inside ? 0 : undefined,
      modelDecrease: decrease + tau * (gamma - 0.5 * tau * kappa),
      outcome,
      products,
      resolve: (smaller) => stepFor(Math.min(smaller, largestRadius), 0),
    };
  }

  // ‖s‖ may exceed Δ by the drift of the recurrences; then s itself, cut to the boundary, is the answer.
  return stepFor(radius, end.products) ?? stepAlong(0, "boundary", end.products);
}
