/**
 * When a run at the noise floor has nothing left to gain. There the loss cannot tell points apart, but Newton steps still
 * reduce the gradient; once several in a row do not, the run is over.
 */
import type { OptimizerState } from "./optimizer.ts";

/** Steps at the floor without a new least gradient norm after which a run ends. */
const patience = 5;

export interface NoiseFloor {
  /** Takes in an accepted step; true when the run should end. */
  reached(atNoiseFloor: boolean, gradientNorm: number): boolean;
  readonly message: string;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}

export function noiseFloor(): NoiseFloor {
  let [idle, least] = [0, Infinity];
  return {
    reached(atNoiseFloor, gradientNorm) {
      idle = atNoiseFloor && gradientNorm >= least ? idle + 1 : 0;
      least = atNoiseFloor ? Math.min(least, gradientNorm) : Infinity;
      return idle >= patience;
    },
    message: "The loss can no longer tell steps apart, and they no longer reduce ‖∇L‖.",
    state: () => ({ scalars: { idle, least }, vectors: {} }),
    restore({ scalars }) {
      ({ idle, least } = scalars);
    },
  };
}
