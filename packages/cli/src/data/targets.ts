/**
 * Targets as a loss wants them.
 *
 *   cross-entropy   class labels, int32 [n]
 *   others          numbers, float32 [n, 1]; with several outputs the label's column is 1 and the others 0, [n, outputs]
 */
import { ConfigError, type Tensor } from "quadric";

export const lossNames = ["cross-entropy", "mse", "bce", "absolute", "huber", "quantile", "poisson", "gamma"] as const;
export type LossName = (typeof lossNames)[number];

/** Losses of numbers on the scale of their standardization, and those of counts and amounts y > 0 relative to their mean. */
export const scaledLosses: readonly LossName[] = ["mse", "absolute", "huber", "quantile"];
export const logLosses: readonly LossName[] = ["poisson", "gamma"];

/** Classes are non-negative integers, and a number with more values than this is rather a quantity. */
const maxClasses = 100;

/** The number of classes, 1 + the largest label; undefined if targets are not class labels. */
export function countClasses({ data }: Tensor): number | undefined {
  let largest = 0;
  for (const target of data) {
    if (!Number.isInteger(target) || target < 0 || target >= maxClasses) return undefined;
    largest = Math.max(largest, target);
  }
  return largest + 1;
}

export function makeTargets(loss: LossName, outputs: number, { shape: [n], data }: Tensor): Tensor {
  if (loss !== "cross-entropy" && outputs === 1) {
    if (loss === "bce") requireEach(data, "in [0, 1]", (x) => x >= 0 && x <= 1);
    return { shape: [n, 1], data: Float32Array.from(data) };
  }
  requireEach(data, `an integer from 0 to ${outputs - 1}, one for each output of the model`, (x) => {
    return Number.isInteger(x) && x >= 0 && x < outputs;
  });
  if (loss === "cross-entropy") return { shape: [n], data: Int32Array.from(data) };
  const indicators = new Float32Array(n * outputs);
  for (let i = 0; i < n; i++) indicators[i * outputs + data[i]] = 1;
  return { shape: [n, outputs], data: indicators };
}

function requireEach(data: Tensor["data"], must: string, holds: (target: number) => boolean): void {
  const bad = data.findIndex((target) => !holds(target));
  if (bad >= 0) throw new ConfigError(`targets: each must be ${must}, got ${data[bad]} in example ${bad} (from 0).`);
}
