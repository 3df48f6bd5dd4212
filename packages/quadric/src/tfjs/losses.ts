/**
 * The losses of TensorFlow.js as jax-js functions of targets y and outputs p, [b, …, k] → [b, …], as it defines them.
 * Probabilities lie in [ε, 1 − ε], ε = 1e-7, and those of several classes are divided by their sum.
 *
 *   categoricalCrossentropy        −Σ_j y_j log clip(p_j/Σp)
 *   sparseCategoricalCrossentropy  the same, y_j = 1 for the class that the target names; p is clipped before the division too
 *   binaryCrossentropy             mean of −y log clip(p) − (1 − y) log(1 − clip(p))
 *
 * After a softmax or a sigmoid they are taken from the logits z: log clip(p) = clip(log p), and log p of the logits
 * keeps its digits when p is small.
 */
import { nn, numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs-core";
import { metrics } from "@tensorflow/tfjs-layers";
import type { Link } from "./convert.ts";
import { softplus } from "./layers/activations.ts";

export interface NamedLoss {
  /** Whether Gauss–Newton products help: convex in the outputs, and curved. */
  readonly isCurved: boolean;
  /** Whether targets are classes, [b, …, 1] for outputs [b, …, k]. */
  readonly takesClasses?: boolean;
  of(y: np.Array, p: np.Array): np.Array;
  /** From what is before a link; then it is convex. */
  readonly before?: { readonly link: Link; of(y: np.Array, z: np.Array): np.Array };
}

const epsilon = 1e-7;
// The largest probability, in float32 as TensorFlow.js computes it.
const most = Math.fround(1 - epsilon);

const mean = (x: np.Array) => np.mean(x, -1);
const sum = (x: np.Array) => np.sum(x, -1);
const clip = (x: np.Array, low: number, high: number) => np.clip(x, low, high);
const atLeast = (x: np.Array, low: number) => np.maximum(x, low);

/** y as probabilities of k classes. */
const oneHot = (y: np.Array, k: number) => nn.oneHot(y.reshape(y.shape.slice(0, -1)), k);

function crossEntropy(y: np.Array, p: np.Array): np.Array {
  const shares = p.ref.div(np.sum(p, -1, { keepdims: true }));
  return sum(y.mul(np.log(clip(shares, epsilon, most)))).neg();
}

const crossEntropyOfLogits = (y: np.Array, z: np.Array) =>
  sum(y.mul(clip(nn.logSoftmax(z, -1), Math.log(epsilon), Math.log(most)))).neg();

/** log(1 + eᶻ) − yz */
const binaryOfLogits = (y: np.Array, z: np.Array) => softplus(z.ref).sub(y.mul(z));

const difference = (y: np.Array, p: np.Array) => p.sub(y);
const logOf = (x: np.Array) => np.log(atLeast(x, epsilon).add(1));

function direction(x: np.Array): np.Array {
  return x.ref.div(np.sqrt(atLeast(np.sum(np.square(x), -1, { keepdims: true }), epsilon)));
}

/** The losses of TensorFlow.js by its names. */
export type TfjsLossName =
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "meanAbsolutePercentageError"
  | "meanSquaredLogarithmicError"
  | "squaredHinge"
  | "hinge"
  | "categoricalHinge"
  | "logcosh"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy"
  | "binaryCrossentropy"
  | "kullbackLeiblerDivergence"
  | "poisson"
  | "cosineProximity";

export const losses: Readonly<Record<TfjsLossName, NamedLoss>> = {
  meanSquaredError: { isCurved: true, of: (y, p) => mean(np.square(difference(y, p))) },
  meanAbsoluteError: { isCurved: false, of: (y, p) => mean(np.absolute(difference(y, p))) },
  meanAbsolutePercentageError: {
    isCurved: false,
    of: (y, p) => mean(np.absolute(difference(y.ref, p).div(atLeast(np.absolute(y), epsilon)))).mul(100),
  },
  meanSquaredLogarithmicError: { isCurved: false, of: (y, p) => mean(np.square(logOf(p).sub(logOf(y)))) },
  squaredHinge: { isCurved: true, of: (y, p) => mean(np.square(nn.relu(np.subtract(1, y.mul(p))))) },
  hinge: { isCurved: false, of: (y, p) => mean(nn.relu(np.subtract(1, y.mul(p)))) },
  categoricalHinge: {
    isCurved: false,
    of(y, p) {
      const hit = sum(y.ref.mul(p.ref));
      const miss = np.max(np.subtract(1, y).mul(p), -1);
      return nn.relu(miss.sub(hit).add(1));
    },
  },
  logcosh: {
    isCurved: true,
    of(y, p) {
      const e = difference(y, p);
      // log cosh e = |e| + log(1 + e^{−2|e|}) − log 2; even, and without overflow.
      const size = np.absolute(e);
      return mean(size.ref.add(np.log1p(np.exp(size.mul(-2)))).sub(Math.LN2));
    },
  },
  categoricalCrossentropy: {
    isCurved: false,
    of: crossEntropy,
    before: { link: "softmax", of: crossEntropyOfLogits },
  },
  sparseCategoricalCrossentropy: {
    isCurved: false,
    takesClasses: true,
    of: (y, p) => crossEntropy(oneHot(y, p.shape.at(-1)!), clip(p, epsilon, most)),
    before: { link: "softmax", of: (y, z) => crossEntropyOfLogits(oneHot(y, z.shape.at(-1)!), z) },
  },
  binaryCrossentropy: {
    isCurved: true,
    of(y, p) {
      const clipped = clip(p, epsilon, most);
      const [hit, miss] = [y.ref.mul(np.log(clipped.ref)), np.subtract(1, y).mul(np.log(np.subtract(1, clipped)))];
      return mean(hit.add(miss)).neg();
    },
    before: {
      link: "sigmoid",
      of: (y, z) => mean(binaryOfLogits(y, clip(z, Math.log(epsilon / (1 - epsilon)), Math.log(most / (1 - most))))),
    },
  },
  kullbackLeiblerDivergence: {
    isCurved: true,
    of: (y, p) => sum(y.ref.mul(np.log(clip(y, epsilon, 1)).sub(np.log(clip(p, epsilon, 1))))),
  },
  poisson: { isCurved: true, of: (y, p) => mean(p.ref.sub(y.mul(np.log(p.add(epsilon))))) },
  cosineProximity: { isCurved: false, of: (y, p) => sum(direction(y).mul(direction(p))).neg() },
};

/** Those of tf.losses that have no name. */
const unnamed = {
  huberLoss: {
    isCurved: true,
    of(y, p) {
      const size = np.absolute(difference(y, p));
      const inner = np.minimum(size.ref, 1);
      return mean(np.square(inner.ref).mul(0.5).add(size.sub(inner)));
    },
  },
  sigmoidCrossEntropy: { isCurved: true, of: (y, z) => mean(binaryOfLogits(y, z)) },
  softmaxCrossEntropy: { isCurved: true, of: (y, z) => sum(y.mul(nn.logSoftmax(z, -1))).neg() },
} satisfies Record<string, NamedLoss>;

/** From targets and outputs to losses [b, …] or one scalar, as TensorFlow.js has them. */
export type TfjsLossFunction = (targets: tf.Tensor, outputs: tf.Tensor) => tf.Tensor;

/** Functions of TensorFlow.js that are known by what they are. */
const functions = new Map<unknown, NamedLoss>([
  [tf.losses.meanSquaredError, losses.meanSquaredError],
  [tf.losses.absoluteDifference, losses.meanAbsoluteError],
  [tf.losses.huberLoss, unnamed.huberLoss],
  [tf.losses.sigmoidCrossEntropy, unnamed.sigmoidCrossEntropy],
  [tf.losses.softmaxCrossEntropy, unnamed.softmaxCrossEntropy],
  ...Object.entries(losses).flatMap(([name, loss]): [unknown, NamedLoss][] => {
    const of = (metrics as Record<string, unknown>)[name];
    return of === undefined ? [] : [[of, loss]];
  }),
]);

/** The jax-js form of a loss; undefined for a function of the user's own. */
export function namedLoss(loss: string | TfjsLossFunction): NamedLoss | undefined {
  return typeof loss === "string" ? losses[loss as TfjsLossName] : functions.get(loss);
}
