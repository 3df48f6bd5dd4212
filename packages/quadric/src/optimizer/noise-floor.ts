/**
 * When a run has nothing left to gain: the loss no longer tells the points it visits apart, and ‖∇L‖ no longer falls, as
 * Newton steps still make it do where the loss is blind already.
 */

import type { State } from "../vector/state.ts";
import type { Ending } from "./optimizer.ts";

/** Steps on level ground in which ‖∇L‖ has to be halved, or the run ends. */
const patience = 5;

export interface NoiseFloor {
  /**
   * Takes in a step and says how the run should end, if it should: "radius-collapsed" when the level ground is only the
   * last of a row of ever shorter steps that were refused.
   *
   * @param isLevel - whether |f − f⁺| is below the rounding of f.
   */
  after(isLevel: boolean, accepted: boolean, gradientNorm: number): Ending | undefined;
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
  let [idle, least, refused] = [0, Infinity, false];
  return {
    after(isLevel, accepted, gradientNorm) {
      if (!isLevel) [idle, least, refused] = [0, Infinity, !accepted];
      else if (gradientNorm <= least / 2) [idle, least] = [0, gradientNorm];
      else idle++;
      if (idle < patience) return undefined;
      return refused ? radiusCollapsed : noiseFloorReached;
    },
    state: () => ({ scalars: { idle, least, refused: Number(refused) }, vectors: {} }),
    restore({ scalars }) {
      [idle, least, refused] = [scalars.idle, scalars.least, scalars.refused === 1];
    },
  };
}
