/** RMSProp: v ← βv + (1 − β)g², w ← w − η·g/(√v + ε). References: [TielemanHinton2012]. */
import { requireKnown } from "../../check.ts";
import * as secondMoment from "../../norm/second-moment.ts";
import type { Optimizer } from "../optimizer.ts";
import { type FirstOrderOptions, firstOrder, firstOrderOptions, plainGradient } from "./first-order.ts";

export interface RmspropOptions extends FirstOrderOptions {
  /** β in (0, 1), the weight of past squares; defaults to 0.99. */
  readonly beta?: number;
  /** ε > 0, in units of the gradient; defaults to 1e-8. */
  readonly epsilon?: number;
}

/** Learning rate defaults to 1e-3. */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  requireKnown("rmsprop", options, [...firstOrderOptions, "beta", "epsilon"]);
  const { learningRate = 1e-3, beta = 0.99, epsilon = 1e-8, ...parts } = options;
  return firstOrder({
    ...parts,
    name: "rmsprop",
    learningRate,
    norm: secondMoment.rmsprop({ beta, epsilon, epsilonPlacement: "outside" }),
    average: plainGradient,
    settings: { beta, epsilon },
  });
}
