/** What the outputs of a trained network say about an example. */
import type { Tensor } from "quadric";
import { standardization } from "quadric/data";
import type { TrainConfig } from "./config.ts";
import { logLosses } from "./data/targets.ts";
import { parseModel } from "./model.ts";

/** A class with its probability and those of all classes, null where the loss knows none; or numbers. */
export type Prediction =
  | { readonly class: number; readonly probability: number | null; readonly probabilities: readonly number[] | null }
  | {
      readonly values: readonly number[];
      /** Standard deviation of a new observation, in units of the target, if it is known. */
      readonly deviation?: number;
    };

type Reading = (z: readonly number[]) => Prediction;

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

function softmax(z: readonly number[]): number[] {
  const largest = Math.max(...z);
  const weights = z.map((x) => Math.exp(x - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The most probable class. */
function mostProbable(probabilities: readonly number[]): Prediction {
  const probability = Math.max(...probabilities);
  return { class: probabilities.indexOf(probability), probability, probabilities };
}

function readingOf({ model, loss, preparation }: TrainConfig): Reading {
  const { outputs, isAutoencoder } = parseModel(model);
  if (isAutoencoder) return loss === "bce" ? (z) => ({ values: z.map(logistic) }) : (z) => ({ values: z });
  switch (loss) {
    case "cross-entropy":
      return (z) => mostProbable(softmax(z));
    case "bce":
      return outputs === 1 ? ([z]) => mostProbable([logistic(-z), logistic(z)]) : (z) => mostProbable(z.map(logistic));
    default: {
      if (outputs > 1) return (z) => ({ class: z.indexOf(Math.max(...z)), probability: null, probabilities: null });
      if (preparation?.target.task !== "numbers") {
        return logLosses.includes(loss) ? (z) => ({ values: z.map(Math.exp) }) : (z) => ({ values: z });
      }
      const { target } = preparation;
      const read = logLosses.includes(loss)
        ? (x: number) => target.shift * Math.exp(x)
        : (x: number) => standardization.invert(target, x);
      return (z) => ({ values: z.map(read) });
    }
  }
}

/** Whether predictions are classes. */
export function predictsClasses({ model, loss }: TrainConfig): boolean {
  const { outputs, isAutoencoder } = parseModel(model);
  return !isAutoencoder && (outputs > 1 || loss === "cross-entropy" || loss === "bce");
}

/** One prediction for each row of the outputs [n, k], with the deviations of numbers where they are known. */
export function readOutputs(
  config: TrainConfig,
  { shape: [n], data }: Tensor,
  deviations?: ArrayLike<number>,
): Prediction[] {
  const reading = readingOf(config);
  const k = data.length / n;
  return Array.from({ length: n }, (_, i) => {
    const prediction = reading(Array.from(data.subarray(i * k, (i + 1) * k)));
    return deviations && "values" in prediction ? { ...prediction, deviation: deviations[i] } : prediction;
  });
}
