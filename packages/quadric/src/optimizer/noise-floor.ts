/**
 * When a run has nothing left to gain: the loss no longer distinguishes the points it visits, and ‖∇L‖ no longer falls,
 * as Newton steps still make it do when the loss resolves nothing.
 */
import type { State } from "../vector/state.ts";
import type { Ending } from "./optimizer.ts";

/** Steps below the resolution of the loss in which ‖∇L‖ has to be halved, or the run ends. */
const maxIdleSteps = 5;

export interface LevelStep {
  /** Whether |f − f⁺| is below the rounding of f. */
  readonly isLevel: boolean;
  /** (f − f⁺)/rounding, 0 of a refused step: steps may be level one by one and lead downhill together. */
  readonly descent: number;
  readonly gradientNorm: number;
  /** Whether it was a whole step, held back by no region, and a small one (convergence.ts). */
  readonly isNear: boolean;
}

export interface NoiseFloor {
  /**
   * Takes in a step and says how the run should end, if it should: "rounding" if a whole step on level ground was
   * small, else "stalled".
   */
  after(step: LevelStep): "rounding" | "stalled" | undefined;
  state(): State;
  restore(state: State): void;
}

export const nonfiniteAround: Ending = {
  status: "nonfinite",
  message: "The loss was finite at the current point but at no trial point, however near.",
};

export function noiseFloor(): NoiseFloor {
  let [idle, least, near, descended] = [0, Infinity, false, 0];
  return {
    after({ isLevel, descent, gradientNorm, isNear }) {
      descended += descent;
      if (!isLevel || descended > 1) [idle, least, near, descended] = [0, Infinity, false, 0];
      else if (gradientNorm <= least / 2) [idle, least] = [0, gradientNorm];
      else idle++;
      near ||= isLevel && isNear;
      if (idle < maxIdleSteps) return undefined;
      return near ? "rounding" : "stalled";
    },
    state: () => ({ scalars: { idle, least, near: Number(near), descended }, vectors: {} }),
    restore({ scalars }) {
      [idle, least, near, descended] = [scalars.idle, scalars.least, scalars.near === 1, scalars.descended];
    },
  };
}
