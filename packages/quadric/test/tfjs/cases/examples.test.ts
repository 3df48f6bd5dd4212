/**
 * Models of the kinds in tfjs-examples that need no download, built and compiled as there, on data of our own. Each is
 * trained twice from the same weights with the same arguments: by `model.fit(x, y, args)` and by
 * `fitTfjs(model, x, y, args)`.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { fitTfjs } from "../../../src/tfjs.ts";
import { makeRandom } from "../../../src/vector/random.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const random = makeRandom(11);
const below = (n: number) => Math.min(n - 1, Math.floor(random.uniform() * n));
const tensor = (shape: number[], f: (i: number) => number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((n, m) => n * m, 1) }, (_, i) => f(i)),
    shape,
    "float32",
  );

/** Initial kernels from our seed instead of none. */
function redraw(model: tfl.LayersModel): void {
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    if (shape.length < 2) continue;
    const scale = 1 / Math.sqrt(shape.slice(0, -1).reduce((n, m) => n * m, 1));
    tf.tidy(() => (weight.read() as tf.Variable).assign(tensor(shape, () => scale * random.normal())));
  }
}

interface Example {
  readonly model: tfl.LayersModel;
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor;
  readonly args: tfl.ModelFitArgs & { readonly epochs: number };
}

/** y = 2x − 1, from six points. */
function gettingStarted(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.dense({ units: 1, inputShape: [1] }));
  model.compile({ loss: "meanSquaredError", optimizer: "sgd" });
  const xs = [-1, 0, 1, 2, 3, 4];
  return {
    model,
    x: tf.tensor2d(xs, [6, 1]),
    y: tf.tensor2d(
      xs.map((x) => 2 * x - 1),
      [6, 1],
    ),
    args: { epochs: 20 },
  };
}

/** Fuel use from horsepower, as the codelab on 2-D data has it. */
function codelab(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.dense({ inputShape: [1], units: 50, useBias: true }));
  model.add(tfl.layers.dense({ units: 50, activation: "sigmoid" }));
  model.add(tfl.layers.dense({ units: 1, useBias: true }));
  model.compile({ optimizer: tf.train.adam(), loss: tf.losses.meanSquaredError as never, metrics: ["mse"] });
  const x = tensor([392, 1], () => random.uniform());
  const horsepower = x.dataSync();
  const y = tensor([392, 1], (i) => 0.9 / (1 + 4 * horsepower[i]) + 0.03 * random.normal());
  return { model, x, y, args: { batchSize: 32, epochs: 5, shuffle: true, callbacks: { onEpochEnd: () => {} } } };
}

/** Prices of houses from twelve numbers: two layers of 50 sigmoids. */
function housing(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.dense({ inputShape: [12], units: 50, activation: "sigmoid", kernelInitializer: "leCunNormal" }));
  model.add(tfl.layers.dense({ units: 50, activation: "sigmoid", kernelInitializer: "leCunNormal" }));
  model.add(tfl.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
  const x = tensor([240, 12], () => random.normal());
  const features = x.dataSync();
  const y = tensor(
    [240],
    (i) => 22 + 5 * features[12 * i] - 3 * features[12 * i + 1] * features[12 * i + 2] + random.normal(),
  );
  return { model, x, y, args: { batchSize: 40, epochs: 30, validationSplit: 0.2 } };
}

function iris(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.dense({ units: 10, activation: "sigmoid", inputShape: [4] }));
  model.add(tfl.layers.dense({ units: 3, activation: "softmax" }));
  model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const x = tensor([150, 4], (k) => (Math.floor(k / 4) % 3) * ((k % 4) - 1) + 0.8 * random.normal());
  const y = tensor([150, 3], (k) => Number(Math.floor(k / 3) % 3 === k % 3));
  return { model, x, y, args: { epochs: 12, validationData: [x, y] } };
}

/** Phishing sites from thirty marks, with a weight for the rarer class. */
function phishing(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.dense({ inputShape: [30], units: 100, activation: "sigmoid" }));
  model.add(tfl.layers.dense({ units: 100, activation: "sigmoid" }));
  model.add(tfl.layers.dense({ units: 1, activation: "sigmoid" }));
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const x = tensor([300, 30], () => below(3) - 1);
  const marks = x.dataSync();
  const y = tensor([300, 1], (i) => Number(marks[30 * i] + marks[30 * i + 3] * marks[30 * i + 7] > 0));
  return { model, x, y, args: { batchSize: 100, epochs: 6, classWeight: { 0: 1, 1: 2 } } };
}

/** Sums of two digits, read and written one symbol after another. */
function additionRnn(): Example {
  const symbols = "0123456789+ ";
  const model = tfl.sequential();
  model.add(tfl.layers.lstm({ units: 16, recurrentInitializer: "glorotNormal", inputShape: [3, 12] }));
  model.add(tfl.layers.repeatVector({ n: 2 }));
  model.add(tfl.layers.lstm({ units: 16, recurrentInitializer: "glorotNormal", returnSequences: true }));
  model.add(tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units: 12 }) }));
  model.add(tfl.layers.activation({ activation: "softmax" }));
  model.compile({ loss: "categoricalCrossentropy", optimizer: "adam", metrics: ["accuracy"] });
  const pairs = Array.from({ length: 100 }, (_, i) => [i % 10, Math.floor(i / 10)]);
  const encode = (texts: string[], length: number) =>
    tensor([100, length, 12], (k) =>
      Number(symbols[k % 12] === texts[Math.floor(k / (12 * length))].padEnd(length)[Math.floor(k / 12) % length]),
    );
  return {
    model,
    x: encode(
      pairs.map(([a, b]) => `${a}+${b}`),
      3,
    ),
    y: encode(
      pairs.map(([a, b]) => `${a + b}`),
      2,
    ),
    args: { epochs: 6, batchSize: 50 },
  };
}

/**
 * Dates from one notation to another: a decoder that starts in a summary of the encoder's steps and attends to them.
 */
function dateConversion(): Example {
  const [vocabulary, length, units] = [12, 4, 8];
  const [encoderInput, decoderInput] = [tfl.input({ shape: [length] }), tfl.input({ shape: [length] })];
  const embedding = (input: tfl.SymbolicTensor) =>
    tfl.layers
      .embedding({ inputDim: vocabulary, outputDim: 6, inputLength: length })
      .apply(input) as tfl.SymbolicTensor;
  const lstm = { units, returnSequences: true, recurrentInitializer: "glorotNormal" as const };
  const steps = tfl.layers.lstm(lstm).apply(embedding(encoderInput)) as tfl.SymbolicTensor;
  const summary = tfl.layers.globalMaxPooling1d().apply(steps) as tfl.SymbolicTensor;
  const decoder = tfl.layers.lstm(lstm).apply([embedding(decoderInput), summary, summary]) as tfl.SymbolicTensor;
  const scores = tfl.layers.dot({ axes: [2, 2] }).apply([decoder, steps]) as tfl.SymbolicTensor;
  const attention = tfl.layers.activation({ activation: "softmax" }).apply(scores) as tfl.SymbolicTensor;
  const context = tfl.layers.dot({ axes: [2, 1] }).apply([attention, steps]) as tfl.SymbolicTensor;
  const combined = tfl.layers.concatenate().apply([context, decoder]) as tfl.SymbolicTensor;
  const hidden = tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units, activation: "tanh" }) }).apply(combined);
  const outputs = tfl.layers
    .timeDistributed({ layer: tfl.layers.dense({ units: vocabulary, activation: "softmax" }) })
    .apply(hidden) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: [encoderInput, decoderInput], outputs });
  model.compile({ loss: "categoricalCrossentropy", optimizer: "adam" });
  const source = Float32Array.from({ length: 80 * length }, () => 2 + below(10));
  const target = source.map((_, k) => source[k - (k % length) + length - 1 - (k % length)]);
  const shifted = target.map((_, k) => (k % length === 0 ? 1 : target[k - 1]));
  const y = tensor([80, length, vocabulary], (k) => Number(target[Math.floor(k / vocabulary)] === k % vocabulary));
  return {
    model,
    x: [tensor([80, length], (k) => source[k]), tensor([80, length], (k) => shifted[k])],
    y,
    args: { epochs: 4, batchSize: 40 },
  };
}

/** The next character of a text. */
function textGeneration(): Example {
  const text = "to be or not to be, that is the question: whether tis nobler in the mind to suffer ".repeat(2);
  const symbols = [...new Set(text)];
  const [n, length, k] = [100, 6, symbols.length];
  const model = tfl.sequential();
  model.add(tfl.layers.lstm({ units: 16, recurrentInitializer: "glorotNormal", inputShape: [length, k] }));
  model.add(tfl.layers.dense({ units: k, activation: "softmax" }));
  model.compile({ optimizer: tf.train.rmsprop(0.01), loss: "categoricalCrossentropy" });
  const x = tensor([n, length, k], (j) =>
    Number(symbols[j % k] === text[Math.floor(j / (length * k)) + (Math.floor(j / k) % length)]),
  );
  const y = tensor([n, k], (j) => Number(symbols[j % k] === text[Math.floor(j / k) + length]));
  return { model, x, y, args: { epochs: 5, batchSize: 50 } };
}

/**
 * Where a shape lies in a synthetic image, and whether it is a triangle or a rectangle; a loss of its own that scales
 * both.
 */
function objectDetection(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: "relu", inputShape: [8, 8, 1] }));
  model.add(tfl.layers.flatten());
  model.add(tfl.layers.dense({ units: 12, activation: "relu" }));
  model.add(tfl.layers.dense({ units: 5 }));
  const multiplier = tf.tensor1d([8, 1, 1, 1, 1]);
  const scaled = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
    tfl.metrics.meanSquaredError(tf.mul(yTrue, multiplier), tf.mul(yPred, multiplier));
  model.compile({ loss: scaled as never, optimizer: "rmsprop" });
  const boxes = Array.from({ length: 40 }, () => ({ isTriangle: below(2), left: below(4), top: below(4), size: 3 }));
  const x = tensor([40, 8, 8, 1], (k) => {
    const { isTriangle, left, top, size } = boxes[Math.floor(k / 64)];
    const [row, column] = [(Math.floor(k / 8) % 8) - top, (k % 8) - left];
    return Number(row >= 0 && column >= 0 && row < size && column < size && (!isTriangle || row >= column));
  });
  const y = tensor([40, 5], (k) => {
    const { isTriangle, left, top, size } = boxes[Math.floor(k / 5)];
    return [isTriangle, left, left + size, top, top + size][k % 5] / (k % 5 === 0 ? 1 : 8);
  });
  return { model, x, y, args: { epochs: 6, batchSize: 40 } };
}

/** Temperature a while ahead, by a GRU with dropout on a window of several measurements. */
function weather(): Example {
  const model = tfl.sequential();
  model.add(
    tfl.layers.gru({
      units: 8,
      inputShape: [10, 3],
      dropout: 0.1,
      recurrentDropout: 0.1,
      recurrentInitializer: "glorotNormal",
    }),
  );
  model.add(tfl.layers.dense({ units: 1 }));
  model.compile({ optimizer: "rmsprop", loss: "meanAbsoluteError" });
  const at = (t: number, c: number) => Math.sin(t / 5 + c) + 0.3 * Math.sin(t / 1.7);
  const x = tensor([120, 10, 3], (k) => at(Math.floor(k / 30) + (Math.floor(k / 3) % 10), k % 3));
  return { model, x, y: tensor([120, 1], (i) => at(i + 14, 0)), args: { epochs: 6, batchSize: 60 } };
}

/** A new head on a network that stays as it is. */
function transferLearning(): Example {
  const base = tfl.sequential();
  base.add(tfl.layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }));
  base.add(tfl.layers.maxPooling2d({ poolSize: 2 }));
  for (const layer of base.layers) layer.trainable = false;
  const model = tfl.sequential();
  model.add(base);
  model.add(tfl.layers.flatten());
  model.add(tfl.layers.dense({ units: 16, activation: "relu" }));
  model.add(tfl.layers.dropout({ rate: 0.25 }));
  model.add(tfl.layers.dense({ units: 3, useBias: false, activation: "softmax" }));
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy" });
  const labels = Array.from({ length: 90 }, (_, i) => i % 3);
  const x = tensor(
    [90, 8, 8, 1],
    (k) =>
      Number([Math.floor(k / 8) % 8, k % 8, (k + Math.floor(k / 8)) % 8][labels[Math.floor(k / 64)]] === 3) +
      0.3 * random.normal(),
  );
  return {
    model,
    x,
    y: tensor([90, 3], (k) => Number(labels[Math.floor(k / 3)] === k % 3)),
    args: { epochs: 5, batchSize: 45 },
  };
}

/** A small convolutional network with normalization on images of ten classes. */
function images(): Example {
  const model = tfl.sequential();
  model.add(tfl.layers.conv2d({ inputShape: [12, 12, 1], kernelSize: 3, filters: 4, activation: "relu" }));
  model.add(tfl.layers.maxPooling2d({ poolSize: 2, strides: 2 }));
  model.add(tfl.layers.conv2d({ kernelSize: 3, filters: 8, activation: "relu" }));
  model.add(tfl.layers.batchNormalization());
  model.add(tfl.layers.flatten());
  model.add(tfl.layers.dense({ units: 10, activation: "softmax" }));
  model.compile({ optimizer: "rmsprop", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const x = tensor([100, 12, 12, 1], (k) => {
    const label = Math.floor(k / 144) % 10;
    return (
      Number((Math.floor(k / 12) % 12) % (label + 1) === 0) -
      Number((k % 12) % (10 - label) === 0) +
      0.2 * random.normal()
    );
  });
  return {
    model,
    x,
    y: tensor([100, 10], (k) => Number(Math.floor(k / 10) % 10 === k % 10)),
    args: { epochs: 3, batchSize: 50, validationSplit: 0.2 },
  };
}

describe("tfjs-examples, one line changed", () => {
  test.each([
    ["getting-started", gettingStarted, "compiled"],
    ["the codelab on 2-D data", codelab, "compiled"],
    ["multivariate linear regression", housing, "compiled"],
    ["iris", iris, "compiled"],
    ["website-phishing", phishing, "compiled"],
    ["addition-rnn", additionRnn, "compiled"],
    ["date-conversion-attention", dateConversion, "compiled"],
    ["lstm-text-generation", textGeneration, "compiled"],
    ["simple-object-detection", objectDetection, "tfjs"],
    ["jena-weather", weather, "compiled"],
    ["webcam-transfer-learning", transferLearning, "compiled"],
    ["mnist", images, "compiled"],
  ] as const)("%s ends lower than by model.fit", async (_, build, route) => {
    const { model, x, y, args } = build();
    redraw(model);
    const start = model.getWeights().map((weight) => weight.clone());
    const evaluate = () => tf.tidy(() => ([model.evaluate(x, y)].flat() as tf.Scalar[])[0].dataSync()[0]);

    await model.fit(x, y, { ...args, verbose: 0, shuffle: false });
    const theirs = evaluate();
    model.setWeights(start);
    const before = tf.memory().numTensors;
    const run = await fitTfjs(model, x, y, args as Parameters<typeof fitTfjs>[3]);
    expect(tf.memory().numTensors).toBe(before);
    expect(run.route).toBe(route);
    // A run may end earlier because it is done.
    expect(run.epoch.length).toBeLessThanOrEqual(args.epochs);
    const ours = evaluate();
    expect(ours).toBeLessThan(theirs);
  });
});
