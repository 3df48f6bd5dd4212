/**
 * Actual decrease L_S(w) − L_S(w + s) on the evaluation batch, the examples that a step is evaluated on.
 *
 * On the batch that built the model the ratio is optimistic, because the step fits that batch's noise; an independent
 * batch or all data are fair, at the price of their values.
 */
import type { Evaluation, Objective } from "../../objective/objective.ts";
import type { Vector } from "../../vector/vector.ts";
import type { BatchIndices, BatchSource } from "../optimizer.ts";
import { type Decrease, pairedDecrease } from "../ratio.ts";

/** Which examples evaluate a step: those of the model, another batch of the same size, or all. */
export type RatioBatch = "same" | "independent" | "full";

/** Losses at the current point on the evaluation batch, with which those of a trial point are compared. */
export interface Baseline {
  /** The evaluation batch in chunks. */
  readonly chunks: readonly unknown[];
  readonly evaluations: readonly Evaluation[];
  /** Which batch it is, if it is not the model's. */
  readonly indices?: BatchIndices;
}

/** The baseline on a separate batch, or on the full batch if there are no indices. */
export async function baselineOn(
  objective: Objective,
  w: Vector,
  batches: BatchSource,
  indices: BatchIndices | undefined,
): Promise<Baseline> {
  const chunks = indices ? [batches.batch(indices)] : [...batches.full()];
  const evaluations: Evaluation[] = [];
  for (const chunk of chunks) evaluations.push(await objective.value(w, chunk));
  return { chunks, evaluations, indices };
}

/** L at a point on the full batch, weighted by the chunks' examples. */
export async function fullValue(objective: Objective, w: Vector, batches: BatchSource): Promise<number> {
  let sum = 0;
  for (const batch of batches.full()) sum += objective.examples(batch) * (await objective.value(w, batch)).value;
  return sum / batches.examples;
}

export interface Comparison extends Decrease {
  /** The losses at w + s: the next baseline when the step is accepted and the evaluation batch stays. */
  readonly after: readonly Evaluation[];
}

/** The standard error is that of a sample without replacement from `population` examples; 0 when it holds them all. */
export async function compare(
  objective: Objective,
  trial: Vector,
  { chunks, evaluations: before }: Baseline,
  population: number,
): Promise<Comparison> {
  const after: Evaluation[] = [];
  let [sum, examples, error] = [0, 0, 0 as number | undefined];
  for (const batch of chunks) {
    const evaluation = await objective.value(trial, batch);
    const { decrease, standardError } = pairedDecrease(before[after.length], evaluation);
    if (decrease === -Infinity) return { decrease, standardError: undefined, after };
    const b = objective.examples(batch);
    sum += b * decrease;
    examples += b;
    error = standardError;
    after.push(evaluation);
  }
  const correction = Math.sqrt(Math.max(0, 1 - examples / population));
  return { decrease: sum / examples, standardError: error === undefined ? undefined : correction * error, after };
}
