/**
 * L-BFGS: the inverse Hessian from the last m pairs of steps and gradient changes, and a strong Wolfe line search. The
 * first-order reference for deterministic problems.
 *
 *   p = −H·g     H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ     s = x⁺ − x     y = g⁺ − g     ρ = 1/⟨s, y⟩
 *
 * References: [NocedalWright2006, Algorithms 7.4 and 7.5].
 */

import { requireInteger, requireKnown } from "../../check.ts";
import type { GradientEvaluation, Objective } from "../../objective/objective.ts";
import { allFinite, dot, norm2 } from "../../vector/kernels.ts";
import { joinStates, partOf } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import { endings, extent, offsetOf, relativeStep, resolutionOf } from "../convergence.ts";
import { noiseFloor } from "../noise-floor.ts";
import {
  asGiven,
  type BatchSource,
  type Ending,
  type Optimizer,
  type OptimizerRun,
  type StartOptions,
  type StepRecord,
} from "../optimizer.ts";
import { roundingOf } from "../ratio.ts";
import { stalled } from "../stall.ts";
import { confirmed } from "../whole-model.ts";
import { type InverseHessian, limitedMemory } from "./inverse-hessian.ts";
import { type LinePoint, strongWolfe } from "./wolfe.ts";

export interface LbfgsOptions {
  /** m ≥ 1, pairs kept; defaults to 10. */
  readonly memory?: number;
  /** ε_g ≥ 0: the run has converged when ‖∇L‖₂ is at most this, in units of the loss; defaults to 0. */
  readonly gradientTolerance?: number;
  /**
   * ε ≥ 0: the run has converged when ½gᵀHg ≤ ε²·|f|₁ at two points in a row, whatever the units (convergence.ts).
   * Defaults to 1e-8 in float64 and 1e-4 in float32 for a function, to 0 on data.
   */
  readonly relativeGradientTolerance?: number;
}

interface Trial extends LinePoint {
  readonly w: Vector;
  readonly evaluation: GradientEvaluation;
}

/** @throws {RangeError} if an option is outside its domain. */
export function lbfgs(options: LbfgsOptions = {}): Optimizer {
  requireKnown("lbfgs", options, ["memory", "gradientTolerance", "relativeGradientTolerance"]);
  const { memory = 10, gradientTolerance = 0, relativeGradientTolerance } = options;
  requireInteger("lbfgs", "memory", memory, 1);
  for (const [name, value] of Object.entries({ gradientTolerance, relativeGradientTolerance })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`lbfgs: ${name} must be >= 0, got ${value}.`);
  }
  return asGiven({
    name: "lbfgs",
    settings: {
      memory,
      gradientTolerance,
      ...(relativeGradientTolerance !== undefined && { relativeGradientTolerance }),
    },
    start: (objective, start, { batches }) =>
      startQuasiNewton(objective, start, limitedMemory(memory), {
        ...{ gradientTolerance, relativeGradientTolerance, batches },
      }),
  });
}

interface Settings extends Pick<StartOptions, "batches"> {
  readonly gradientTolerance: number;
  readonly relativeGradientTolerance?: number;
}

/** Steps along −H·g with a strong Wolfe line search, along −g where that fails. */
export function startQuasiNewton(
  objective: Objective,
  start: Vector,
  inverse: InverseHessian,
  { gradientTolerance, relativeGradientTolerance, batches }: Settings,
): OptimizerRun {
  const isExact = batches === undefined;
  const resolution = resolutionOf(objective.dtype, {
    gradient: relativeGradientTolerance ?? (isExact ? undefined : 0),
  });
  let w: Vector = start.slice();
  const floor = noiseFloor();
  /** The evaluation that the line search ended with, which belongs to w and its batch. */
  let known: { readonly batch: unknown; readonly evaluation: GradientEvaluation } | undefined;
  /**
   * True after a restart until `known` is there again, if the uninterrupted run has it still: on data every step has
   * another batch.
   */
  let restarted = false;
  /** Points in a row whose offset was small. */
  let small = 0;
  const visited = extent();

  const { hasCurvature, preferredCurvature = "hessian" } = objective;
  const kind = hasCurvature === false ? undefined : preferredCurvature;
  const certain = async (ending: Ending, batch: unknown): Promise<Ending> =>
    isExact && kind ? confirmed(objective, ending, { w, batch, kind }) : ending;

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
    if (gradientNorm <= gradientTolerance) return { ...stay, ...endings.gradient(0) };
    const { magnitude = Math.abs(loss) } = known.evaluation;
    visited.visit(magnitude, norm2(w));
    const whole = inverse.isIdentity ? undefined : inverse.direction(gradient);
    const decrement = whole ? -0.5 * dot(gradient, whole) : Infinity;
    const offset = offsetOf(decrement, magnitude);
    const length = whole ? relativeStep(whole, w, undefined, objective.dtype) : Infinity;
    const isNear = Math.min(offset, length) <= resolution.level;
    small = offset <= resolution.gradient || length <= resolution.step ? small + 1 : 0;
    if (whole && visited.hasVanished(magnitude, norm2(whole))) {
      return { ...stay, ...(await certain(endings.loss(), batch)) };
    }
    if (small > 1) return { ...stay, ...(await certain(endings.gradient(offset), batch)) };

    const about = { kind, largest: visited.largest };
    for (;;) {
      const p = whole && !inverse.isIdentity ? whole : inverse.direction(gradient);
      const slope = dot(gradient, p);
      const found =
        slope < 0
          ? await strongWolfe<Trial>({
              evaluate: (alpha) => trialAt(objective, batch, w, p, alpha),
              start: { value: loss, slope },
              first: inverse.isIdentity ? 0.1 * firstLength(w, gradient, magnitude) : 1,
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
        const descent = (loss - found.value) / rounding;
        const verdict = floor.after({ isLevel: atNoiseFloor, descent, gradientNorm, isNear });
        return {
          ...stay,
          accepted: true,
          stepNorm: norm2(s),
          atNoiseFloor,
          ...(verdict === "rounding" && (await certain(endings.rounding(), batch))),
          ...(verdict === "stalled" &&
            (await stalled(objective, { w, batch, gradient: known.evaluation.gradient, ...about }))),
        };
      }
      if (isNear) return { ...stay, ...(await certain(endings.rounding(), batch)) };
      if (inverse.isIdentity) return { ...stay, ...(await stalled(objective, { w, batch, gradient, ...about })) };
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
        small: { scalars: { small }, vectors: {} },
        floor: floor.state(),
        extent: visited.state(),
        ...(known && isExact && { pending: { scalars: { gradient: 1 }, vectors: {} } }),
      }),
    restore(parameters, state) {
      inverse.restore(partOf(state, "run")!);
      w = parameters.slice();
      known = undefined;
      small = partOf(state, "small")!.scalars.small;
      visited.restore(partOf(state, "extent"));
      restarted = partOf(state, "pending") !== undefined;
      floor.restore(partOf(state, "floor")!);
    },
    dispose() {},
  };
}

/** f and its slope at w + αp; NaN where that is no number. */
async function trialAt(objective: Objective, batch: unknown, w: Vector, p: Vector, alpha: number): Promise<Trial> {
  const trial = w.map((x, i) => x + alpha * p[i]) as Vector;
  const evaluation = allFinite(trial) ? await objective.gradient(trial, batch) : { value: NaN, gradient: p };
  const slope = Number.isNaN(evaluation.value) ? NaN : dot(evaluation.gradient, p);
  return { alpha, value: evaluation.value, slope, w: trial, evaluation };
}

/** Along −g a length of the size of w, or with which −g would lose the whole loss: whatever the units. */
function firstLength(w: Vector, gradient: Vector, magnitude: number): number {
  const [size, slope] = [norm2(w), norm2(gradient)];
  if (size > 0) return size / slope;
  const whole = magnitude / slope / slope;
  return whole > 0 && whole < Infinity ? whole : 1 / slope;
}
