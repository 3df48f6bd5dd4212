/**
 * What the layers of TensorFlow.js compute, as jax-js functions.
 *
 * Images are [b, height, width, channels] in TensorFlow.js and [b, channels, height, width] here: every value of rank 4 is held in
 * our order, from the input on, and turned where a layer looks at the order. Kernels keep theirs, [height, width, in, out].
 */
import { lax, nn, numpy as np } from "@jax-js/jax";

type Config = Readonly<Record<string, unknown>>;

/** From a layer's settings, weights and inputs to its output. Inputs are consumed. */
type Layer = (config: Config, weights: readonly np.Array[], inputs: readonly np.Array[]) => np.Array;

/** A layer that has no form here; says which and why. */
export class Unconvertible extends Error {}

const activations: Record<string, (x: np.Array) => np.Array> = {
  linear: (x) => x,
  relu: nn.relu,
  relu6: nn.relu6,
  elu: nn.elu,
  selu: nn.selu,
  sigmoid: nn.sigmoid,
  softplus: nn.softplus,
  softsign: nn.softSign,
  tanh: np.tanh,
  swish: nn.silu,
  gelu: (x) => nn.gelu(x, { approximate: false }),
  softmax: (x) => onLastAxis(x, (y) => nn.softmax(y)),
  logSoftmax: (x) => onLastAxis(x, (y) => nn.logSoftmax(y)),
};

/** [b, c, h, w] → [b, h, w, c]; other ranks as they are. */
export function toChannelsLast(x: np.Array): np.Array {
  return x.ndim === 4 ? np.transpose(x, [0, 2, 3, 1]) : x;
}

/** [b, h, w, c] → [b, c, h, w]; other ranks as they are. */
export function toChannelsFirst(x: np.Array): np.Array {
  return x.ndim === 4 ? np.transpose(x, [0, 3, 1, 2]) : x;
}

/** A function that means the channels when it says the last axis. */
function onLastAxis(x: np.Array, f: (x: np.Array) => np.Array): np.Array {
  return toChannelsFirst(f(toChannelsLast(x)));
}

function activated(config: Config, x: np.Array): np.Array {
  const name = config.activation as string;
  const activation = activations[name];
  if (activation === undefined)
    throw new Unconvertible(`activation "${name}" of layer "${config.name}" has no form in jax-js`);
  return activation(x);
}

/** Requires a setting to be one that the rule below knows. */
function require(config: Config, setting: string, ...known: unknown[]): void {
  if (!known.includes(config[setting] ?? known[0])) {
    throw new Unconvertible(`layer "${config.name}" has ${setting} ${JSON.stringify(config[setting])}`);
  }
}

type Pair = readonly [number, number];

/** Zeros before and after each axis for windows of `size`, as "same" means it: as many places as strides of the image. */
function paddingOf({ padding }: Config, x: np.Array, size: Pair, strides: Pair): [number, number][] {
  return size.map((window, i) => {
    if (padding === "valid") return [0, 0];
    const n = x.shape[i + 2];
    const total = Math.max((Math.ceil(n / strides[i]) - 1) * strides[i] + window - n, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

/** Windows of images, reduced; "same" where it adds nothing. */
function pooled(config: Config, x: np.Array, reduce: (window: np.Array) => np.Array): np.Array {
  require(config, "dataFormat", "channelsLast");
  const [size, strides] = [config.poolSize as Pair, config.strides as Pair];
  if (
    paddingOf(config, x, size, strides)
      .flat()
      .some((n) => n > 0)
  ) {
    throw new Unconvertible(`layer "${config.name}" pools windows that reach over the edge`);
  }
  return lax.reduceWindow(x, reduce, [...size], [...strides]);
}

const identity: Layer = (_config, _weights, [x]) => x;

export const layers: Record<string, Layer> = {
  InputLayer: identity,
  // Random layers do nothing: what is minimised must be the same function at every evaluation.
  Dropout: identity,
  SpatialDropout1D: identity,
  AlphaDropout: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,

  Dense(config, [kernel, bias], [x]) {
    const z = onLastAxis(x, (y) => np.dot(y, kernel));
    return activated(config, config.useBias ? onLastAxis(z, (y) => y.add(bias)) : z);
  },

  Conv2D(config, [kernel, bias], [x]) {
    require(config, "dataFormat", "channelsLast");
    const [strides, dilations, size] = [config.strides as Pair, config.dilationRate as Pair, config.kernelSize as Pair];
    const reach = size.map((n, i) => (n - 1) * dilations[i] + 1) as unknown as Pair;
    const weight = np.transpose(kernel, [3, 2, 0, 1]);
    const z = lax.convGeneralDilated(x, weight, [...strides], paddingOf(config, x, reach, strides), {
      rhsDilation: [...dilations],
    });
    return activated(config, config.useBias ? z.add(bias.reshape([-1, 1, 1])) : z);
  },

  /** By the statistics of the batch, as in training. */
  BatchNormalization(config, weights, [x]) {
    const rank = x.ndim;
    require(config, "axis", -1, rank - 1);
    if (rank !== 2 && rank !== 4) throw new Unconvertible(`layer "${config.name}" normalizes values of rank ${rank}`);
    const channels = x.shape[1];
    const scale = config.scale ? weights[0] : np.ones([channels]);
    const shift = config.center ? weights[config.scale ? 1 : 0] : np.zeros([channels]);
    const [axes, ones] =
      rank === 4
        ? [
            [0, 2, 3],
            [1, 1],
          ]
        : [[0], []];
    const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
    const variance = np.square(centred.ref).mean(axes, { keepdims: true });
    return centred
      .div(np.sqrt(variance.add(config.epsilon as number)))
      .mul(scale.reshape([channels, ...ones]))
      .add(shift.reshape([channels, ...ones]));
  },

  MaxPooling2D: (config, _weights, [x]) => pooled(config, x, (window) => np.max(window)),
  AveragePooling2D: (config, _weights, [x]) => pooled(config, x, (window) => np.mean(window)),
  GlobalAveragePooling2D: (_config, _weights, [x]) => np.mean(x, [2, 3]),
  GlobalMaxPooling2D: (_config, _weights, [x]) => np.max(x, [2, 3]),

  Activation: (config, _weights, [x]) => activated(config, x),
  ReLU(config, _weights, [x]) {
    require(config, "maxValue", undefined, null);
    return nn.relu(x);
  },
  Softmax(config, _weights, [x]) {
    require(config, "axis", -1);
    return activations.softmax(x);
  },

  Flatten(config, _weights, [x]) {
    require(config, "dataFormat", "channelsLast");
    return toChannelsLast(x).reshape([x.shape[0], -1]);
  },
  Reshape: (config, _weights, [x]) =>
    toChannelsFirst(toChannelsLast(x).reshape([x.shape[0], ...(config.targetShape as number[])])),
  Embedding(config, [table], [x]) {
    require(config, "maskZero", false, null);
    return table.slice(x.astype(np.int32));
  },

  Add: (_config, _weights, inputs) => inputs.reduce((sum, x) => sum.add(x)),
  Concatenate(config, _weights, inputs) {
    const rank = inputs[0].ndim;
    require(config, "axis", -1, rank - 1);
    return toChannelsFirst(np.concatenate(inputs.map(toChannelsLast), -1));
  },
};
