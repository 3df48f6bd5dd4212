/** The models that a linearization offers to a subproblem solver, and what their steps show. */
import type { Norm } from "../../norm/norm.ts";
import type { Linearization } from "../../objective/objective.ts";
import type { Model } from "../../subproblem/solver.ts";
import type { Step } from "../../subproblem/step.ts";
import { dot } from "../../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import type { StepRecord } from "../optimizer.ts";

/** gᵀs + ½sᵀBs. */
export function modelOf({ gradient, curvature }: Linearization, norm: Norm): Model {
  return { gradient, multiply: (v, out) => curvature.multiply(v, out), norm };
}

/** ½sᵀBs: its minimiser in a ball lies along the leftmost eigenvector of the pencil (B, A), with multiplier −λ_min. */
export function curvatureModelOf(linearization: Linearization, norm: Norm): Model {
  const { gradient } = linearization;
  return { ...modelOf(linearization, norm), gradient: zeros(gradient.length, dtypeOf(gradient)) };
}

/** Relative accuracy of that eigenvector, and the products it may cost. */
export const curvatureAccuracy = { tolerance: 1e-4, maxProducts: 500 } as const;

/** Of the two mirror images of a step of pure curvature, the one with gᵀs ≤ 0. */
export function downhill(solution: Step, gradient: Vector): Step {
  const slope = dot(gradient, solution.step);
  const step = slope > 0 ? (solution.step.map((x) => -x) as Vector) : solution.step;
  return { ...solution, step, modelDecrease: solution.modelDecrease + Math.abs(slope) };
}

/** What a gradient within its tolerance and the curvature test together show. */
export function certificate(
  gradientNorm: number,
  negativeCurvature: number,
  { outcome }: Step,
): Pick<StepRecord, "status" | "message"> {
  if (outcome === "max-products") {
    const message = `‖∇L‖ = ${gradientNorm} is within its tolerance; the curvature test ran out of products.`;
    return { status: "converged", message };
  }
  const message = `‖∇L‖ = ${gradientNorm} and λ_min ≥ ${-negativeCurvature} are within their tolerances.`;
  return { status: "second-order-converged", message };
}
