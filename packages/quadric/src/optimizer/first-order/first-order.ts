/**
 * First-order methods as Theorem 1 reads them: steepest descent in a norm,
 *
 *   w ← (1 − ηλ)·w − η·A⁻¹d
 *
 * Symbols: w parameters [d], η learning rate, A ellipsoid, d gradient or average of gradients [d], λ decoupled decay.
 * The methods differ in A, d and λ alone. References: [Kohler2020, Theorem 1].
 */
import { requireKnown } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import type { AverageRule } from "../gradient-average.ts";
import { meanRule, requireMomentum } from "../gradient-average.ts";
import { asGiven, type Optimizer } from "../optimizer.ts";
import { cdat } from "./cdat.ts";
import { type LearningRateOption, toRateRule } from "./learning-rate.ts";
import { startDescent } from "./steepest-descent.ts";

/** What every first-order method takes. */
export interface FirstOrderOptions {
  /** η > 0, a schedule, or a rule such as `cdat()`; the default stands with each method. */
  readonly learningRate?: LearningRateOption;
  /**
   * Whether the parameters of a run are the average of its iterates, of which about the last ninth counts; defaults to
   * false.
   */
  readonly averageIterates?: boolean;
  /**
   * Whether a run that diverges returns to the average of its iterates and halves its rate; needs `averageIterates`.
   * Defaults to false.
   */
  readonly rollback?: boolean;
}

/** Names of the options that every first-order method has. */
export const firstOrderOptions = ["learningRate", "averageIterates", "rollback"] as const;

interface FirstOrderConfig extends FirstOrderOptions {
  readonly name: string;
  readonly learningRate: LearningRateOption;
  readonly norm: Norm;
  readonly average: AverageRule;
  /** λ ≥ 0. */
  readonly decay?: number;
  /** What else belongs into run.json. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export const plainGradient: AverageRule = { past: 0, present: 1 };

export function firstOrder(config: FirstOrderConfig): Optimizer {
  const { name, norm, average, decay = 0, settings, averageIterates = false, rollback = false } = config;
  if (rollback && !averageIterates) {
    throw new TypeError(`${name}: rollback needs averageIterates: true, the point to return to.`);
  }
  const rate = toRateRule(config.learningRate);
  return asGiven({
    name,
    settings: {
      ...settings,
      learningRate: rate.settings,
      ...(averageIterates && { averageIterates }),
      ...(rollback && { rollback }),
    },
    start: (objective, start) =>
      startDescent(objective, start, { name, norm, average, decay, rate, averageIterates, rollback }),
  });
}

export interface SteepestDescentOptions extends FirstOrderOptions {
  /** A, fed with gradients; a copy is made for every run. */
  readonly norm: Norm;
  /** β₁ in [0, 1): d is the bias-corrected average of the gradients so far; defaults to 0, the gradient itself. */
  readonly momentum?: number;
}

/**
 * Steepest descent in any norm: w ← w − η·A⁻¹d. Learning rate defaults to `cdat()`.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * const optimizer = steepestDescent({ norm: norms.adam({ beta: 0.99 }), momentum: 0.9, averageIterates: true });
 */
export function steepestDescent(options: SteepestDescentOptions): Optimizer {
  requireKnown("steepestDescent", options, [...firstOrderOptions, "norm", "momentum"]);
  const { norm, momentum = 0, learningRate = cdat(), averageIterates, rollback } = options;
  requireMomentum("steepestDescent", momentum);
  return firstOrder({
    name: `sd-${norm.name}`,
    norm,
    learningRate,
    average: momentum === 0 ? plainGradient : meanRule(momentum),
    averageIterates,
    rollback,
    settings: { norm: norm.name, momentum },
  });
}
