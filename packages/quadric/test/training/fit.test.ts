import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { regularizers } from "../../src/models/regularizers.ts";
import { supervised } from "../../src/models/supervised.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { fit } from "../../src/training/fit.ts";
import { minimize } from "../../src/training/minimize.ts";
import { makeRandom } from "../../src/vector/random.ts";
import { tensor } from "../../src/vector/tensor.ts";
import { memoryStore } from "../helpers/memory-store.ts";

const exact = { backend: jax({ device: "cpu" }), dtype: "float64" as const };
const random = makeRandom(3);
const n = 24;
const x = Float64Array.from({ length: 2 * n }, () => random.normal());
const y = Float64Array.from({ length: n }, (_, i) => 2 * x[2 * i] - x[2 * i + 1] + 0.5);
const data = { x: { shape: [n, 2], data: x }, y: { shape: [n], data: y } };

type Params = { w: np.Array; b: np.Array };
type Batch = { x: np.Array; y: np.Array };
const linear = {
  params: { w: np.zeros([2]), b: np.zeros([]) },
  loss: ({ w, b }: Params, { x, y }: Batch) => np.square(np.subtract(np.add(np.matmul(x, w), b), y)),
};
const newton = trustRegion({ radius: { initial: 1, max: 100, grow: 2 } });

const numbers = (array: np.Array): number[] => array.ref.js() as number[];

describe("fit()", () => {
  test("fits a line exactly and gives its parameters back as the tree they came in", async () => {
    const { params, status, choice, counts } = await fit(linear, data, {
      ...exact,
      optimizer: newton,
      epochs: 40,
      batchSize: 8,
    });
    expect(numbers(params.w)).toBeAllclose([2, -1], { relative: 1e-6 });
    expect(numbers(params.b)).toBeAllclose(0.5 as number, { relative: 1e-6 });
    expect(status).toBe("converged");
    expect(choice).toMatchObject({ method: "tr-rmsprop", settings: { radius: { initial: 1 } } });
    expect(counts.hvps).toBeGreaterThan(0);
    // The caller's own arrays are still there.
    expect(numbers(linear.params.w)).toEqual([0, 0]);
  });

  test("leaves frozen tensors as they are and trains the others", async () => {
    const options = { ...exact, optimizer: newton, epochs: 40, batchSize: 24, frozen: { b: true } };
    const { params, parameters } = await fit(linear, data, options);
    expect(numbers(params.b)).toBe(0);
    expect(parameters).toHaveLength(2);
    // Least squares without an intercept, by the normal equations.
    let [a, b, c, p, q] = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const [u, v] = [x[2 * i], x[2 * i + 1]];
      [a, b, c, p, q] = [a + u * u, b + u * v, c + v * v, p + u * y[i], q + v * y[i]];
    }
    const det = a * c - b * b;
    expect(numbers(params.w)).toBeAllclose([(c * p - b * q) / det, (a * q - b * p) / det], { relative: 1e-6 });
    await expect(fit(linear, data, { ...exact, frozen: true })).rejects.toThrow("frozen must leave something to train");
  });

  test("adds the regularizer once, whatever the batch", async () => {
    const lambda = 0.7;
    const regularized = { ...linear, regularizer: regularizers.l2(lambda) };
    const { params } = await fit(regularized, data, { ...exact, optimizer: newton, epochs: 60, batchSize: 24 });
    const [w0, w1] = numbers(params.w);
    const b = numbers(params.b) as unknown as number;
    // Stationarity of (1/n)Σ(wᵀx + b − y)² + (λ/2)‖(w, b)‖².
    const gradient = [lambda * w0, lambda * w1, lambda * b];
    for (let i = 0; i < n; i++) {
      const r = w0 * x[2 * i] + w1 * x[2 * i + 1] + b - y[i];
      [x[2 * i], x[2 * i + 1], 1].forEach((feature, j) => {
        gradient[j] += (2 * r * feature) / n;
      });
    }
    expect(gradient).toBeAllclose([0, 0, 0], { absolute: 1e-8 });
  });

  test("resumes a stopped run bit for bit", async () => {
    const store = memoryStore();
    const options = { ...exact, optimizer: adam({ learningRate: 0.1 }), batchSize: 8 };
    const whole = await fit(linear, data, { ...options, steps: 9 });
    await fit(linear, data, { ...options, steps: 4, checkpoint: { store } });
    const resumed = await fit(linear, data, { ...options, steps: 9, checkpoint: { store } });
    expect(resumed.parameters).toEqual(whole.parameters);
    expect(resumed.counts).toEqual(whole.counts);
  });
});

describe("fit() by its defaults", () => {
  test("trains in float32, and refuses options that nobody reads", async () => {
    const small = { x: { shape: [n, 2], data: x }, y: { shape: [n], data: y } };
    const { params, parameters } = await fit(linear, small, { steps: 3, optimizer: newton });
    expect(parameters).toBeInstanceOf(Float32Array);
    expect(params.w.dtype).toBe("float32");
    await expect(fit(linear, small, { epoch: 3 } as never)).rejects.toThrow(
      "fit: no option is named epoch, did you mean epochs?",
    );
  });
});

describe("fit() on the native backend", () => {
  test("resumes bit for bit from any step, rejected ones included", async () => {
    const [m, features] = [48, 5];
    const inputs = Float32Array.from({ length: m * features }, () => random.normal());
    const labels = Int32Array.from({ length: m }, (_, i) =>
      Number(inputs[i * features] * inputs[i * features + 1] > 0),
    );
    const classes = { x: { shape: [m, features], data: inputs }, y: { shape: [m], data: labels } };
    const problem = supervised(mlp([features, 8, 2], { activation: "tanh" }), losses.crossEntropy);
    const backend = onnx({ threads: 1 });
    const options = { backend, optimizer: trustRegion({ radius: { initial: 1, shrink: 2 } }), batchSize: 16, seed: 1 };
    const whole = await fit(problem, classes, { ...options, steps: 16 });
    const refused = whole.history.filter(({ accepted }) => !accepted).map(({ step }) => step);
    expect(refused.length).toBeGreaterThan(0);
    for (const steps of [refused[0], 7]) {
      const store = memoryStore();
      await fit(problem, classes, { ...options, steps, checkpoint: { store } });
      const resumed = await fit(problem, classes, { ...options, steps: 16, checkpoint: { store } });
      expect(resumed.parameters).toEqual(whole.parameters);
      expect(resumed.counts).toEqual(whole.counts);
    }
  });
});

describe("minimize() of a jax-js function", () => {
  test("takes a tree of arrays and returns one", async () => {
    const f = ({ a, b }: { a: np.Array; b: np.Array }) =>
      np.add(np.sum(np.square(np.subtract(a, 3))), np.sum(np.square(np.add(b, 1))));
    const { x, status, counts } = await minimize(f, { a: np.zeros([2]), b: np.array(4) });
    expect(numbers(x.a)).toBeAllclose([3, 3]);
    expect(numbers(x.b)).toBeAllclose(-1 as number);
    expect(status).toBe("converged");
    expect(counts.hvps).toBeGreaterThan(0);
  });
});

describe("run.predict()", () => {
  test("gives the outputs of the trained model on inputs alone, of any number of rows, as often as asked", async () => {
    const problem = supervised(mlp([2, 1]), losses.squaredError);
    const run = await fit(problem, { x: data.x, y: { shape: [n, 1], data: y } }, { ...exact, steps: 40 });
    const inputs = tensor([
      [1, 2],
      [-1, 0.5],
      [0, 0],
    ]);
    for (let times = 0; times < 2; times++) {
      const outputs = await run.predict({ x: inputs });
      expect(outputs.shape).toEqual([3, 1]);
      for (const [i, expected] of [0.5, -2, 0.5].entries()) expect(outputs.data[i]).toBeCloseTo(expected, 5);
    }
  });

  test("asks for a model", async () => {
    const run = await fit(linear, data, { ...exact, optimizer: newton, steps: 1 });
    await expect(run.predict({ x: data.x })).rejects.toThrow("predict: needs a problem { model, loss, params }");
  });
});
