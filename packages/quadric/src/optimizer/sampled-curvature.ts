/**
 * The gradient of a whole batch with the curvature of a part of it, T ⊂ S:
 *
 *   m(s) = L_S(w) + ∇L_S(w)ᵀs + ½sᵀB_T s
 *
 * A product costs |T|/|S| of what it does on the batch, and curvature needs fewer examples than the gradient, whose
 * noise decides the step. Further cost: one gradient on T. References: [ByrdChinNeveittNocedal2011].
 */
import type { CurvatureKind, Linearization, Objective } from "../objective/objective.ts";
import type { Vector } from "../vector/vector.ts";
import type { BatchIndices, BatchSource } from "./optimizer.ts";

export function requireFraction(where: string, fraction: number): void {
  if (fraction > 0 && fraction <= 1) return;
  throw new RangeError(`${where}: curvatureFraction must be in (0, 1], got ${fraction}.`);
}

/** T: the first examples of a batch, at least one for each shard. */
export function partOfBatch({ minBatchSize = 1 }: BatchSource, batch: BatchIndices, fraction: number): BatchIndices {
  return { ...batch, size: Math.min(batch.size, Math.max(Math.ceil(fraction * batch.size), minBatchSize)) };
}

/** Linearizes on a batch with B of a part of it; the gradient's memory is used again after `dispose`. */
export function sampledCurvature<Batch>(objective: Objective<Batch>) {
  let spare: Vector | undefined;
  return async (w: Vector, batch: Batch, part: Batch, kind: CurvatureKind): Promise<Linearization> => {
    const { gradient, ...evaluation } = await objective.gradient(w, batch, spare);
    spare = undefined;
    const sampled = await objective.linearize(w, part, kind);
    let live = true;
    return {
      ...withGradient(sampled, gradient),
      ...evaluation,
      dispose() {
        sampled.dispose();
        if (live) spare = gradient;
        live = false;
      },
    };
  };
}

/** The same curvature with another gradient. */
export function withGradient(linearization: Linearization, gradient: Vector): Linearization {
  const { solve } = linearization;
  return {
    ...linearization,
    gradient,
    gradientNorm: undefined,
    ...(solve && { solve: (diagonal, options) => solve(diagonal, options, gradient) }),
  };
}
