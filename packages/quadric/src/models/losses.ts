/**
 * Losses of one example from the outputs z of a model, convex in z, as Gauss–Newton products need them. Each maps z [b,
 * k] and a target to losses [b]. Targets of one output, [b, 1], may come as [b]; nothing else is broadcast.
 */
import { nn, numpy as np } from "@jax-js/jax";
import { ShapeError } from "../errors.ts";

/** y in the shape of z. */
function alike(where: string, outputs: np.Array, target: np.Array): np.Array {
  const [z, y] = [outputs.shape, target.shape];
  if (z.length === y.length && z.every((n, i) => n === y[i])) return target;
  if (y.length === 1 && z.length === 2 && z[0] === y[0] && z[1] === 1) return target.reshape(z);
  throw new ShapeError(`losses.${where}: targets must have the shape of the outputs, [${z}], got [${y}].`);
}

export type Loss = (outputs: np.Array, target: np.Array) => np.Array;

/** −log softmax(z)_y for labels y [b], integers in 0 … k − 1. */
function crossEntropy(outputs: np.Array, labels: np.Array): np.Array {
  const classes = outputs.shape[outputs.shape.length - 1];
  return np.sum(nn.logSoftmax(outputs).mul(nn.oneHot(labels, classes)), -1).neg();
}

/** ½‖z − y‖² for targets y [b, k]. */
function squaredError(outputs: np.Array, target: np.Array): np.Array {
  const targets = alike("squaredError", outputs, target);
  return np.square(outputs.sub(targets)).sum(-1).mul(0.5);
}

/** (1/k)‖z − y‖², the mean over the outputs, for targets y [b, k]. */
function meanSquaredError(outputs: np.Array, target: np.Array): np.Array {
  const targets = alike("meanSquaredError", outputs, target);
  return np.square(outputs.sub(targets)).mean(-1);
}

/** Σ_j log(1 + e^{z_j}) − z_j·y_j: logistic loss on logits for targets in [0, 1], [b, k], summed over the outputs. */
function binaryCrossEntropy(logits: np.Array, target: np.Array): np.Array {
  const targets = alike("binaryCrossEntropy", logits, target);
  return nn.softplus(logits.ref).sub(logits.mul(targets)).sum(-1);
}

export const losses: {
  readonly crossEntropy: Loss;
  readonly squaredError: Loss;
  readonly meanSquaredError: Loss;
  readonly binaryCrossEntropy: Loss;
} = { crossEntropy, squaredError, meanSquaredError, binaryCrossEntropy };
