/**
 * Normalization with a learned scale γ and shift β:
 *
 *   y = γ ⊙ (x − μ)/√(σ² + ε) + β
 *
 *   batch   μ, σ² of a channel over all examples and places [IoffeSzegedy2015]
 *   layer   of an example over its features [Ba2016]
 *   group   of an example over the channels of a group and their places [WuHe2018]
 *
 * Under batch normalization the statistics are part of the function: gradients and curvature products go through them,
 * as the loss that is minimised has them. For inference they are replaced by those of many batches.
 */
import { numpy as np } from "@jax-js/jax";

// A type rather than an interface: only then does it count as a record of arrays.
export type ScaleShift = {
  /** γ, one a channel or feature. */
  readonly scale: np.Array;
  /** β likewise. */
  readonly shift: np.Array;
};

/** γ = 1, β = 0. */
export function unitScaleShift(size: number): ScaleShift {
  return { scale: np.ones([size]), shift: np.zeros([size]) };
}

export interface Moments {
  readonly mean: np.Array;
  /** The mean square of x − mean. */
  readonly variance: np.Array;
}

/** Over `axes`, which stay with size 1. */
function momentsOver(x: np.Array, axes: number[]): Moments {
  const mean = np.mean(x.ref, axes, { keepdims: true });
  return { mean: mean.ref, variance: np.square(x.sub(mean)).mean(axes, { keepdims: true }) };
}

function normalize(x: np.Array, { mean, variance }: Moments, epsilon: number): np.Array {
  return x.sub(mean).div(np.sqrt(variance.add(epsilon)));
}

/** γ and β along axis 1 of images [b, c, height, width]. */
function scaled(x: np.Array, { scale, shift }: ScaleShift): np.Array {
  const column = (v: np.Array) => v.reshape([v.shape[0], 1, 1]);
  return x.mul(column(scale)).add(column(shift));
}

/** Moments [c] of images over examples and places. */
export function channelMoments(x: np.Array): Moments {
  const { mean, variance } = momentsOver(x, [0, 2, 3]);
  return { mean: mean.reshape([mean.shape[1]]), variance: variance.reshape([variance.shape[1]]) };
}

/** Images normalized by moments [c] of their channels: those of the batch, or of many. */
export function batchNorm(x: np.Array, layer: ScaleShift, { mean, variance }: Moments, epsilon = 1e-5): np.Array {
  const column = (v: np.Array) => v.reshape([v.shape[0], 1, 1]);
  return scaled(normalize(x, { mean: column(mean), variance: column(variance) }, epsilon), layer);
}

/** Over the last axis. */
export function layerNorm(x: np.Array, { scale, shift }: ScaleShift, epsilon = 1e-5): np.Array {
  return normalize(x.ref, momentsOver(x, [-1]), epsilon)
    .mul(scale)
    .add(shift);
}

/** Images over `groups` groups of neighbouring channels, which must divide them. */
export function groupNorm(x: np.Array, layer: ScaleShift, groups: number, epsilon = 1e-5): np.Array {
  const { shape } = x;
  const grouped = x.reshape([shape[0], groups, -1]);
  return scaled(normalize(grouped.ref, momentsOver(grouped, [2]), epsilon).reshape(shape), layer);
}
