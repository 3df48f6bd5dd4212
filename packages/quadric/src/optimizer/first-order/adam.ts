/**
 * Adam and AdamW.
 *
 *   m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)g²     w ← (1 − ηλ)·w − η·m̂/(√v̂ + ε)
 *
 * with m̂, v̂ divided by 1 − β₁^{t+1}, 1 − β₂^{t+1}; λ = 0 in Adam. References: [KingmaBa2014], [LoshchilovHutter2017].
 */
import { requireBetween, requireKnown, requireNonNegative } from "../../check.ts";
import * as secondMoment from "../../norm/second-moment.ts";
import { meanRule } from "../gradient-average.ts";
import type { Optimizer } from "../optimizer.ts";
import { type FirstOrderOptions, firstOrder, firstOrderOptions } from "./first-order.ts";

export interface AdamOptions extends FirstOrderOptions {
  /** β₁ in (0, 1), the weight of past gradients; defaults to 0.9 ([KingmaBa2014]). */
  readonly beta1?: number;
  /** β₂ in (0, 1), the weight of past squares; defaults to 0.999 ([KingmaBa2014]). */
  readonly beta2?: number;
  /** ε > 0, in units of the gradient; defaults to 1e-8 ([KingmaBa2014]). */
  readonly epsilon?: number;
}

export interface AdamwOptions extends AdamOptions {
  /** λ ≥ 0: each step first shrinks the parameters by ηλ; defaults to 0.01. */
  readonly weightDecay?: number;
}

const adamOptions = [...firstOrderOptions, "beta1", "beta2", "epsilon"] as const;

/** Learning rate defaults to 1e-3. */
export function adam(options: AdamOptions = {}): Optimizer {
  requireKnown("adam", options, adamOptions);
  return decayed("adam", options, 0);
}

/** Adam with decoupled weight decay. Learning rate defaults to 1e-3. */
export function adamw(options: AdamwOptions = {}): Optimizer {
  requireKnown("adamw", options, [...adamOptions, "weightDecay"]);
  const { weightDecay = 0.01, ...shared } = options;
  requireNonNegative("adamw", "weightDecay", weightDecay);
  return decayed("adamw", shared, weightDecay);
}

function decayed(name: string, options: AdamOptions, decay: number): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...parts } = options;
  requireBetween(name, "beta1", beta1, 0, 1);
  return firstOrder({
    ...parts,
    name,
    learningRate,
    norm: secondMoment.adam({ beta: beta2, epsilon, epsilonPlacement: "outside" }),
    average: meanRule(beta1),
    decay,
    settings: { beta1, beta2, epsilon, ...(decay > 0 && { weightDecay: decay }) },
  });
}
