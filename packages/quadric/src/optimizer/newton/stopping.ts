/** When a second-order run ends: first- and second-order tests at a point. */
import type { Step } from "../../subproblem/step.ts";
import { dot } from "../../vector/kernels.ts";
import type { Vector } from "../../vector/vector.ts";
import type { Ending } from "../optimizer.ts";

export function converged(gradientNorm: number): Ending {
  return { status: "converged", reason: "gradient", message: `‖∇L‖ = ${gradientNorm} is within its tolerance.` };
}

/** What a small gradient and the curvature test together show. */
export function certificate(first: Ending, negativeCurvature: number, { outcome }: Step): Ending {
  if (outcome === "max-products")
    return { ...first, message: `${first.message} The curvature test ran out of products.` };
  return { ...first, status: "second-order-converged", message: `${first.message} λ_min ≥ ${-negativeCurvature}.` };
}

/** Of the two mirror images of a step of pure curvature, the one with gᵀs ≤ 0. */
export function downhill(solution: Step, gradient: Vector): Step {
  const slope = dot(gradient, solution.step);
  const step = slope > 0 ? (solution.step.map((x) => -x) as Vector) : solution.step;
  return { ...solution, step, modelDecrease: solution.modelDecrease + Math.abs(slope) };
}
