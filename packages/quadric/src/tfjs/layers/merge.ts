/** Layers of several inputs. */
import { numpy as np } from "@jax-js/jax";
import type { Converter } from "./call.ts";
import { asValue, channelsLast, shapeOf, type Value } from "./value.ts";

/** Inputs of lower rank get axes of size 1 after the first, as TensorFlow.js adds them. */
const merging =
  (merge: (a: np.Array, b: np.Array) => np.Array, scale?: (count: number) => number): Converter =>
  ({ inputs }) => {
    const inOrder = (value: Value) => "order" in value && value.order === "second" && value.array.ndim > 2;
    const shapes = inputs.map((x) => shapeOf(x).join());
    const together = inputs.every(inOrder) && shapes.every((shape) => shape === shapes[0]);
    const arrays = together ? inputs.map((x) => (x as { array: np.Array }).array) : inputs.map(channelsLast);
    const rank = Math.max(...arrays.map((x) => x.ndim));
    const merged = arrays
      .map((x) => {
        const [batch, ...rest] = x.shape;
        return x.ndim === rank ? x : x.reshape([batch, ...Array.from({ length: rank - x.ndim }, () => 1), ...rest]);
      })
      .reduce(merge);
    return asValue(scale ? merged.mul(scale(inputs.length)) : merged, together ? "second" : "last");
  };

/** Below this a squared length counts as this. */
const least = 1e-7;

function unit(x: np.Array, axis: number): np.Array {
  const length = np.sqrt(np.maximum(np.sum(np.square(x.ref), axis, { keepdims: true }), least));
  return x.div(length);
}

export const mergeLayers: Readonly<Record<string, Converter>> = {
  Add: merging((a, b) => a.add(b)),
  Multiply: merging((a, b) => a.mul(b)),
  Average: merging(
    (a, b) => a.add(b),
    (count) => 1 / count,
  ),
  Maximum: merging((a, b) => np.maximum(a, b)),
  Minimum: merging((a, b) => np.minimum(a, b)),

  Concatenate({ inputs, read }) {
    const rank = shapeOf(inputs[0]).length;
    return asValue(np.concatenate(inputs.map(channelsLast), (read<number>("axis") + rank) % rank));
  },

  Dot({ inputs, read, refuse }) {
    const axes = [read<number | number[]>("axes")].flat();
    const [x, y] = inputs.map(channelsLast);
    const [i, j] = [x, y].map((z, k) => ((axes[k] ?? axes[0]) + z.ndim) % z.ndim);
    if (x.ndim !== y.ndim) refuse("multiplies values of different ranks");
    const [a, b] = read<boolean>("normalize") ? [unit(x, i), unit(y, j)] : [x, y];
    if (x.ndim === 2) {
      if (i !== 1 || j !== 1) refuse(`has axes ${i} and ${j} of matrices`);
      return asValue(np.sum(a.mul(b), 1, { keepdims: true }));
    }
    if (i === 0 || j === 0) refuse("sums over the examples");
    return asValue(np.matmul(i === 2 ? a : np.matrixTranspose(a), j === 1 ? b : np.matrixTranspose(b)));
  },
};
