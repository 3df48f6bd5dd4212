/**
 * Losses of an example by the names that TensorFlow.js gives them, for both routes; p are the model's outputs.
 *
 *   meanSquaredError                 (1/k) Σ_j (p_j − y_j)²
 *   categoricalCrossentropy          −Σ_j y_j log p_j                                   y [b, k]
 *   sparseCategoricalCrossentropy    −log p_y                                           y [b], classes
 *   binaryCrossentropy               −(1/k) Σ_j y_j log p_j + (1 − y_j) log(1 − p_j)
 *
 * In jax-js the latter three take the logits z behind p: the same function, convex in z and without overflow.
 */
import { nn, numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs-core";
import { type Loss, losses as ours } from "../models/losses.ts";
import type { Link } from "./convert.ts";

export type TfjsLossName =
  | "meanSquaredError"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy"
  | "binaryCrossentropy";

/** From targets and outputs to losses [b] or one scalar, as TensorFlow.js's own. */
export type TfjsLossFunction = (targets: tf.Tensor, outputs: tf.Tensor) => tf.Tensor;

interface NamedLoss {
  /** What the model must end with for `jax` to take its logits; "none" takes the outputs of any. */
  readonly link: Link;
  readonly jax: Loss;
  readonly tensors: TfjsLossFunction;
}

/** Below this a probability counts as this: so TensorFlow.js does. */
const least = 1e-7;

const logOf = (p: tf.Tensor) => tf.log(tf.maximum(p, least));

const crossEntropyOf = (y: tf.Tensor, p: tf.Tensor) => tf.neg(tf.sum(tf.mul(y, logOf(p)), -1));

export const losses: Record<TfjsLossName, NamedLoss> = {
  meanSquaredError: {
    link: "none",
    jax: ours.meanSquaredError,
    tensors: (y, p) => tf.mean(tf.square(tf.sub(p, y)), -1),
  },
  categoricalCrossentropy: {
    link: "softmax",
    jax: (z, y) => np.sum(nn.logSoftmax(z).mul(y), -1).neg(),
    tensors: crossEntropyOf,
  },
  sparseCategoricalCrossentropy: {
    link: "softmax",
    jax: (z, y) => ours.crossEntropy(z, y.reshape([-1])),
    tensors: (y, p) =>
      crossEntropyOf(tf.oneHot(tf.cast(tf.reshape(y, [-1]), "int32"), p.shape[p.rank - 1], 1, 0, "float32"), p),
  },
  binaryCrossentropy: {
    link: "sigmoid",
    jax: (z, y) => ours.binaryCrossEntropy(z.ref, y).div(z.shape[z.ndim - 1]),
    tensors: (y, p) => {
      const [hit, miss] = [tf.mul(y, logOf(p)), tf.mul(tf.sub(1, y), logOf(tf.sub(1, p)))];
      return tf.neg(tf.mean(tf.add(hit, miss), -1));
    },
  },
};
