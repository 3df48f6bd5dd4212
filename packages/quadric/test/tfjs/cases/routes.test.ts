/** Both routes from a LayersModel: the same function, its derivatives, and what training makes of it. */
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { norms } from "../../../src/norm/norms.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import { convertTfjs } from "../../../src/tfjs/convert.ts";
import { converters } from "../../../src/tfjs/layers/table.ts";
import type { TfjsLossFunction, TfjsLossName } from "../../../src/tfjs/losses.ts";
import { lossesOfModel } from "../../../src/tfjs/losses-of-model.ts";
import { closuresOfModel } from "../../../src/tfjs/objective.ts";
import { compiledProblem } from "../../../src/tfjs/problem.ts";
import { fitTfjs } from "../../../src/tfjs.ts";
import { makeRandom } from "../../../src/vector/random.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import "../../helpers/matchers.ts";

/** What `trustRegion` takes on parts of the data. */
const cautious = {
  norm: norms.rmsprop(),
  radius: { initial: 0.05, max: 10, grow: 1.1, shrink: 1.25 },
  acceptance: { eta2: 0.95 },
  subproblem: { stoppingRule: "decrease", maxProducts: 5 },
} as const;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const seeded = (seed: number) => tfl.initializers.glorotUniform({ seed });

/** A convolution, normalization, pooling and dense layers for images of 8×8×2. */
function network({
  activation = "tanh",
  pooling = "average",
}: {
  activation?: "tanh" | "relu" | "elu";
  pooling?: "average" | "max";
} = {}) {
  const pool = { poolSize: 2 };
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [8, 8, 2],
        filters: 4,
        kernelSize: 3,
        padding: "same",
        activation,
        kernelInitializer: seeded(1),
      }),
      tfl.layers.batchNormalization(),
      pooling === "max" ? tfl.layers.maxPooling2d(pool) : tfl.layers.averagePooling2d(pool),
      tfl.layers.dropout({ rate: 0.5 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 6, activation, kernelInitializer: seeded(2) }),
      tfl.layers.dense({ units: 3, activation: "softmax", kernelInitializer: seeded(3) }),
    ],
  });
}

/** Noisy images of three classes. */
function data(n: number) {
  const random = makeRandom(5);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  const x = Float32Array.from(
    { length: n * 128 },
    (_, i) => random.normal() + labels[Math.floor(i / 128)] * Math.sin(i % 128),
  );
  const y = new Float32Array(3 * n);
  labels.forEach((label, i) => {
    y[3 * i + label] = 1;
  });
  return { x: { shape: [n, 8, 8, 2], data: x }, y: { shape: [n, 3], data: y } };
}

const loss = "categoricalCrossentropy";

/** The model on the compiled route. */
async function compiled(model: tfl.LayersModel) {
  const problem = compiledProblem(model, lossesOfModel(model, { loss }).outputs, [[2, 8, 8, 2]]);
  return compileObjective(problem as never, { backend: onnx() });
}

const tfjsObjective = (model: tfl.LayersModel, of: TfjsLossName | TfjsLossFunction) =>
  closuresOfModel(model, lossesOfModel(model, { loss: of }).outputs);

/** As the objectives take it: a list for the inputs and one for the outputs. */
const listed = ({ x, y }: ReturnType<typeof data>) => ({ x: [x], y: [y] });

const normals = (like: Vector) => {
  const random = makeRandom(9);
  return Float32Array.from(like, () => random.normal());
};

describe("both routes", () => {
  test.each([
    ["smooth", network()],
    ["with ELU", network({ activation: "elu" })],
    ["with ReLU and max pooling", network({ activation: "relu", pooling: "max" })],
  ])("agree on values, gradients and Hessian products of a model %s", async (_, model) => {
    const batch = listed(data(12));
    const theirs = tfjsObjective(model, loss);
    const ours = await compiled(model);
    const w = theirs.initial;
    const [a, b] = [await ours.linearize(w, batch as never, "hessian"), await theirs.linearize(w, batch, "hessian")];
    expect(b.value).toBeAllclose(a.value, { relative: 1e-5 });
    expect(b.gradient).toBeAllclose(a.gradient, { relative: 1e-5 });
    const v = normals(w);
    expect(await b.curvature.multiply(v)).toBeAllclose(await a.curvature.multiply(v), { relative: 1e-4 });
    expect(theirs.products?.by).toBe("double-backprop");
    expect(theirs.warnings).toEqual([]);
    ours.dispose();
  });

  test("lower the loss alike and leave no tensors allocated", async () => {
    const { x, y } = data(18);
    // TensorFlow.js has no Gauss–Newton products, so both take the Hessian; a cautious search without pairs, which
    // rounding does not turn.
    const optimizer = trustRegion({ ...cautious, curvature: "hessian", preconditioner: { memory: 0 } });
    const options = { steps: 8, optimizer };
    const ends: number[] = [];
    for (const route of ["compiled", "tfjs"] as const) {
      const model = network();
      const before = tf.memory().numTensors;
      const counts = new Set<number>();
      const callbacks = [() => counts.add(tf.memory().numTensors)];
      const run = await fitTfjs(model, x, y, { loss, ...options, route, callbacks: route === "tfjs" ? callbacks : [] });
      expect(tf.memory().numTensors).toBe(before);
      expect(counts.size).toBeLessThanOrEqual(1);
      expect(run).toMatchObject({ route, reason: undefined });
      const [first, last] = [run.steps[0].loss, run.steps[7].loss];
      expect(last).toBeLessThan(0.1 * first);
      ends.push(last);
    }
    // The largest probability below 1 is 6e-8 below; TensorFlow.js takes the logarithm of probabilities, the compiled
    // route that of logits.
    expect(Math.abs(ends[0] - ends[1])).toBeLessThan(6e-8);
  });
});

describe("fitTfjs()", () => {
  test("leaves trained weights and averages for inference in the model", async () => {
    const model = network();
    const { x, y } = data(60);
    await fitTfjs(model, x, y, { loss, steps: 20, batchSize: 60 });
    const hits = tf.tidy(() => {
      const predicted = tf.argMax(model.predict(tf.tensor(x.data, [60, 8, 8, 2])) as tf.Tensor, 1);
      return tf.sum(tf.cast(tf.equal(predicted, tf.argMax(tf.tensor(y.data, [60, 3]), 1)), "int32")).dataSync()[0];
    });
    expect(hits).toBe(60);
  });

  test("takes tensors, classes, and a functional model with two branches", async () => {
    const input = tfl.input({ shape: [4] });
    const hidden = tfl.layers.dense({ units: 5, activation: "tanh", kernelInitializer: seeded(1) }).apply(input);
    const branches = [
      hidden,
      tfl.layers.dense({ units: 5, activation: "sigmoid", kernelInitializer: seeded(2) }).apply(hidden),
    ];
    const joined = tfl.layers.concatenate().apply(branches as tfl.SymbolicTensor[]);
    const output = tfl.layers.dense({ units: 2, activation: "softmax", kernelInitializer: seeded(3) }).apply(joined);
    const model = tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
    const x = tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]);
    const { loss, route } = await fitTfjs(model, x, tf.tensor1d([0, 1, 1, 0]), {
      loss: "sparseCategoricalCrossentropy",
      steps: 15,
    });
    expect(route).toBe("compiled");
    expect(loss).toBeLessThan(0.05);
  });

  test("says why it does not compile, and trains all the same", async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.convLstm2d({
          filters: 1,
          kernelSize: 2,
          inputShape: [2, 3, 3, 1],
          kernelInitializer: seeded(1),
          recurrentInitializer: seeded(2),
        }) as tfl.layers.Layer,
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 1, kernelInitializer: seeded(3) }),
      ],
    });
    const random = makeRandom(1);
    const x = { shape: [6, 2, 3, 3, 1], data: Float32Array.from({ length: 108 }, () => random.normal()) };
    const y = { shape: [6, 1], data: Float32Array.from({ length: 6 }, (_, i) => x.data[18 * i]) };
    const { route, reason, steps, loss } = await fitTfjs(model, x, y, { loss: "meanSquaredError", steps: 5 });
    expect(route).toBe("tfjs");
    expect(reason).toMatch(/layer "conv_lst_m2d_\w+" is a ConvLSTM2D/);
    expect(loss).toBeLessThan(0.5 * steps[0].loss);
    const compiledOnly = { loss: "meanSquaredError", route: "compiled" } as const;
    await expect(fitTfjs(model, x, y, compiledOnly)).rejects.toThrow(/is a ConvLSTM2D/);
  });

  test.each([
    [
      "a loss of tensors",
      () => tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [2] })] }),
      (y: tf.Tensor, p: tf.Tensor) => tf.squaredDifference(y, p),
      /function of tensors/,
    ],
    [
      "statistics of each step of a sequence",
      () =>
        tfl.sequential({
          layers: [
            tfl.layers.reshape({ targetShape: [2, 1], inputShape: [2] }),
            tfl.layers.timeDistributed({ layer: tfl.layers.batchNormalization() }),
            tfl.layers.flatten(),
          ],
        }),
      "meanSquaredError",
      /layer "time_distributed_\w+" \(TimeDistributed\) normalizes each step by its own statistics/,
    ],
    [
      "a mask that TensorFlow.js passes on to another layer",
      () => {
        const rnn = { units: 2, recurrentInitializer: "zeros" as const };
        return tfl.sequential({
          layers: [
            tfl.layers.embedding({ inputDim: 2, outputDim: 1, maskZero: true, inputShape: [2] }),
            tfl.layers.simpleRNN(rnn),
            tfl.layers.repeatVector({ n: 2 }),
            tfl.layers.simpleRNN(rnn),
          ],
        });
      },
      "meanSquaredError",
      /layer "simple_rnn_\w+" may get the mask of another layer/,
    ],
    [
      "weights without elements, behind a window larger than the input",
      () =>
        tfl.sequential({
          layers: [
            tfl.layers.reshape({ targetShape: [2, 1], inputShape: [2] }),
            tfl.layers.conv1d({ filters: 1, kernelSize: 3 }),
            tfl.layers.flatten(),
            tfl.layers.dense({ units: 2 }),
          ],
        }),
      "meanSquaredError",
      /the weight "dense_\w+\/kernel" has no elements/,
    ],
  ] as [string, () => tfl.LayersModel, TfjsLossName | TfjsLossFunction, RegExp][])(
    "does not compile %s",
    async (_, model, lossOf, reason) => {
      const x = { shape: [1, 2], data: new Float32Array(2) };
      await expect(fitTfjs(model(), x, x, { loss: lossOf, route: "compiled" })).rejects.toThrow(reason);
    },
  );

  test("refuses a setting that the conversion has not read", async () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
    const [layer] = model.layers;
    const getConfig = layer.getConfig.bind(layer);
    layer.getConfig = () => ({ ...getConfig(), quantized: true });
    expect(() => convertTfjs(model)).toThrow(
      /layer "dense_\w+" \(Dense\) has a setting "quantized" that the conversion does not know/,
    );
  });
});

test("docs/tensorflow-js.md lists the layers that are compiled, all of them and no other", () => {
  const page = readFileSync(new URL("../../../../../docs/tensorflow-js.md", import.meta.url), "utf8");
  const [, list] = page.split("Layers of the compiled route:");
  const words = list.split("- models inside models")[0].match(/\b[A-Z]\w+/g) ?? [];
  expect(words.filter((name) => name in converters).sort()).toEqual(Object.keys(converters).sort());
  expect(words.filter((name) => !(name in converters))).toEqual([]);
});

describe("closuresOfModel()", () => {
  test("has differences within 1e-3 of products of a smooth model", async () => {
    const objective = tfjsObjective(network(), loss);
    await objective.linearize(objective.initial, listed(data(12)), "hessian");
    expect(objective.products?.by).toBe("double-backprop");
    expect(objective.products!.disagreement).toBeLessThan(1e-3);
  });

  test("takes differences where a custom gradient hides a second derivative", async () => {
    // Its gradient is written with results that are saved: double backprop would go without them, and say nothing.
    const hiding = (y: tf.Tensor, z: tf.Tensor) => tf.losses.softmaxCrossEntropy(y, z);
    const layer = () => tfl.layers.dense({ units: 3, inputShape: [4], kernelInitializer: seeded(1) });
    const random = makeRandom(3);
    const x = { shape: [6, 4], data: Float32Array.from({ length: 24 }, () => random.normal()) };
    const y = {
      shape: [6, 3],
      data: Float32Array.from({ length: 18 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
    };
    const theirs = tfjsObjective(tfl.sequential({ layers: [layer()] }), hiding);
    const plain = tfjsObjective(tfl.sequential({ layers: [layer(), tfl.layers.softmax()] }), loss);
    const [a, b] = [
      await plain.linearize(plain.initial, { x: [x], y: [y] }, "hessian"),
      await theirs.linearize(plain.initial, { x: [x], y: [y] }, "hessian"),
    ];
    const v = normals(plain.initial);
    // The difference rule's own error; ε^{2/3} = 2.4e-5 times the curvature of the gradient.
    expect(await b.curvature.multiply(v)).toBeAllclose(await a.curvature.multiply(v), { relative: 1e-3 });
    expect(plain.products?.by).toBe("double-backprop");
    expect(theirs.products).toMatchObject({ by: "differences", reason: expect.any(String) });
  });

  test("leaves TensorFlow.js's own gradients as they were", async () => {
    const before = tf.getGradient("Tanh");
    const objective = tfjsObjective(network(), loss);
    await objective.linearize(objective.initial, listed(data(4)), "hessian");
    expect(tf.getGradient("Tanh")).toBe(before);
    expect(tf.getGradient("MaxPoolGrad")).toBeUndefined();
  });

  test("evaluates without dropout and leaves moving averages alone", async () => {
    const model = network();
    const averages = () => model.nonTrainableWeights.map((weight) => Array.from(weight.read().dataSync()));
    const before = averages();
    const objective = tfjsObjective(model, loss);
    const [first, second] = [
      await objective.value(objective.initial, listed(data(4))),
      await objective.value(objective.initial, listed(data(4))),
    ];
    expect(second).toEqual(first);
    expect(averages()).toEqual(before);
    expect(model.layers[3]).toMatchObject({ rate: 0.5 });
  });
});
