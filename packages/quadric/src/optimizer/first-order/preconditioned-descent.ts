/**
 * The loop of first-order methods, the linear model minimised in an ellipsoid of radius η‖d‖_{A⁻¹}:
 *
 *   w ← (1 − ηλ)·w − ηp     p = A⁻¹d
 *
 * Symbols: w parameters [d], η learning rate, A ellipsoid, d gradient or average of gradients [d], λ decoupled decay. Where η comes
 * from, a schedule or curvature, is a `LearningRate`. References: [Kohler2020, Theorem 1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { Objective } from "../../objective/objective.ts";
import { combineFinite, norm2 } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import { type Vector, zeros } from "../../vector/vector.ts";
import { type AverageRule, gradientAverage } from "../gradient-average.ts";
import { makeIterate } from "../iterate.ts";
import type { BatchIndices, BatchSource, OptimizerRun } from "../optimizer.ts";
import { averageOfIterates } from "./iterate-average.ts";

/** The point from which a step is taken, and its direction. */
export interface Place {
  /** Steps before this one. */
  readonly t: number;
  /** w, [d]. */
  readonly w: Vector;
  /** p, [d]. */
  readonly p: Vector;
  /** ‖p‖²_A = ⟨d, A⁻¹d⟩. */
  readonly square: number;
  readonly batches: BatchSource;
  readonly ticket: BatchIndices;
}

/** η of one run, for one step after the other. */
export interface LearningRate {
  /** η ≥ 0, and the curvature products that it took. */
  at(place: Place): Promise<{ readonly rate: number; readonly products: number }>;
  /** Whether the last steps led astray, by the loss of a new batch, NaN where it or its gradient is not finite. Asked once a step. */
  isLost(loss: number): boolean;
  state(): State;
  restore(state: State): void;
}

export interface DescentParts {
  readonly name: string;
  readonly norm: Norm;
  readonly average: AverageRule;
  /** λ ≥ 0. */
  readonly decay: number;
  readonly rate: LearningRate;
  /** Whether the parameters are the average of the iterates, to which the run returns when it is lost. */
  readonly averaged: boolean;
}

export function startDescent(objective: Objective, start: Vector, parts: DescentParts): OptimizerRun {
  const { name, rate: learningRate, decay, averaged } = parts;
  const { layout, dtype, ledger } = objective;
  const norm = parts.norm.fresh(layout);
  const average = gradientAverage(parts.average, layout.size, dtype);
  const iterate = makeIterate(start, objective);
  const mean = averaged ? averageOfIterates(start, objective) : undefined;
  const buffer = zeros(layout.size, dtype);
  let spent: unknown;
  let t = 0;
  return {
    get parameters() {
      return (mean ?? iterate).show();
    },
    norm,
    async step(batches) {
      const w = iterate.current;
      const ticket = batches.draw();
      const batch = batches.batch(ticket, spent);
      const { value: loss, gradient } = await objective.gradient(w, batch, buffer);
      if (objective.borrowsInputs) spent = batch;
      ledger.bookPaperStep(1);
      const gradientNorm = norm2(gradient);
      const stopped = { loss, gradientNorm, accepted: false, products: 0 };
      const isSound = Number.isFinite(loss) && Number.isFinite(gradientNorm);
      const isLost = learningRate.isLost(isSound ? loss : Number.NaN);
      if (isLost && mean) iterate.restart(mean.current);
      if (isLost || !isSound) return stopped;

      norm.update(gradient);
      const p = norm.solve(average.update(gradient), gradient);
      const length = norm.norm(p);
      const { rate, products } = await learningRate.at({ t, w, p, square: length * length, batches, ticket });
      t++;
      const next = iterate.trial();
      if (!combineFinite(-rate, p, 1 - rate * decay, w, next)) {
        iterate.reject(next);
        return { ...stopped, products, status: "nonfinite", message: `${name}: the step overflowed.` };
      }
      iterate.accept(next);
      mean?.update(next, t);
      return { loss, gradientNorm, accepted: true, products, stepNorm: rate * length, learningRate: rate };
    },
    state: () =>
      joinStates({
        run: { scalars: { t }, vectors: mean ? { w: iterate.current.slice() } : {} },
        norm: norm.state(),
        average: average.state(),
        rate: learningRate.state(),
      }),
    restore(parameters, state) {
      iterate.restart(state.vectors["run.w"] ?? parameters);
      t = state.scalars["run.t"];
      const past = partOf(state, "average");
      if (past) average.restore(past.scalars, past.vectors);
      norm.restore(partOf(state, "norm") ?? { scalars: {}, vectors: {} });
      const measured = partOf(state, "rate");
      if (measured) learningRate.restore(measured);
      mean?.restart(parameters);
    },
    dispose() {},
  };
}
