/** Stochastic gradient descent, A = I, plain and with momentum. */
import { requireBetween } from "../../check.ts";
import { euclidean } from "../../norm/diagonal.ts";
import type { Optimizer } from "../optimizer.ts";
import { type FirstOrderOptions, firstOrder, plainGradient } from "./first-order.ts";

/** w ← w − ηg. Learning rate defaults to 0.01. */
export function sgd({ learningRate = 0.01, ...parts }: FirstOrderOptions = {}): Optimizer {
  return firstOrder({ ...parts, name: "sgd", learningRate, norm: euclidean(), average: plainGradient });
}

export interface MomentumOptions extends FirstOrderOptions {
  /** μ in (0, 1), the weight of past gradients; defaults to 0.9. */
  readonly momentum?: number;
  /** Whether momentum is Nesterov's, d = g + μm; defaults to false. */
  readonly nesterov?: boolean;
}

/** m ← μm + g, w ← w − ηm (heavy-ball momentum). Learning rate defaults to 0.01. */
export function momentum({
  learningRate = 0.01,
  momentum: mu = 0.9,
  nesterov = false,
  ...parts
}: MomentumOptions = {}): Optimizer {
  requireBetween("momentum", "momentum", mu, 0, 1);
  return firstOrder({
    ...parts,
    name: "momentum",
    learningRate,
    norm: euclidean(),
    average: { past: mu, present: 1, nesterov },
    settings: { momentum: mu, nesterov },
  });
}
