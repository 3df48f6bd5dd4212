/**
 * How good predictions are, in the units of the target.
 *
 *   numbers   RMSE = √mean(r²),  MAE = mean|r|,  R² = 1 − Σr²/Σ(y − ȳ)²
 *   classes   accuracy; balanced accuracy, the mean over the classes of the share of each that is found;
 *             log loss −mean ln p_y; calibration error Σ_b (n_b/n)·|accuracy_b − confidence_b| over ten bins of confidence
 *
 * References: [Guo2017] for the calibration error.
 */
import type { Prediction } from "../predictions.ts";
import { binsOf } from "./calibration.ts";

export type Scores =
  | { readonly rmse: number; readonly mae: number; readonly r2: number }
  | {
      readonly accuracy: number;
      readonly balancedAccuracy: number;
      readonly logLoss: number;
      readonly calibrationError: number;
    };

/** Below this a probability is rounding. */
const leastProbability = 1e-15;

/** @param predictions - one for each target: all numbers, or all classes with probabilities. */
export function scoresOf(predictions: readonly Prediction[], targets: ArrayLike<number>): Scores {
  return "values" in predictions[0]
    ? scoresOfNumbers(
        predictions.map((p) => ("values" in p ? p.values[0] : Number.NaN)),
        targets,
      )
    : scoresOfClasses(predictions, targets);
}

function scoresOfNumbers(values: readonly number[], targets: ArrayLike<number>): Scores {
  const n = values.length;
  let [mean, squares, absolutes, spread] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) mean += targets[i] / n;
  for (let i = 0; i < n; i++) {
    squares += (values[i] - targets[i]) ** 2;
    absolutes += Math.abs(values[i] - targets[i]);
    spread += (targets[i] - mean) ** 2;
  }
  return { rmse: Math.sqrt(squares / n), mae: absolutes / n, r2: 1 - squares / spread };
}

function scoresOfClasses(predictions: readonly Prediction[], targets: ArrayLike<number>): Scores {
  const n = predictions.length;
  const found = new Map<number, { all: number; right: number }>();
  let [right, loss] = [0, 0];
  predictions.forEach((prediction, i) => {
    if (!("class" in prediction)) return;
    const { class: label, probabilities } = prediction;
    const isRight = Number(label === targets[i]);
    const known = found.get(targets[i]) ?? { all: 0, right: 0 };
    found.set(targets[i], { all: known.all + 1, right: known.right + isRight });
    right += isRight;
    loss -= Math.log(Math.max(probabilities?.[targets[i]] ?? isRight, leastProbability));
  });
  const shares = [...found.values()].map(({ all, right }) => right / all);
  return {
    accuracy: right / n,
    balancedAccuracy: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    logLoss: loss / n,
    calibrationError: binsOf(predictions, targets).reduce(
      (sum, { rows, accuracy, confidence }) => sum + (rows / n) * Math.abs(accuracy - confidence),
      0,
    ),
  };
}

/** The score that says how good a model is, the smaller the better. */
export function errorOf(scores: Scores): number {
  return "rmse" in scores ? scores.rmse : scores.logLoss;
}

/** How often each class [row] is taken for each [column]. */
export function confusionOf(
  predictions: readonly Prediction[],
  targets: ArrayLike<number>,
  classes: number,
): readonly (readonly number[])[] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predictions.forEach((prediction, i) => {
    if ("class" in prediction) counts[targets[i]][prediction.class]++;
  });
  return counts;
}
