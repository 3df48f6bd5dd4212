/**
 * Whether predictions are as sure as they say, on rows that they were not trained on.
 *
 *   numbers   coverage: the share of targets in intervals that are to hold a share `level` of them
 *   classes   ten bins of confidence, the probability of the predicted class: how often it was right in each
 *
 * References: [Guo2017].
 */
import type { Prediction } from "../predictions.ts";

export interface Bin {
  readonly rows: number;
  /** Means over the rows of the bin. */
  readonly confidence: number;
  readonly accuracy: number;
}

export type Calibration =
  | { readonly coverage: readonly { readonly level: number; readonly share: number }[] }
  /** Those that have rows, the least confident first. */
  | { readonly bins: readonly Bin[] };

const levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const bins = 10;

/** Undefined if the predictions do not say how sure they are. */
export function calibrationOf(
  predictions: readonly Prediction[],
  targets: ArrayLike<number>,
  interval?: (level: number) => number,
): Calibration | undefined {
  if (predictions.length === 0) return undefined;
  if (!("values" in predictions[0])) {
    return predictions.some((prediction) => "class" in prediction && prediction.probabilities === null)
      ? undefined
      : { bins: binsOf(predictions, targets) };
  }
  if (!interval) return undefined;
  const distances = predictions.map((prediction, i) =>
    "values" in prediction ? Math.abs(prediction.values[0] - targets[i]) / (prediction.deviation ?? 0) : Number.NaN,
  );
  return {
    coverage: levels.map((level) => {
      const width = interval(level);
      return { level, share: distances.filter((distance) => distance <= width).length / distances.length };
    }),
  };
}

/** Bins of equal width in confidence. */
export function binsOf(predictions: readonly Prediction[], targets: ArrayLike<number>): readonly Bin[] {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, confidence: 0, right: 0 }));
  predictions.forEach((prediction, i) => {
    if (!("class" in prediction)) return;
    const { class: label, probabilities } = prediction;
    const confidence = probabilities?.[label] ?? 1;
    const bin = sums[Math.min(bins - 1, Math.floor(bins * confidence))];
    bin.rows++;
    bin.confidence += confidence;
    bin.right += Number(label === targets[i]);
  });
  return sums
    .filter(({ rows }) => rows > 0)
    .map(({ rows, confidence, right }) => ({ rows, confidence: confidence / rows, accuracy: right / rows }));
}
