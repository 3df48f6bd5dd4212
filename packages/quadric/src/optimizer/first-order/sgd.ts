/** Stochastic gradient descent, A = I, plain and with momentum. */
import { requireKnown } from "../../check.ts";
import { euclidean } from "../../norm/diagonal.ts";
import { requireMomentum } from "../gradient-average.ts";
import type { Optimizer } from "../optimizer.ts";
import { type FirstOrderOptions, firstOrder, firstOrderOptions, plainGradient } from "./first-order.ts";

export interface SgdOptions extends FirstOrderOptions {
  /** μ in [0, 1), the weight of past gradients; defaults to 0. */
  readonly momentum?: number;
  /** Whether momentum is Nesterov's, d = g + μm; defaults to false. */
  readonly nesterov?: boolean;
}

/**
 * w ← w − ηg; with momentum m ← μm + g, w ← w − ηm (heavy ball). Learning rate defaults to 0.01.
 *
 * @throws {RangeError} if an option is outside its domain.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  requireKnown("sgd", options, [...firstOrderOptions, "momentum", "nesterov"]);
  const { learningRate = 0.01, momentum = 0, nesterov = false, ...parts } = options;
  requireMomentum("sgd", momentum);
  return firstOrder({
    ...parts,
    name: "sgd",
    learningRate,
    norm: euclidean(),
    average: momentum === 0 ? plainGradient : { past: momentum, present: 1, nesterov },
    ...(momentum > 0 && { settings: { momentum, nesterov } }),
  });
}
