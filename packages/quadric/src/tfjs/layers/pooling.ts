/**
 * Pooling: windows of images and sequences, reduced to their maximum or mean; places outside of the image do not count.
 */
import { lax, numpy as np } from "@jax-js/jax";
import type { Converter, LayerCall } from "./call.ts";
import { paddingOf, skipped } from "./convolution.ts";
import { imagesOf, inFormat, isChannelsFirst } from "./shape.ts";
import { asValue, channelsLast } from "./value.ts";

/** Less than any other number that matters, and finite: −∞ times 0 would be no number. */
const lowest = -1e30;

function pooled({ read }: LayerCall, all: np.Array, by: "max" | "mean"): np.Array {
  const [sizes, strides] = [read<number[]>("poolSize"), read<number[]>("strides")];
  const [x, padding] = skipped(all, paddingOf(read("padding"), all.shape.slice(2), sizes, strides));
  const lengths = x.shape.slice(2);
  const reduce = (window: np.Array) => (by === "max" ? np.max(window) : np.mean(window));
  const windows = (images: np.Array) => lax.reduceWindow(images, reduce, [...sizes], [...strides]);
  if (padding.every(([before, after]) => before + after === 0)) return windows(x);

  const padded = np.pad(x, [[0, 0], [0, 0], ...padding]);
  const inside = insideOf(lengths, padding);
  const shape = [1, 1, ...inside.shape];
  if (by === "max") {
    const outside = inside.values.map((one) => (1 - one) * lowest);
    return windows(padded.add(np.array(outside, { shape })));
  }
  const share = shareInside(inside, sizes, strides);
  return windows(padded).div(np.array(share.values, { shape: [1, 1, ...share.shape] }));
}

interface Grid {
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** f of the indices of every element. */
function grid(shape: readonly number[], f: (...at: number[]) => number): Grid {
  const values = new Float32Array(shape.reduce((n, m) => n * m, 1));
  for (let k = 0; k < values.length; k++) {
    let rest = k;
    const at = shape.map(() => 0);
    for (let i = shape.length - 1; i >= 0; i--) {
      at[i] = rest % shape[i];
      rest = Math.floor(rest / shape[i]);
    }
    values[k] = f(...at);
  }
  return { values, shape };
}

/** 1 at the elements of an image, 0 at its padding. */
function insideOf(lengths: readonly number[], padding: readonly (readonly [number, number])[]): Grid {
  return grid(
    lengths.map((n, i) => n + padding[i][0] + padding[i][1]),
    (...at) => Number(at.every((place, i) => place >= padding[i][0] && place < padding[i][0] + lengths[i])),
  );
}

/** The share of every window that lies inside. */
function shareInside(inside: Grid, sizes: readonly number[], strides: readonly number[]): Grid {
  const total = sizes.reduce((n, m) => n * m, 1);
  return grid(
    inside.shape.map((n, i) => Math.floor((n - sizes[i]) / strides[i]) + 1),
    (...window) =>
      grid(sizes, (...offset) => {
        const index = inside.shape.reduce((k, n, i) => k * n + window[i] * strides[i] + offset[i], 0);
        return inside.values[index];
      }).values.reduce((sum, one) => sum + one, 0) / total,
  );
}

const pooling =
  (by: "max" | "mean"): Converter =>
  (call) =>
    inFormat(call, pooled(call, imagesOf(call), by));

const over = (by: "max" | "mean") => (x: np.Array, axes: number[]) =>
  by === "max" ? np.max(x, axes) : np.mean(x, axes);

const sequencePooling =
  (by: "max" | "mean"): Converter =>
  ({ inputs: [x] }) =>
    asValue(over(by)(channelsLast(x), [1]));

const imagePooling =
  (by: "max" | "mean"): Converter =>
  (call) =>
    asValue(over(by)(channelsLast(call.inputs[0]), isChannelsFirst(call) ? [2, 3] : [1, 2]));

export const poolingLayers: Readonly<Record<string, Converter>> = {
  MaxPooling1D: pooling("max"),
  AveragePooling1D: pooling("mean"),
  MaxPooling2D: pooling("max"),
  AveragePooling2D: pooling("mean"),
  MaxPooling3D: pooling("max"),
  AveragePooling3D: pooling("mean"),
  GlobalMaxPooling1D: sequencePooling("max"),
  GlobalAveragePooling1D: sequencePooling("mean"),
  GlobalMaxPooling2D: imagePooling("max"),
  GlobalAveragePooling2D: imagePooling("mean"),
};
