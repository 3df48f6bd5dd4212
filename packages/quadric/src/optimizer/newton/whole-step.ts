/**
 * Convergence as a whole step shows it, one that no region held back: how small it is beside loss and parameters
 * (convergence.ts).
 */
import type { Norm } from "../../norm/norm.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Step } from "../../subproblem/step.ts";
import { norm2 } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { endings, extent, offsetOf, type Resolution, relativeStep } from "../convergence.ts";
import type { Ending } from "../optimizer.ts";
import type { LocalModel } from "./model.ts";

export interface WholeStepTests {
  /** Takes in a point. */
  visit(model: LocalModel, w: Vector): void;
  /** The largest |f|₁ of a point. */
  readonly largest: number;
  /** The ending that a step shows to be due; none where values are not exact. */
  endingBy(solution: Step, model: LocalModel, w: Vector): Ending | undefined;
  /** Whether it is small enough for a run at the rounding of its loss to have converged. */
  isNear(solution: Step, model: LocalModel, w: Vector): boolean;
  state(): State;
  restore(state: State | undefined): void;
}

/** The model's own size: |f|₁. */
const magnitudeOf = ({ linearization: { value, magnitude } }: LocalModel) => magnitude ?? Math.abs(value);

export function wholeStepTests(
  { dtype }: Objective,
  norm: Norm,
  { isExact, resolution }: { readonly isExact: boolean; readonly resolution: Resolution },
): WholeStepTests {
  const visited = extent();

  /** Offset and relative length; infinite of a step that is not whole. */
  const sizesOf = (solution: Step, model: LocalModel, w: Vector): readonly [offset: number, length: number] => {
    const { outcome, multiplier = 0, stepNorm, modelDecrease } = solution;
    const isWhole = outcome === "interior" && multiplier * stepNorm * stepNorm <= 0.1 * modelDecrease;
    if (!isWhole) return [Infinity, Infinity];
    return [offsetOf(modelDecrease, magnitudeOf(model)), relativeStep(solution.step, w, norm.diagonal, dtype)];
  };

  return {
    visit(model, w) {
      visited.visit(magnitudeOf(model), norm2(w));
    },
    get largest() {
      return visited.largest;
    },
    endingBy(solution, model, w) {
      if (!isExact) return undefined;
      const [offset, length] = sizesOf(solution, model, w);
      if (offset <= resolution.gradient) return endings.gradient(offset);
      if (length <= resolution.step) return endings.step();
      const isVanishing = offset < Infinity && visited.hasVanished(magnitudeOf(model), norm2(solution.step));
      return isVanishing ? endings.loss() : undefined;
    },
    isNear: (solution, model, w) => Math.min(...sizesOf(solution, model, w)) <= resolution.level,
    state: visited.state,
    restore: visited.restore,
  };
}
