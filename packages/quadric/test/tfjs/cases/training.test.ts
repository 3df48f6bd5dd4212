/** What people report of getting started: each case is a claim about what `fitTfjs` does with it. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fitTfjs, type TfjsFitOptions } from "../../../src/tfjs.ts";
import { glorot, lossBy, net, normal, plane } from "./networks.ts";

const L = tfl.layers;
const mse = "meanSquaredError";

let tensors = 0;
beforeAll(async () => {
  await tf.setBackend("cpu");
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  tf.disposeVariables();
});

describe("targets", () => {
  test("[n] are as [n, 1]", async () => {
    const { x, y } = plane();
    const model = net();
    const { loss } = await fitTfjs(model, x, tf.reshape(y, [40]), { loss: mse, epochs: 60 });
    expect(loss).toBeLessThan(1e-3);
    expect(lossBy(model, mse, x, y)).toBeCloseTo(loss, 6);
  });

  test.each([
    [[40, 3], mse, /y must have shape \[n, 1\] for the output "\w+", got \[40,3\]/],
    [[40, 1, 1], mse, /got \[40,1,1\]/],
    [[39, 1], mse, /same number of examples, got 40 and 39/],
  ])("of shape %s are refused by the model's shape", async (shape, loss, message) => {
    const { x } = plane();
    await expect(fitTfjs(net(), x, tf.zeros(shape), { loss: loss as typeof mse })).rejects.toThrow(message);
  });

  test("that are labels do not go with a loss of one-hot rows", async () => {
    const { x } = plane();
    const options = { loss: "categoricalCrossentropy" } as const;
    await expect(fitTfjs(net(3, "softmax"), x, tf.zeros([40, 1]), options)).rejects.toThrow(/\[n, 3\].*got \[40,1\]/);
  });

  test.each([3, -1, 0.5])("with the class %s of three are refused", async (label) => {
    const { x } = plane();
    const y = tf.tensor1d(Array.from({ length: 40 }, (_, i) => (i === 7 ? label : i % 3)));
    await expect(fitTfjs(net(3, "softmax"), x, y, { loss: "sparseCategoricalCrossentropy" })).rejects.toThrow(
      `integers from 0 to 2 for the output "`,
    );
  });
});

test.each([5, -1, 0.5])("an embedding refuses the index %s of five", async (index) => {
  const model = tfl.sequential({
    layers: [
      L.embedding({ inputDim: 5, outputDim: 2, inputLength: 2, inputShape: [2] }),
      L.flatten(),
      L.dense({ units: 1 }),
    ],
  });
  await expect(fitTfjs(model, tf.tensor2d([[0, index]]), tf.zeros([1, 1]), { loss: mse })).rejects.toThrow(
    /x must hold integers from 0 to 4 for the layer "embedding_/,
  );
});

describe("every output shape", () => {
  const recurrent = () =>
    tfl.sequential({
      layers: [
        L.simpleRNN({
          units: 8,
          returnSequences: true,
          inputShape: [2, 1],
          kernelInitializer: glorot(1),
          recurrentInitializer: glorot(3),
        }),
        L.timeDistributed({ layer: L.dense({ units: 1, kernelInitializer: glorot(2) }) }),
      ],
    });

  test.each(["compiled", "tfjs"] as const)("has the mean over its places as loss, by the route %s", async (route) => {
    const s = tf.reshape(normal([40, 2]), [40, 2, 1]);
    const model = recurrent();
    const run = await fitTfjs(model, s, tf.sin(s), { loss: mse, steps: 12, route });
    expect(run.route).toBe(route);
    expect(run.loss).toBeLessThan(0.02);
    expect(lossBy(model, mse, s, tf.sin(s))).toBeCloseTo(run.loss, 6);
  });
});

test("an activation of a sequence is taken of each step alone", async () => {
  const rnn = L.gru({ units: 3, returnSequences: true, inputShape: [3, 1], recurrentInitializer: "glorotNormal" });
  const model = tfl.sequential({ layers: [rnn, L.activation({ activation: "tanh" }), L.dense({ units: 1 })] });
  const run = await fitTfjs(model, normal([6, 3, 1]), normal([6, 3, 1], 2), { loss: mse, steps: 2 });
  expect(run).toMatchObject({ route: "compiled", reason: undefined });
});

test("a block that is applied twice has one set of weights and two calls", async () => {
  const { x, y } = plane();
  const block = tfl.sequential({
    layers: [L.dense({ units: 2, activation: "tanh", inputShape: [2], kernelInitializer: glorot(4) })],
  });
  const input = tfl.input({ shape: [2] });
  const hidden = block.apply(block.apply(input)) as tfl.SymbolicTensor;
  const model = tfl.model({
    inputs: input,
    outputs: L.dense({ units: 1, kernelInitializer: glorot(5) }).apply(hidden) as tfl.SymbolicTensor,
  });
  const { loss, route } = await fitTfjs(model, x, y, { loss: mse, epochs: 30 });
  expect(route).toBe("compiled");
  expect(lossBy(model, mse, x, y)).toBeCloseTo(loss, 6);
});

describe("losses as TensorFlow.js has them", () => {
  test.each([
    ["categoricalCrossentropy", "sigmoid"],
    ["categoricalCrossentropy", "softmax"],
    ["binaryCrossentropy", "linear"],
    ["binaryCrossentropy", "sigmoid"],
    ["kullbackLeiblerDivergence", "softmax"],
    ["meanAbsoluteError", "linear"],
    ["poisson", "sigmoid"],
    ["cosineProximity", "linear"],
    ["logcosh", "linear"],
  ] as const)("%s after %s is the same before, during and after", async (loss, link) => {
    const { x } = plane();
    const y = tf.oneHot(tf.reshape(tf.cast(tf.greater(tf.slice(x, [0, 0], [40, 1]), 0), "int32"), [-1]), 2);
    const model = net(2, link);
    const seen: [number, number][] = [];
    const evaluate = () => lossBy(model, loss, x, tf.cast(y, "float32"));
    const before = evaluate();
    const run = await fitTfjs(model, x, y, {
      loss,
      steps: 8,
      callbacks: (event) => seen.push([event.loss, evaluate()]),
    });
    expect(Math.abs(run.steps[0].loss - before)).toBeLessThan(2e-6 * Math.max(1, Math.abs(before)));
    // A row has the loss before its step, the model the weights after it; a rejected step leaves them.
    for (let k = 1; k < seen.length; k++) expect(Math.abs(seen[k][0] - seen[k - 1][1])).toBeLessThan(3e-6);
    expect(Math.abs(run.loss - evaluate())).toBeLessThan(3e-6);
  });
});

describe("several inputs and outputs", () => {
  const branches = () => {
    const inputs = [tfl.input({ shape: [2], name: "left" }), tfl.input({ shape: [1], name: "right" })];
    const hidden = L.dense({ units: 6, activation: "tanh", kernelInitializer: glorot(1) }).apply(
      L.concatenate().apply(inputs) as tfl.SymbolicTensor,
    ) as tfl.SymbolicTensor;
    const outputs = [
      L.dense({ units: 1, name: "value", kernelInitializer: glorot(2) }).apply(hidden),
      L.dense({ units: 2, name: "kind", activation: "softmax", kernelInitializer: glorot(3) }).apply(hidden),
    ] as tfl.SymbolicTensor[];
    return tfl.model({ inputs, outputs });
  };
  const data = () => {
    const { x, y } = plane();
    const kind = tf.cast(tf.greater(y, 0), "float32");
    return { left: x, right: tf.slice(x, [0, 0], [40, 1]), value: y, kind };
  };
  const loss = { value: mse, kind: "sparseCategoricalCrossentropy" } as const;

  test("are given in order or by name, with the share of each loss", async () => {
    const { left, right, value, kind } = data();
    const [inOrder, byName] = [branches(), branches()];
    const options = { loss, lossWeights: { value: 2, kind: 0.5 }, epochs: 12 };
    const a = await fitTfjs(inOrder, [left, right], [value, kind], options);
    const b = await fitTfjs(byName, { left, right }, { kind, value }, { ...options, lossWeights: [2, 0.5] });
    expect(a.loss).toBe(b.loss);
    const [p, q] = inOrder.predict([left, right]) as tf.Tensor[];
    const terms = [tfl.metrics.meanSquaredError(value, p), tfl.metrics.sparseCategoricalAccuracy(kind, q)];
    expect(tf.mean(terms[0]).dataSync()[0]).toBeLessThan(a.loss / 2 + 1e-6);
    expect(a.loss).toBeLessThan(0.2);
  });

  test("are refused in other numbers", async () => {
    const { left, right, value } = data();
    await expect(fitTfjs(branches(), [left], [value, value], { loss })).rejects.toThrow(
      "x must be a tensor for each of left, right, got a list of 1",
    );
    await expect(fitTfjs(branches(), [left, right], value, { loss })).rejects.toThrow(
      "y must be a tensor for each of value, kind, got one tensor",
    );
  });
});

describe("the habits of model.fit", () => {
  test("a compiled model has its own loss and metrics, and the result is a history", async () => {
    const { x } = plane();
    const y = tf.cast(tf.greater(tf.sum(x, 1), 0), "float32");
    const model = net(1, "sigmoid");
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
    const run = await fitTfjs(model, x, y, { epochs: 6, validationSplit: 0.25, batchSize: 64 });
    expect(run.epoch).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Object.keys(run.history).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
    expect(run.history.loss).toHaveLength(6);
    // The metrics are those of the weights that the model has now, on either part of the data.
    const [loss, accuracy] = tf.tidy(() =>
      (model.evaluate(tf.slice(x, [30, 0], [10, 2]), tf.slice(y, [30], [10])) as tf.Scalar[]).map(
        (t) => t.dataSync()[0],
      ),
    );
    expect(run.metrics.val_loss).toBeCloseTo(loss, 6);
    expect(run.metrics.val_acc).toBe(accuracy);
    expect(run.loss).toBeLessThan(run.history.loss[0]);
  });

  test("callbacks of TensorFlow.js see the current weights, and stop the run", async () => {
    const { x, y } = plane();
    const model = net();
    const calls: string[] = [];
    const losses: number[] = [];
    const run = await fitTfjs(model, x, y, {
      loss: mse,
      epochs: 20,
      callbacks: {
        onTrainBegin: () => void calls.push("train"),
        onEpochBegin: (e: number) => void calls.push(`begin ${e}`),
        onEpochEnd: (e: number, logs?: Record<string, unknown>) => {
          calls.push(`end ${e}`);
          losses.push(logs!.loss as number, lossBy(model, mse, x, y));
          if (e === 3) model.stopTraining = true;
        },
        onTrainEnd: () => void calls.push("over"),
      },
    });
    expect(calls).toEqual([
      "train",
      "begin 0",
      "end 0",
      "begin 1",
      "end 1",
      "begin 2",
      "end 2",
      "begin 3",
      "end 3",
      "over",
    ]);
    expect(losses[2]).toBeCloseTo(losses[1], 6);
    expect(run.status).toBe("stopped");
    const stopping = await fitTfjs(net(), x, y, {
      loss: mse,
      epochs: 50,
      validationData: [x, tf.neg(y)],
      callbacks: tfl.callbacks?.earlyStopping?.({ monitor: "val_loss", patience: 1 }) ?? [],
    });
    expect(stopping.epoch.length).toBeLessThan(10);
  });

  test("weights of classes and of examples are factors of the losses", async () => {
    const { x } = plane();
    const y = tf.cast(tf.greater(tf.sum(x, 1), 0), "float32");
    const factors = tf.add(tf.mul(y, 2), 1);
    const options = { loss: "binaryCrossentropy", epochs: 4 } as const;
    const a = await fitTfjs(net(1, "sigmoid"), x, y, { ...options, classWeight: { 0: 1, 1: 3 } });
    const b = await fitTfjs(net(1, "sigmoid"), x, y, { ...options, sampleWeight: factors });
    expect(a.loss).toBe(b.loss);
    const plain = await fitTfjs(net(1, "sigmoid"), x, y, options);
    expect(a.steps[0].loss).toBeGreaterThan(1.2 * plain.steps[0].loss);
    await expect(fitTfjs(net(1, "sigmoid"), x, y, { ...options, classWeight: { 0: 1 } })).rejects.toThrow(
      /for class 1, got undefined/,
    );
  });

  test("an epoch is a pass over the data, whatever becomes of its steps", async () => {
    const { x, y } = plane();
    const whole = await fitTfjs(net(), x, y, { loss: mse, epochs: 5, batchSize: 1000 });
    expect([whole.epoch.length, whole.steps.length]).toEqual([5, 5]);
    const parts = await fitTfjs(net(), x, y, { loss: mse, epochs: 3, batchSize: 10 });
    expect([parts.epoch.length, parts.steps.length]).toEqual([3, 12]);
  });

  test.each([
    [{ validationsplit: 0.1 }, /an option must be one of .*got validationsplit/],
    [{ optimizer: "adam" }, /optimizer must be one of quadric's, such as trustRegion\(\), got "adam"/],
    [{ shuffle: false }, /shuffle must be true/],
    [{ loss: "meanSquareError" }, /loss must be a function or one of .*got "meanSquareError"/],
    [{ validationSplit: 1 }, /validationSplit must be in \[0, 1\), got 1/],
    [{ epochs: 1.5 }, /epochs must be an integer/],
  ])("%o is refused", async (options, message) => {
    const { x, y } = plane();
    await expect(fitTfjs(net(), x, y, { loss: mse, ...options } as unknown as TfjsFitOptions)).rejects.toThrow(message);
  });

  test("what cannot be trained is refused with its reason", async () => {
    const { x, y } = plane();
    await expect(fitTfjs(net(), x, y)).rejects.toThrow(
      /loss must be given for the output "\w+", or the model compiled with one/,
    );
    const frozen = net();
    for (const layer of frozen.layers) layer.trainable = false;
    await expect(fitTfjs(frozen, x, y, { loss: mse })).rejects.toThrow("every layer is frozen");
    const bounded = tfl.sequential({ layers: [L.dense({ units: 1, inputShape: [2], kernelConstraint: "nonNeg" })] });
    await expect(fitTfjs(bounded, x, y, { loss: mse })).rejects.toThrow(/got a constraint on "dense_\w+\/kernel"/);
    const stateful = tfl.sequential({
      layers: [
        L.simpleRNN({ units: 2, stateful: true, batchInputShape: [40, 2, 1], recurrentInitializer: "zeros" }),
        L.dense({ units: 1 }),
      ],
    });
    await expect(fitTfjs(stateful, tf.reshape(x, [40, 2, 1]), y, { loss: mse })).rejects.toThrow(
      /stateful layer "simple_rnn_/,
    );
  });
});

test("no tensors stay allocated on the compiled route, with everything that is evaluated", async () => {
  const { x, y } = plane();
  const model = tfl.sequential({
    layers: [
      L.dense({ units: 4, inputShape: [2] }),
      L.batchNormalization(),
      L.dense({ units: 1, kernelRegularizer: "l1l2" }),
    ],
  });
  const before = tf.memory().numTensors;
  await fitTfjs(model, x, y, {
    loss: mse,
    metrics: ["mae"],
    validationSplit: 0.2,
    epochs: 4,
    batchSize: 8,
    callbacks: { onEpochEnd: () => {} },
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(tensors).toBeLessThan(before);
});
