/**
 * Evaluates a trial point: the ratio of actual to predicted decrease, on the evaluation batch, safe against noise.
 *
 *   ρ = [L(w) − L(w + s)] / [m(0) − m(s)]
 */
import type { Objective } from "../../objective/objective.ts";
import { combineFinite } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { indicesOf, indicesState } from "../batch-indices.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";
import { noiseSafeRatio, type Ratio, roundingOf } from "../ratio.ts";
import { type Baseline, baselineOn, type Comparison, compare, type RatioBatch } from "./evaluation-batch.ts";
import type { LocalModel } from "./model.ts";

export interface JudgeSettings {
  readonly ratioBatch: RatioBatch;
  /** Known error of one evaluation of the loss, ≥ 0, or "standard-error" for that of the evaluation batch. */
  readonly noise: number | "standard-error";
  readonly eta1: number;
}

export type Judgement = Comparison & Ratio;

export interface Judge {
  /** Evaluates w + s, which is written into `trial`. */
  evaluate(
    point: { readonly w: Vector; readonly step: Vector; readonly trial: Vector },
    modelDecrease: number,
    model: LocalModel,
    batches: BatchSource,
  ): Promise<Judgement>;
  /** The trial point is the iterate now: of a full evaluation batch its losses are known. */
  accepted(judgement: Judgement): void;
  /** The model is given up: the next one has another evaluation batch, if that is not the full one. */
  forget(): void;
  /** What a restart has to evaluate again, and does. */
  pending(): State | undefined;
  resume(state: State | undefined, w: Vector, batches: BatchSource): Promise<void>;
  reset(): void;
}

export function makeJudge(objective: Objective, { ratioBatch, noise, eta1 }: JudgeSettings): Judge {
  let baseline: Baseline | undefined;

  const drawn = (model: LocalModel, w: Vector, batches: BatchSource): Promise<Baseline> | Baseline => {
    if (ratioBatch === "same") return { chunks: [model.batch], evaluations: [model.linearization] };
    const indices = ratioBatch === "full" ? undefined : batches.draw(model.indices.size);
    return baselineOn(objective, w, batches, indices);
  };

  return {
    async evaluate({ w, step, trial }, modelDecrease, model, batches) {
      baseline ??= await drawn(model, w, batches);
      const comparison: Comparison = combineFinite(1, w, 1, step, trial)
        ? await compare(objective, trial, baseline, batches.examples)
        : { decrease: -Infinity, standardError: undefined, after: [] };
      const ratio = noiseSafeRatio(comparison.decrease, modelDecrease, {
        rounding: roundingOf(model.linearization, objective.dtype),
        ...(noise === "standard-error" ? { noise: 0, standardError: comparison.standardError } : { noise }),
        eta1,
      });
      return { ...comparison, ...ratio };
    },
    accepted({ after }) {
      if (ratioBatch === "full" && baseline) baseline = { ...baseline, evaluations: after };
    },
    forget() {
      if (ratioBatch !== "full") baseline = undefined;
    },
    pending() {
      if (!baseline) return undefined;
      if (ratioBatch === "full") return { scalars: { full: 1 }, vectors: {} };
      return baseline.indices && indicesState(baseline.indices);
    },
    async resume(state, w, batches) {
      if (!state) return;
      const indices: BatchIndices | undefined = state.scalars.full ? undefined : indicesOf(state);
      baseline = await baselineOn(objective, w, batches, indices);
    },
    reset() {
      baseline = undefined;
    },
  };
}
