/** Adagrad: v ← v + g², w ← w − η·g/(√v + ε). References: [DuchiHazanSinger2011]. */
import { requireKnown } from "../../check.ts";
import * as secondMoment from "../../norm/second-moment.ts";
import type { Optimizer } from "../optimizer.ts";
import { type FirstOrderOptions, firstOrder, firstOrderOptions, plainGradient } from "./first-order.ts";

export interface AdagradOptions extends FirstOrderOptions {
  /** ε > 0, in units of the gradient; defaults to 1e-10. */
  readonly epsilon?: number;
}

/** Learning rate defaults to 0.01. */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  requireKnown("adagrad", options, [...firstOrderOptions, "epsilon"]);
  const { learningRate = 0.01, epsilon = 1e-10, ...parts } = options;
  return firstOrder({
    ...parts,
    name: "adagrad",
    learningRate,
    norm: secondMoment.adagrad({ epsilon, epsilonPlacement: "outside" }),
    average: plainGradient,
    settings: { epsilon },
  });
}
