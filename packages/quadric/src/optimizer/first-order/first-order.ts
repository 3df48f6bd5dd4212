/**
 * First-order methods as Theorem 1 reads them: the linear model minimised in an ellipsoid of implied radius η‖d‖_{A⁻¹},
 *
 *   w ← (1 − ηλ)·w − η·A⁻¹d
 *
 * Symbols: w parameters [d], η learning rate, A ellipsoid, d gradient or average of gradients [d], λ decoupled decay.
 * The methods differ in A, d and λ alone. References: [Kohler2020, Theorem 1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { AverageRule } from "../gradient-average.ts";
import type { Optimizer } from "../optimizer.ts";
import { type LearningRate, startDescent } from "./preconditioned-descent.ts";
import { type Schedule, toSchedule } from "./schedule.ts";

export interface LearningRateOptions {
  /** η > 0, or a schedule; the default stands with each method. */
  readonly learningRate?: number | Schedule;
}

export interface FirstOrderParts {
  readonly name: string;
  readonly learningRate: number | Schedule;
  readonly norm: Norm;
  readonly average: AverageRule;
  /** λ ≥ 0. */
  readonly decay?: number;
  /** What else belongs into run.json. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A first-order method, which is its parts. */
export interface FirstOrderOptimizer extends Optimizer {
  readonly parts: FirstOrderParts;
}

export const plainGradient: AverageRule = { past: 0, present: 1 };

export function firstOrder(parts: FirstOrderParts): FirstOrderOptimizer {
  const { name, norm, average, decay = 0, settings } = parts;
  const schedule = toSchedule(parts.learningRate);
  return {
    name,
    parts,
    settings: { ...settings, learningRate: schedule.settings },
    start: (objective, start) =>
      startDescent(objective, start, { name, norm, average, decay, rate: scheduled(schedule), averaged: false }),
  };
}

/** A rate that depends on the number of the step alone, and so has no state. */
function scheduled(schedule: Schedule): LearningRate {
  return {
    at: async ({ t }) => ({ rate: schedule.at(t), products: 0 }),
    isLost: () => false,
    state: () => ({ scalars: {}, vectors: {} }),
    restore() {},
  };
}
