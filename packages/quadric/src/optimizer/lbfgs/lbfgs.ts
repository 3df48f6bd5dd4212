/**
 * L-BFGS: the inverse Hessian from the last m pairs of steps and gradient changes, and a strong Wolfe line search. The
 * first-order reference for deterministic problems.
 *
 *   p = −H·g     H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ     s = x⁺ − x     y = g⁺ − g     ρ = 1/⟨s, y⟩
 *
 * References: [NocedalWright2006, Algorithms 7.4 and 7.5].
 */

import { requireInteger } from "../../check.ts";
import type { GradientEvaluation, Objective } from "../../objective/objective.ts";
import { allFinite, dot, norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { roundingOf } from "../newton/ratio.ts";
import { noiseFloor, noiseFloorReached, radiusCollapsed } from "../noise-floor.ts";
import type { BatchSource, Optimizer, OptimizerRun, StepRecord } from "../optimizer.ts";
import { type InverseHessian, limitedMemory } from "./inverse-hessian.ts";
import { type LinePoint, strongWolfe } from "./wolfe.ts";

export interface LbfgsOptions {
  /** m ≥ 1, pairs kept; defaults to 10. */
  readonly memory?: number;
  /** ε_g ≥ 0: the run has converged when ‖∇L‖₂ is at most this; defaults to 0. */
  readonly gradientTolerance?: number;
}

interface Trial extends LinePoint {
  readonly w: Vector;
  readonly evaluation: GradientEvaluation;
}

/** @throws {RangeError} if an option is outside its domain. */
export function lbfgs({ memory = 10, gradientTolerance = 0 }: LbfgsOptions = {}): Optimizer {
  requireInteger("lbfgs", "memory", memory, 1);
  if (!(gradientTolerance >= 0)) {
    throw new RangeError(`lbfgs: gradientTolerance must be >= 0, got ${gradientTolerance}.`);
  }
  return {
    name: "lbfgs",
    settings: { memory, gradientTolerance },
    start: (objective, start) => startQuasiNewton(objective, start, limitedMemory(memory), gradientTolerance),
  };
}

/** Steps along −H·g with a strong Wolfe line search, along −g where that fails. */
export function startQuasiNewton(
  objective: Objective,
  start: Vector,
  inverse: InverseHessian,
  gradientTolerance: number,
): OptimizerRun {
  let w: Vector = start.slice();
  const floor = noiseFloor();
  /** The evaluation that the line search ended with, which belongs to w and its batch. */
  let known: { readonly batch: unknown; readonly evaluation: GradientEvaluation } | undefined;
  /** True after a restart until `known`, which the uninterrupted run has paid for already, is there again. */
  let restarted = false;

  async function step(batches: BatchSource): Promise<StepRecord> {
    const batch = batches.batch(batches.draw());
    if (!known || known.batch !== batch) {
      const evaluate = () => objective.gradient(w, batch);
      known = { batch, evaluation: await (restarted ? objective.ledger.aside(evaluate) : evaluate()) };
    }
    restarted = false;
    const { value: loss, gradient } = known.evaluation;
    const rounding = roundingOf(known.evaluation, objective.dtype);
    const gradientNorm = norm2(gradient);
    const stay = { loss, gradientNorm, accepted: false, products: 0 };
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return stay;
    if (gradientNorm <= gradientTolerance) {
      return { ...stay, status: "converged", message: `‖∇L‖ = ${gradientNorm} is within its tolerance.` };
    }

    const along = async (p: Vector, alpha: number): Promise<Trial> => {
      const trial = w.map((x, i) => x + alpha * p[i]) as Vector;
      if (!allFinite(trial)) return { alpha, value: NaN, slope: NaN, w: trial, evaluation: { value: NaN, gradient } };
      const evaluation = await objective.gradient(trial, batch);
      return { alpha, value: evaluation.value, slope: dot(evaluation.gradient, p), w: trial, evaluation };
    };
    for (;;) {
      const p = inverse.direction(gradient);
      const slope = dot(gradient, p);
      const found =
        slope < 0
          ? await strongWolfe<Trial>({
              evaluate: (alpha) => along(p, alpha),
              start: { value: loss, slope },
              first: inverse.isIdentity ? 1 / gradientNorm : 1,
              rounding,
            })
          : undefined;
      if (found && allFinite(found.evaluation.gradient)) {
        const s = found.w.map((x, i) => x - w[i]) as Vector;
        const y = found.evaluation.gradient.map((x, i) => x - gradient[i]) as Vector;
        w = found.w;
        known = { batch, evaluation: found.evaluation };
        // Without ⟨s, y⟩ > 0 the pair would make H indefinite.
        const sy = dot(s, y);
        if (sy > 2 ** -52 * norm2(s) * norm2(y)) inverse.update({ s, y, sy }, found.alpha, gradient);
        const atNoiseFloor = Math.abs(loss - found.value) <= rounding;
        return {
          ...stay,
          accepted: true,
          stepNorm: norm2(s),
          atNoiseFloor,
          ...floor.after(atNoiseFloor, true, gradientNorm),
        };
      }
      // Along −g itself: a slope below rounding, or a gradient that does not fit the loss.
      const isBlind = gradientNorm * gradientNorm <= rounding;
      if (inverse.isIdentity) return { ...stay, ...(isBlind ? noiseFloorReached : radiusCollapsed) };
      inverse.forget();
    }
  }

  return {
    get parameters() {
      return w;
    },
    prepare: async (batches) => objective.prepare?.(batches.batch(sampleIndices(batches)), { gradient: true }),
    step,
    state: () =>
      joinStates({
        run: inverse.state(),
        floor: floor.state(),
        ...(known && { pending: { scalars: { gradient: 1 }, vectors: {} } }),
      }),
    restore(parameters, state) {
      inverse.restore(partOf(state, "run")!);
      w = parameters.slice();
      known = undefined;
      restarted = partOf(state, "pending") !== undefined;
      floor.restore(partOf(state, "floor")!);
    },
    dispose() {},
  };
}
