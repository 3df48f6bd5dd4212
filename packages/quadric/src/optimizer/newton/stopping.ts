/** When a second-order run ends: first- and second-order tests at a point, and a region that shrank to nothing. */
import type { Step } from "../../subproblem/step.ts";
import { dot } from "../../vector/kernels.ts";
import type { Vector } from "../../vector/vector.ts";
import { nonfiniteAround, radiusCollapsed } from "../noise-floor.ts";
import type { Ending } from "../optimizer.ts";

export function converged(gradientNorm: number): Ending {
  return { status: "converged", message: `‖∇L‖ = ${gradientNorm} is within its tolerance.` };
}

/** What a gradient within its tolerance and the curvature test together show. */
export function certificate(gradientNorm: number, negativeCurvature: number, { outcome }: Step): Ending {
  if (outcome === "max-products") {
    const message = `‖∇L‖ = ${gradientNorm} is within its tolerance; the curvature test ran out of products.`;
    return { status: "converged", message };
  }
  const message = `‖∇L‖ = ${gradientNorm} and λ_min ≥ ${-negativeCurvature} are within their tolerances.`;
  return { status: "second-order-converged", message };
}

/** Of the two mirror images of a step of pure curvature, the one with gᵀs ≤ 0. */
export function downhill(solution: Step, gradient: Vector): Step {
  const slope = dot(gradient, solution.step);
  const step = slope > 0 ? (solution.step.map((x) => -x) as Vector) : solution.step;
  return { ...solution, step, modelDecrease: solution.modelDecrease + Math.abs(slope) };
}

/** After a rejection with a region that is too small for another step. */
export function collapsed(decrease: number): Ending {
  return decrease === -Infinity ? nonfiniteAround : radiusCollapsed;
}
