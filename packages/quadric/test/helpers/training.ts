/** Runs of `train` on sixty examples of a regression. */
import { type Closures, closuresObjective } from "../../src/objective/closures.ts";
import { type TrainOptions, type TrainResult, train } from "../../src/training/train.ts";
import { type RegressionBatch, regression, regressionData } from "./regression.ts";

export const data = regressionData(60);
export const start = Float64Array.of(0.1, 2, -1);

export function run(options: TrainOptions, closures: Closures<RegressionBatch> = regression): Promise<TrainResult> {
  const objective = closuresObjective(closures, 3, { examples: ({ y }) => y.shape[0], checkDeterminism: false });
  return train(objective as never, start, data, { batchSize: 10, ...options });
}

/** All but the clock. */
export function untimed({ history, seconds: _, ...result }: TrainResult) {
  return { ...result, history: history.map(({ seconds: _, ...row }) => row) };
}
