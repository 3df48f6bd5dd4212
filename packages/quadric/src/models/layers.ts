/** Layers that networks are made of; images are [b, channels, height, width]. */
import { lax, numpy as np } from "@jax-js/jax";
import type { Random } from "../vector/random.ts";
import { type InitializerName, initializers } from "./initializers.ts";

// Types rather than interfaces: only then do they count as records of arrays.
export type DenseLayer = {
  /** [in, out]. */
  readonly weight: np.Array;
  /** [out]. */
  readonly bias: np.Array;
};

export type ConvLayer = {
  /** [out, in, height, width]. */
  readonly weight: np.Array;
  /** [out]. */
  readonly bias: np.Array;
};

export function drawWeight(
  random: Random,
  initializer: InitializerName,
  shape: readonly number[],
  fanIn: number,
  fanOut: number,
): np.Array {
  const draw = initializers[initializer];
  const size = shape.reduce((product, n) => product * n, 1);
  return np.array(
    Float32Array.from({ length: size }, () => draw(random, fanIn, fanOut)),
    { shape: [...shape] },
  );
}

/** Only the paper's initialisation draws biases; the others are derived for biases of zero. */
export function drawBias(random: Random, initializer: InitializerName, size: number, fanIn: number): np.Array {
  return initializer === "fanIn" ? drawWeight(random, initializer, [size], fanIn, size) : np.zeros([size]);
}

export function drawDense(random: Random, initializer: InitializerName, fanIn: number, fanOut: number): DenseLayer {
  return {
    weight: drawWeight(random, initializer, [fanIn, fanOut], fanIn, fanOut),
    bias: drawBias(random, initializer, fanOut, fanIn),
  };
}

export function drawConv(
  random: Random,
  initializer: InitializerName,
  [features, channels, ...taps]: readonly number[],
): ConvLayer {
  const area = taps.reduce((product, n) => product * n, 1);
  const fanIn = channels * area;
  return {
    weight: drawWeight(random, initializer, [features, channels, ...taps], fanIn, features * area),
    bias: drawBias(random, initializer, features, fanIn),
  };
}

export interface ConvOptions {
  /** Defaults to 1. */
  readonly stride?: number;
  /** Zeros on every side; defaults to 0. */
  readonly padding?: number;
}

/** Σ over the kernel, [out, in, height, width], at every place. */
export function convolve(x: np.Array, weight: np.Array, { stride = 1, padding = 0 }: ConvOptions = {}): np.Array {
  return lax.conv(
    x,
    weight,
    [stride, stride],
    [
      [padding, padding],
      [padding, padding],
    ],
  );
}

/** Adds one number a channel. */
export function addChannels(x: np.Array, bias: np.Array): np.Array {
  return x.add(bias.reshape([bias.shape[0], 1, 1]));
}

/** The maximum of every square of size × size, side by side. */
export function maxPool(x: np.Array, size: number): np.Array {
  return lax.reduceWindow(x, (window) => np.max(window), [size, size], [size, size]);
}
