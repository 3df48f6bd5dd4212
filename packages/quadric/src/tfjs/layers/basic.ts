/** Layers that work on each example alone: dense, embedding, activations, and layers that do nothing here. */
import { nn, numpy as np } from "@jax-js/jax";
import { type Converter, onLastAxis } from "./call.ts";
import { asValue, channelsLast, elementwise } from "./value.ts";

/** Random layers do nothing: what is minimised must be the same function at every evaluation. */
const silent =
  (...settings: string[]): Converter =>
  ({ inputs: [x], read }) => {
    for (const setting of settings) read(setting);
    return x;
  };

export const basicLayers: Readonly<Record<string, Converter>> = {
  InputLayer: silent(),
  Dropout: silent("rate", "noiseShape", "seed"),
  SpatialDropout1D: silent("rate", "noiseShape", "seed"),
  AlphaDropout: silent("rate", "noiseShape"),
  GaussianDropout: silent("rate"),
  GaussianNoise: silent("stddev"),

  Dense({ inputs: [x], read, weights, activated }) {
    read("units");
    const [kernel, bias] = weights(2);
    const product = np.dot(channelsLast(x), kernel);
    return activated(asValue(read<boolean>("useBias") ? product.add(bias) : product));
  },
  Activation: ({ inputs: [x], activated }) => activated(x),

  ReLU({ inputs: [x], read }) {
    const highest = read<number | null>("maxValue");
    return elementwise(x, (y) => (highest == null ? nn.relu(y) : np.clip(y, 0, highest)));
  },
  LeakyReLU({ inputs: [x], read }) {
    const slope = read<number>("alpha");
    return elementwise(x, (y) => np.where(y.ref.greater(0), y.ref, y.mul(slope)));
  },
  ELU({ inputs: [x], require }) {
    require("alpha", 1);
    return elementwise(x, (y) => nn.elu(y));
  },
  ThresholdedReLU({ inputs: [x], read }) {
    const theta = read<number>("theta");
    return elementwise(x, (y) => np.where(y.ref.greater(theta), y, 0));
  },
  PReLU({ inputs: [x], read, weights }) {
    read("sharedAxes");
    const [slope] = weights(1);
    const y = channelsLast(x);
    return asValue(np.where(y.ref.greater(0), y.ref, y.mul(slope)));
  },
  /** TensorFlow.js lowers the scores of masked steps; that is left to it. */
  Softmax({ inputs: [x], read, mask, linear, refuse }) {
    if (mask !== undefined) refuse("is given a mask");
    const axis = read<number | number[]>("axis");
    const y = channelsLast(x);
    const axes = [axis].flat();
    if (linear) return asValue(y);
    if (axes.length === 1) {
      if (axes[0] !== -1 && axes[0] !== y.ndim - 1) refuse(`has axis ${axes[0]}`);
      return onLastAxis(asValue(y), (z, last) => nn.softmax(z, last));
    }
    return asValue(nn.softmax(y, axes));
  },

  Embedding({ inputs: [x], read, weights }) {
    for (const setting of ["inputDim", "outputDim", "maskZero", "inputLength"]) read(setting);
    const [table] = weights(1);
    return asValue(table.slice(channelsLast(x).astype(np.int32)));
  },
  Masking({ inputs: [x], read }) {
    const y = channelsLast(x);
    const counts = stepsThatCount(y.ref, read("maskValue"));
    return asValue(y.mul(counts.reshape([...counts.shape, 1])));
  },
  Rescaling({ inputs: [x], read }) {
    const [scale, offset] = [read<number>("scale"), read<number>("offset")];
    return elementwise(x, (y) => y.mul(scale).add(offset));
  },
};

/** 1 where any feature differs from `value`, [b, t]. */
export function stepsThatCount(x: np.Array, value: number): np.Array {
  return np.max(x.notEqual(value).astype(np.float32), -1);
}
