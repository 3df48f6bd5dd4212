import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitTfjs, type TfjsFitOptions } from "../../src/tfjs.ts";

const worker = new Worker(new URL("./tfjs.worker.ts", import.meta.url), { type: "module" });
beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterAll(() => worker.terminate());

const glorot = (seed: number) => tfl.initializers.glorotUniform({ seed });
const net = () =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 32, activation: "tanh", inputShape: [8], kernelInitializer: glorot(1) }),
      tfl.layers.dense({ units: 32, activation: "tanh", kernelInitializer: glorot(2) }),
      tfl.layers.dense({ units: 1, kernelInitializer: glorot(3) }),
    ],
  });

/** Trains on 2,000 examples in one batch, and measures what else the page can do. */
async function fit(options: TfjsFitOptions) {
  const x = tf.randomNormal([2000, 8], 0, 1, "float32", 4);
  const y = tf.sum(tf.sin(x), 1, true);
  const model = net();
  let [last, longest] = [performance.now(), 0];
  const tick = () => {
    const now = performance.now();
    [last, longest] = [now, Math.max(longest, now - last)];
  };
  const timer = setInterval(tick, 5);
  const epochs: number[] = [];
  const run = await fitTfjs(model, x, y, {
    ...{ loss: "meanSquaredError", epochs: 30, batchSize: 2000, ...options },
    callbacks: { onEpochEnd: (epoch: number) => void epochs.push(epoch) },
  });
  tick();
  clearInterval(timer);
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const evaluated = (model.evaluate(x, y) as tf.Scalar).dataSync()[0];
  return { ...run, epochs, evaluated, longest };
}

test("fitTfjs() in a worker trains the page's model to the same bits, and the page's event loop runs", async () => {
  const [there, here] = [await fit({ worker }), await fit({})];
  expect(there).toMatchObject({ route: "compiled", reason: undefined });
  expect(there.epochs).toEqual(here.epochs);
  expect(there.history).toEqual(here.history);
  expect(there.loss).toBe(here.loss);
  expect(Math.abs(there.evaluated - there.loss)).toBeLessThan(1e-6);
  // In the page itself it gets its turn between steps, by the worker at any time.
  expect(there.longest).toBeLessThan(500 * there.seconds);
  expect(here.longest).toBeLessThan(500 * here.seconds);
});
