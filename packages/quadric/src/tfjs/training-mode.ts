/**
 * A LayersModel as a function that is the same at every evaluation: batches normalized by their own statistics, as in
 * training, but no dropout or noise, and moving averages left alone.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** The settings of layers that are changed for a while, under the names that TensorFlow.js keeps them by. */
interface Settings {
  readonly layers?: readonly Settings[];
  readonly layer?: Settings;
  readonly forwardLayer?: Settings;
  readonly backwardLayer?: Settings;
  readonly cell?: Settings;
  readonly cells?: readonly Settings[];
  getClassName(): string;
  momentum?: number;
  rate?: number;
  stddev?: number;
  dropout?: number;
  recurrentDropout?: number;
}

function* allLayers(layer: Omit<Settings, "getClassName">): Generator<Settings> {
  const { layers = [], cells = [], forwardLayer, backwardLayer, cell } = layer;
  // A layer around two of its own keeps the one that it copied them from.
  const inner = forwardLayer ? undefined : layer.layer;
  for (const one of [...layers, ...cells, forwardLayer, backwardLayer, cell, inner]) {
    if (one === undefined) continue;
    yield one;
    yield* allLayers(one);
  }
}

const noises = ["rate", "stddev", "dropout", "recurrentDropout"] as const;

/**
 * Runs `body` with moving averages of the given momentum (1 keeps them, 0 makes them the last batch's) and without
 * noise.
 */
export function inTraining<T>(model: LayersModel, momentum: number, body: () => T): T {
  const undo: (() => void)[] = [];
  const set = (layer: Settings, key: "momentum" | (typeof noises)[number], value: number) => {
    const before = layer[key];
    if (before === undefined) return;
    layer[key] = value;
    undo.push(() => {
      layer[key] = before;
    });
  };
  try {
    for (const layer of allLayers(model as unknown as Settings)) {
      if (layer.getClassName() === "BatchNormalization") set(layer, "momentum", momentum);
      for (const noise of noises) set(layer, noise, 0);
    }
    return body();
  } finally {
    for (const restore of undo) restore();
  }
}

/**
 * Sets the moving averages of normalizations to the statistics of data at the model's weights:
 *
 *   μ = mean of μ_b,   σ² = mean of σ_b² + (μ_b − μ)²,   over batches b of one size
 */
export function setMovingAverages(model: LayersModel, batches: Iterable<tf.Tensor[]>): void {
  tf.tidy(() => {
    const moving = model.nonTrainableWeights.filter(({ originalName }) => /moving_(mean|variance)$/.test(originalName));
    if (moving.length === 0) return;
    const found: tf.Tensor[][] = [];
    for (const x of batches) {
      inTraining(model, 0, () => model.apply(x.length === 1 ? x[0] : x, { training: true }));
      found.push(moving.map((weight) => weight.read().clone()));
    }
    // Means and variances come in pairs.
    for (let i = 0; i < moving.length; i += 2) {
      const [means, variances] = [i, i + 1].map((j) => tf.stack(found.map((statistics) => statistics[j])));
      const { mean, variance } = tf.moments(means, 0);
      moving[i].write(mean);
      moving[i + 1].write(tf.add(tf.mean(variances, 0), variance));
    }
  });
}
