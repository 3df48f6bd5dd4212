/**
 * The gradient of a whole batch beside the curvature of a part of it, T ⊂ S:
 *
 *   m(s) = L_S(w) + ∇L_S(w)ᵀs + ½sᵀB_T s
 *
 * A product costs |T|/|S| of what it does on the batch, and curvature needs fewer examples than the gradient, whose noise decides
 * the step. Cost beside: one gradient on T. References: [ByrdChinNeveittNocedal2011].
 */
import type { CurvatureKind, Linearization, Objective } from "../objective/objective.ts";
import type { Vector } from "../vector/vector.ts";

/** The model with B of `part`, where `gradient` may be written over. */
export async function linearizeSampled<Batch>(
  objective: Objective<Batch>,
  w: Vector,
  { batch, part }: { readonly batch: Batch; readonly part: Batch },
  kind: CurvatureKind,
  gradient?: Vector,
): Promise<Linearization> {
  const evaluation = await objective.gradient(w, batch, gradient);
  return withGradient({ ...(await objective.linearize(w, part, kind)), ...evaluation }, evaluation.gradient);
}

/** The same curvature with another gradient. */
export function withGradient(linearization: Linearization, gradient: Vector): Linearization {
  const { solve } = linearization;
  return {
    ...linearization,
    gradient,
    ...(solve && { solve: (diagonal, options) => solve(diagonal, options, gradient) }),
  };
}
