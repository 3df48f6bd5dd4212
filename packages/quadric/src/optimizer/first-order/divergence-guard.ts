/**
 * The divergence guard. A run has diverged if the moving average of its batch losses (weight 0.9 of the past) rises by
 * more than 2 % of the improvement so far, or a loss is not finite. Its optimizer then returns to the average of the
 * iterates and halves its rate.
 */
import type { State } from "../../vector/state.ts";

export interface DivergenceGuard {
  /** Takes in the loss of a new batch, NaN if it or its gradient is not finite. Asked once a step. */
  hasDiverged(loss: number): boolean;
  state(): State;
  restore(state: State): void;
}

/** Weight of past losses in their average. */
const past = 0.9;
/** Losses that are averaged before they say anything, at the start and after a rollback. */
const warmupSteps = 10;
/** The part of the improvement so far that the mean loss may lose again. */
const rollbackTolerance = 0.02;

export function divergenceGuard(): DivergenceGuard {
  let firstLoss: number | undefined;
  /**
   * The average of the losses since the last rollback, short of its bias correction, their number, and its least value.
   */
  let [lossEma, count, bestLoss] = [0, 0, Infinity];
  return {
    hasDiverged(loss) {
      if (Number.isFinite(loss)) {
        firstLoss ??= loss;
        count++;
        lossEma = past * lossEma + (1 - past) * loss;
        const mean = lossEma / (1 - past ** count);
        if (count < warmupSteps) return false;
        bestLoss = Math.min(bestLoss, mean);
        if (mean - bestLoss <= rollbackTolerance * Math.abs(firstLoss - bestLoss)) return false;
      }
      [lossEma, count] = [0, 0];
      return true;
    },
    state: () => ({
      scalars: { lossEma, count, bestLoss, ...(firstLoss !== undefined && { firstLoss }) },
      vectors: {},
    }),
    restore({ scalars }) {
      ({ lossEma, count, bestLoss, firstLoss } = scalars);
    },
  };
}
