/** What random models draw from. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TfjsLossName } from "../../../src/tfjs/losses.ts";
import { makeRandom } from "../../../src/vector/random.ts";

export interface Draw {
  /** A whole number below n. */
  below(n: number): number;
  /** A whole number, both ends included. */
  between(min: number, max: number): number;
  chance(p: number): boolean;
  pick<T>(from: readonly T[]): T;
  normal(): number;
}

export function makeDraw(seed: number): Draw {
  const random = makeRandom(seed);
  const below = (n: number) => Math.min(n - 1, Math.floor(random.uniform() * n));
  return {
    below,
    between: (min, max) => min + below(max - min + 1),
    chance: (p) => random.uniform() < p,
    pick: (from) => from[below(from.length)],
    normal: () => random.normal(),
  };
}

export const activations = [
  ...["linear", "relu", "relu6", "elu", "selu", "sigmoid", "hardSigmoid", "softplus", "softsign", "tanh", "softmax"],
  ...["logSoftmax", "swish", "mish", "gelu", "gelu_new"],
] as const;

export const numericLosses: readonly TfjsLossName[] = [
  ...(["meanSquaredError", "logcosh", "meanAbsoluteError", "cosineProximity", "squaredHinge", "hinge"] as const),
  ...(["categoricalHinge", "meanAbsolutePercentageError", "meanSquaredLogarithmicError", "poisson"] as const),
];

/** Weights drawn by the seed, so that nothing is symmetric and no unit sits at a kink. */
export function drawWeights(model: LayersModel, draw: Draw): void {
  for (const weight of model.weights) {
    if (/moving_variance/.test(weight.originalName)) continue;
    const size = weight.shape.reduce<number>((n, m) => n * m!, 1);
    const data = Float32Array.from({ length: size }, () => 0.6 * draw.normal() + 0.05);
    const values = tf.tensor(data, weight.shape as number[]);
    (weight.read() as tf.Variable).assign(values);
    values.dispose();
  }
}
