/** Initial weights from a seed: Mulberry32 for uniform numbers, Box and Muller's formula for normal ones. */
import { numpy as np } from "@jax-js/jax";

// A type rather than an interface: only then does it count as a record of arrays.
export type Dense = {
  /** [in, out]. */
  readonly weight: np.Array;
  /** [out]. */
  readonly bias: np.Array;
};

export interface Draw {
  /** Independent normal numbers of mean 0. */
  normal(shape: readonly number[], variance: number): np.Array;
  /** Uniform in ±bound. */
  uniform(shape: readonly number[], bound: number): np.Array;
}

/** The same seed draws the same numbers. */
export function drawFrom(seed: number): Draw {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const filled = (shape: readonly number[], number: () => number) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return np.array(Float32Array.from({ length: size }, number), { shape: [...shape] });
  };
  return {
    normal: (shape, variance) =>
      filled(shape, () => Math.sqrt(-2 * variance * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    uniform: (shape, bound) => filled(shape, () => (2 * next() - 1) * bound),
  };
}

/** x·W + b. */
export function dense(x: np.Array, { weight, bias }: Dense): np.Array {
  return np.dot(x, weight).add(bias);
}
