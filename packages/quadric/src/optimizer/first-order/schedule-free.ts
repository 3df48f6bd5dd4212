/**
 * Schedule-free AdamW: no schedule, since the parameters are an average of the iterates and gradients are taken between
 * both.
 *
 *   y = (1 − β₁)z + β₁x     z ← z − η_t·(A⁻¹∇L_S(y) + λy)     x ← (1 − c_t)x + c_t·z     c_t = η_t²/Σ_{i≤t} η_i²
 *
 * Symbols: z iterate [d], x average [d], y where the gradient is taken [d], A = diag(√v̂ + ε) as in Adam, η_t learning rate
 * with its warm-up, λ decoupled decay. References: [Defazio2024].
 */
import { requireBetween, requireInteger, requireKnown, requireNonNegative, requirePositive } from "../../check.ts";
import * as secondMoment from "../../norm/second-moment.ts";
import type { Objective } from "../../objective/objective.ts";
import { axpby, axpy, combineFinite, norm2 } from "../../vector/kernels.ts";
import { emptyState, joinStates, partOf } from "../../vector/state.ts";
import { type Vector, zeros } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { makeIterate } from "../iterate.ts";
import { asGiven, type Optimizer, type OptimizerRun } from "../optimizer.ts";

export interface ScheduleFreeOptions {
  /** η > 0, reached after the warm-up; defaults to 2.5e-3 ([Defazio2024]). */
  readonly learningRate?: number;
  /** Steps in which the rate grows linearly, an integer ≥ 0; defaults to 0. */
  readonly warmup?: number;
  /** β₁ in (0, 1), how close to the average gradients are taken; defaults to 0.9. */
  readonly beta1?: number;
  /** β₂ in (0, 1), the weight of past squares; defaults to 0.999. */
  readonly beta2?: number;
  /** ε > 0, in units of the gradient; defaults to 1e-8. */
  readonly epsilon?: number;
  /** λ ≥ 0: each step first shrinks the iterate by η_t·λ·y; defaults to 0. */
  readonly weightDecay?: number;
}

/**
 * Adam without a schedule: as good as with the best one, whenever the run is stopped. Its parameters are the average x.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * const optimizer = scheduleFree({ learningRate: 0.01 }); // fit(problem, data, { optimizer })
 */
export function scheduleFree(options: ScheduleFreeOptions = {}): Optimizer {
  const where = "scheduleFree";
  requireKnown(where, options, ["learningRate", "warmup", "beta1", "beta2", "epsilon", "weightDecay"]);
  const { learningRate = 2.5e-3, warmup = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  requirePositive(where, "learningRate", learningRate);
  requireInteger(where, "warmup", warmup, 0);
  requireBetween(where, "beta1", beta1, 0, 1);
  requireBetween(where, "beta2", beta2, 0, 1);
  requirePositive(where, "epsilon", epsilon);
  requireNonNegative(where, "weightDecay", weightDecay);
  const settings = { learningRate, warmup, beta1, beta2, epsilon, weightDecay };
  return asGiven({
    name: "schedule-free",
    settings,
    start: (objective, parameters) => startScheduleFree(objective, parameters, settings),
  });
}

function startScheduleFree(objective: Objective, start: Vector, settings: Required<ScheduleFreeOptions>): OptimizerRun {
  const { learningRate, warmup, beta1, beta2, epsilon, weightDecay } = settings;
  const { layout, dtype } = objective;
  const norm = secondMoment.adam({ beta: beta2, epsilon, epsilonPlacement: "outside" }).fresh(layout);
  const average = makeIterate(start, objective);
  const z = start.slice();
  /** The last y whose loss and gradient were finite. */
  const sound = makeIterate(start, objective);
  /** Whether those at the present y are not: the run has found `sound` then. */
  let isLost = false;
  const buffer = zeros(layout.size, dtype);
  let reuse: unknown;
  /** Steps taken, and Σ η². */
  let [t, sumOfSquares] = [0, 0];
  return {
    get parameters() {
      return (isLost ? sound : average).show();
    },
    norm,
    async prepare(batches) {
      await objective.prepare?.(batches.batch(sampleIndices(batches)), { gradient: true });
    },
    async step(batches) {
      const x = average.current;
      const y = sound.trial();
      axpby(1 - beta1, z, beta1, x, y);
      const batch = batches.batch(batches.draw(), reuse);
      const { value: loss, gradient } = await objective.gradient(y, batch, buffer);
      if (objective.retainsNothing) reuse = batch;
      const gradientNorm = norm2(gradient);
      const stopped = { loss, gradientNorm, accepted: false, products: 0 };
      isLost = !Number.isFinite(loss) || !Number.isFinite(gradientNorm);
      if (isLost) {
        sound.reject(y);
        return stopped;
      }
      sound.accept(y);

      norm.update(gradient);
      const p = norm.solve(gradient, gradient);
      const rate = learningRate * Math.min(1, (t + 1) / Math.max(1, warmup));
      const squares = sumOfSquares + rate * rate;
      const c = (rate * rate) / squares;
      if (weightDecay > 0) axpy(weightDecay, y, p);
      const next = average.trial();
      // x + c·(z − ηp − x), so that neither z nor x has changed if it overflows.
      axpby(-c * rate, p, c, z, next);
      if (!combineFinite(1, next, 1 - c, x, next)) {
        average.reject(next);
        return { ...stopped, status: "nonfinite", message: "scheduleFree: the step overflowed." };
      }
      axpy(-rate, p, z);
      average.accept(next);
      [t, sumOfSquares] = [t + 1, squares];
      return { loss, gradientNorm, accepted: true, products: 0, stepNorm: rate * norm.norm(p), learningRate: rate };
    },
    state: () =>
      joinStates({
        run: {
          scalars: { t, sumOfSquares, ...(isLost && { isLost: 1 }) },
          vectors: { z: z.slice(), ...(isLost ? { x: average.current.slice() } : { y: sound.current.slice() }) },
        },
        norm: norm.state(),
      }),
    restore(parameters, state) {
      const { scalars, vectors } = state;
      isLost = scalars["run.isLost"] === 1;
      average.restart(vectors["run.x"] ?? parameters);
      sound.restart(vectors["run.y"] ?? parameters);
      z.set(vectors["run.z"]);
      [t, sumOfSquares] = [scalars["run.t"], scalars["run.sumOfSquares"]];
      norm.restore(partOf(state, "norm") ?? emptyState);
    },
    dispose() {},
  };
}
