/**
 * When a run has nothing left to gain: the loss no longer distinguishes the points it visits, and ‖∇L‖ no longer falls, as
 * Newton steps still make it do when the loss resolves nothing.
 */

import type { State } from "../vector/state.ts";
import type { Ending } from "./optimizer.ts";

/** Steps below the resolution of the loss in which ‖∇L‖ has to be halved, or the run ends. */
const maxIdleSteps = 5;

export interface NoiseFloor {
  /**
   * Takes in a step and says how the run should end, if it should: "radius-collapsed" when this is only the last of a
   * series of ever shorter steps that were rejected.
   *
   * @param isBelowResolution - whether |f − f⁺| is below the rounding of f.
   */
  after(isBelowResolution: boolean, accepted: boolean, gradientNorm: number): Ending | undefined;
  state(): State;
  restore(state: State): void;
}

export const noiseFloorReached: Ending = {
  status: "noise-floor",
  message: "The loss can no longer tell steps apart, and they no longer reduce ‖∇L‖.",
};

export const radiusCollapsed: Ending = {
  status: "radius-collapsed",
  message: "No step was acceptable, however short: the loss is noisier than rounding, or its gradient is wrong.",
};

export const nonfiniteAround: Ending = {
  status: "nonfinite",
  message: "The loss was finite at the current point but at no trial point, however near.",
};

export function noiseFloor(): NoiseFloor {
  let [idle, least, rejected] = [0, Infinity, false];
  return {
    after(isBelowResolution, accepted, gradientNorm) {
      if (!isBelowResolution) [idle, least, rejected] = [0, Infinity, !accepted];
      else if (gradientNorm <= least / 2) [idle, least] = [0, gradientNorm];
      else idle++;
      if (idle < maxIdleSteps) return undefined;
      return rejected ? radiusCollapsed : noiseFloorReached;
    },
    state: () => ({ scalars: { idle, least, rejected: Number(rejected) }, vectors: {} }),
    restore({ scalars }) {
      [idle, least, rejected] = [scalars.idle, scalars.least, scalars.rejected === 1];
    },
  };
}
