/**
 * First-order methods as Theorem 1 reads them: the linear model minimised in an ellipsoid of implied radius η‖d‖_{A⁻¹},
 *
 *   w ← (1 − ηλ)·w − η·A⁻¹d
 *
 * Symbols: w parameters [d], η learning rate, A ellipsoid, d gradient or average of gradients [d], λ decoupled decay.
 * The methods differ in A, d and λ alone. References: [Kohler2020, Theorem 1].
 */
import type { Norm } from "../norm/norm.ts";
import { allFinite, axpby, norm2, scale } from "../vector/kernels.ts";
import { zeros } from "../vector/vector.ts";
import { type AverageRule, gradientAverage } from "./gradient-average.ts";
import { makeIterate } from "./iterate.ts";
import type { Optimizer } from "./optimizer.ts";
import { type Schedule, toSchedule } from "./schedule.ts";
import { joinStates, partOf } from "./state.ts";

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
  const { name, average: rule, decay = 0, settings } = parts;
  const schedule = toSchedule(parts.learningRate);
  return {
    name,
    parts,
    settings: { ...settings, learningRate: schedule.settings },
    start(objective, start) {
      const norm = parts.norm.fresh(objective.layout);
      const average = gradientAverage(rule, objective.layout.size, objective.dtype);
      const iterate = makeIterate(start, objective);
      let spent: unknown;
      let t = 0;
      const buffer = zeros(objective.layout.size, objective.dtype);
      return {
        get parameters() {
          return iterate.show();
        },
        norm,
        async step(batches) {
          const w = iterate.current;
          const batch = batches.batch(batches.draw(), spent);
          const { value: loss, gradient } = await objective.gradient(w, batch, buffer);
          if (objective.borrowsInputs) spent = batch;
          objective.ledger.bookPaperStep(1);
          const gradientNorm = norm2(gradient);
          const stopped = { loss, gradientNorm, accepted: false, products: 0 };
          if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return stopped;

          norm.update(gradient);
          const step = norm.solve(average.update(gradient), gradient);
          const rate = schedule.at(t++);
          scale(-rate, step);
          const next = iterate.trial();
          axpby(1, step, 1 - rate * decay, w, next);
          if (!allFinite(next)) {
            iterate.reject(next);
            return { ...stopped, status: "nonfinite", message: `${name}: the step overflowed.` };
          }
          iterate.accept(next);
          return { loss, gradientNorm, accepted: true, products: 0, stepNorm: norm.norm(step) };
        },
        state: () => joinStates({ run: { scalars: { t }, vectors: {} }, norm: norm.state(), average: average.state() }),
        restore(parameters, state) {
          iterate.restart(parameters);
          t = state.scalars["run.t"];
          const past = partOf(state, "average");
          if (past) average.restore(past.scalars, past.vectors);
          norm.restore(partOf(state, "norm") ?? { scalars: {}, vectors: {} });
        },
        dispose() {},
      };
    },
  };
}
