/**
 * Steepest descent in a norm, the loop of all first-order methods: the linear model minimised in an ellipsoid of radius
 * η‖d‖_{A⁻¹},
 *
 *   w ← (1 − ηλ)·w − ηp     p = A⁻¹d
 *
 * Symbols: w parameters [d], η learning rate, A ellipsoid, d gradient or average of gradients [d], λ decoupled decay. The
 * parts are in separate files: η (learning-rate.ts, cdat.ts), the average of the iterates (iterate-average.ts), the guard
 * that sends a diverging run back to it (divergence-guard.ts). References: [Kohler2020, Theorem 1].
 */
import type { Norm } from "../../norm/norm.ts";
import type { Objective } from "../../objective/objective.ts";
import { combineFinite, norm2 } from "../../vector/kernels.ts";
import { emptyState, joinStates, partOf } from "../../vector/state.ts";
import { type Vector, zeros } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { type AverageRule, gradientAverage } from "../gradient-average.ts";
import { makeIterate } from "../iterate.ts";
import type { OptimizerRun } from "../optimizer.ts";
import { divergenceGuard } from "./divergence-guard.ts";
import { averageOfIterates } from "./iterate-average.ts";
import type { RateRule } from "./learning-rate.ts";

export interface DescentConfig {
  readonly name: string;
  readonly norm: Norm;
  readonly average: AverageRule;
  /** λ ≥ 0. */
  readonly decay: number;
  readonly rate: RateRule;
  /** Whether the parameters are the average of the iterates. */
  readonly averageIterates: boolean;
  /** Whether a run that diverges returns to that average, at half the rate. */
  readonly rollback: boolean;
}

export function startDescent(objective: Objective, start: Vector, config: DescentConfig): OptimizerRun {
  const { name, decay, averageIterates, rollback } = config;
  const { layout, dtype } = objective;
  const norm = config.norm.fresh(layout);
  const learningRate = config.rate.start(objective);
  const average = gradientAverage(config.average, layout.size, dtype);
  const iterate = makeIterate(start, objective);
  const mean = averageIterates ? averageOfIterates(start, objective) : undefined;
  const guard = rollback ? divergenceGuard() : undefined;
  const buffer = zeros(layout.size, dtype);
  let reuse: unknown;
  let t = 0;
  /** The last point whose loss and gradient were finite: in memory that no trial takes before there is another. */
  let good: Vector | undefined;
  /** What a run that ends at a point where they are not has found: a copy of `good`. */
  let fallback: Vector | undefined;
  return {
    get parameters() {
      return fallback ?? (mean ?? iterate).show();
    },
    norm,
    async prepare(batches) {
      await objective.prepare?.(batches.batch(sampleIndices(batches)), { gradient: true });
      await learningRate.prepare?.(batches);
    },
    async step(batches) {
      const w = iterate.current;
      const indices = batches.draw();
      const batch = batches.batch(indices, reuse);
      const { value: loss, gradient } = await objective.gradient(w, batch, buffer);
      if (objective.retainsNothing) reuse = batch;
      const gradientNorm = norm2(gradient);
      const stopped = { loss, gradientNorm, accepted: false, products: 0 };
      const isSound = Number.isFinite(loss) && Number.isFinite(gradientNorm);
      if (isSound) [good, fallback] = [w, undefined];
      else if (good) fallback ??= good.slice();
      const hasDiverged = guard?.hasDiverged(isSound ? loss : Number.NaN) ?? false;
      if (hasDiverged) {
        if (mean) iterate.restart(mean.current);
        learningRate.halve();
      }
      if (hasDiverged || !isSound) return stopped;

      norm.update(gradient);
      const p = norm.solve(average.update(gradient), gradient);
      const length = norm.norm(p);
      const { rate, products } = await learningRate.at({ t, w, p, squaredNorm: length * length, batches, indices });
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
        run: {
          scalars: { t, ...(fallback && { hasFallback: 1 }) },
          vectors: {
            ...((mean || fallback) && { w: iterate.current.slice() }),
            ...(mean && fallback && { mean: mean.current.slice() }),
            // The loss at the iterate is not known yet, and may be none.
            ...(good && !fallback && good !== iterate.current && { good: good.slice() }),
          },
        },
        norm: norm.state(),
        average: average.state(),
        rate: learningRate.state(),
        ...(guard && { guard: guard.state() }),
      }),
    restore(parameters, state) {
      iterate.restart(state.vectors["run.w"] ?? parameters);
      fallback = state.scalars["run.hasFallback"] ? parameters.slice() : undefined;
      good = state.vectors["run.good"]?.slice() ?? fallback;
      t = state.scalars["run.t"];
      const past = partOf(state, "average");
      if (past) average.restore(past);
      norm.restore(partOf(state, "norm") ?? emptyState);
      learningRate.restore(partOf(state, "rate") ?? emptyState);
      guard?.restore(partOf(state, "guard") ?? emptyState);
      mean?.restart(state.vectors["run.mean"] ?? parameters);
    },
    dispose() {},
  };
}
