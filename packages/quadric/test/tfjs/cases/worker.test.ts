/** `fitTfjs` in a worker, both sides in one thread with a channel between them. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitTfjs, serveTfjs } from "../../../src/tfjs.ts";
import type { WorkerLike } from "../../../src/web/run-in-worker.ts";

type Listener = (event: { data: unknown; ports: readonly unknown[] }) => void;
const scope = globalThis as { addEventListener?: unknown };
let listener: Listener | undefined;

beforeAll(async () => {
  await tf.setBackend("cpu");
  scope.addEventListener = (_: "message", given: Listener) => {
    listener = given;
  };
  serveTfjs();
});
afterAll(() => {
  scope.addEventListener = undefined;
});

/** What a browser does: messages are copied, ports handed over. */
const worker: WorkerLike = {
  postMessage: (message, [port]) => listener!({ data: structuredClone(message), ports: [port] }),
  addEventListener() {},
  removeEventListener() {},
};

const build = () =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({
        units: 6,
        activation: "tanh",
        inputShape: [2],
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
        kernelRegularizer: "l1l2",
      }),
      tfl.layers.batchNormalization(),
      tfl.layers.dense({
        units: 2,
        activation: "softmax",
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
      }),
    ],
  });
const x = tf.randomNormal([40, 2], 0, 1, "float32", 3);
const y = tf.cast(tf.greater(tf.sum(x, 1), 0), "float32");

describe("a worker", () => {
  test("trains to the same bits as this thread, and calls the callbacks here", async () => {
    const options = {
      loss: "sparseCategoricalCrossentropy",
      epochs: 6,
      validationSplit: 0.25,
      classWeight: { 0: 1, 1: 2 },
    } as const;
    const [here, there] = [build(), build()];
    const alone = await fitTfjs(here, x, y, options);
    const before = tf.memory().numTensors;
    const epochs: number[] = [];
    const elsewhere = await fitTfjs(there, x, y, {
      ...options,
      worker,
      callbacks: { onEpochEnd: (epoch: number) => void epochs.push(epoch) },
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(epochs).toEqual([0, 1, 2, 3, 4, 5]);
    expect(elsewhere.history).toEqual(alone.history);
    expect(elsewhere.loss).toBe(alone.loss);
    expect(elsewhere.metrics).toEqual(alone.metrics);
    const weights = (model: tfl.LayersModel) => model.getWeights().map((weight) => Array.from(weight.dataSync()));
    expect(weights(there)).toEqual(weights(here));
  });

  test("ends when a callback stops the run", async () => {
    const run = await fitTfjs(build(), x, y, {
      ...{ loss: "sparseCategoricalCrossentropy", epochs: 20, worker },
      callbacks: ({ step }) => (step === 2 ? "stop" : undefined),
    });
    expect(run.steps).toHaveLength(2);
    expect(run.status).toBe("stopped");
  });

  test("takes neither functions as losses nor a backend of this side", async () => {
    const square = (a: tf.Tensor, b: tf.Tensor) => tf.squaredDifference(a, b);
    const y2 = tf.zeros([40, 2]);
    await expect(fitTfjs(build(), x, y2, { loss: square, worker })).rejects.toThrow(
      "loss must be a name when a worker trains",
    );
    const optimizer = { name: "own", start() {} } as never;
    await expect(fitTfjs(build(), x, y2, { loss: "meanSquaredError", worker, optimizer })).rejects.toThrow(
      "optimizer must be given to serveTfjs",
    );
  });
});
