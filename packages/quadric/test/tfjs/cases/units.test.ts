/** The unit of the targets does not decide how well `fitTfjs` fits, nor what it says of it. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { fitTfjs, type TfjsFitOptions } from "../../../src/tfjs.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const x = tf.reshape(tf.linspace(-3, 3, 100), [100, 1]);
const wave = (size: number) => tf.mul(tf.sin(tf.mul(x, 2)), size);
const variance = (y: tf.Tensor) => tf.moments(y).variance.dataSync()[0];
const glorot = (seed: number) => tfl.initializers.glorotNormal({ seed });

/** The outputs of the net start `size` times as large. */
function net(units: number, size = 1, seed = 1) {
  const [hidden, output] = [
    tfl.layers.dense({ units, activation: "tanh", inputShape: [1], kernelInitializer: glorot(seed) }),
    tfl.layers.dense({ units: 1, kernelInitializer: glorot(seed + 10) }),
  ];
  const model = tfl.sequential({ layers: [hidden, output] });
  output.setWeights(output.getWeights().map((weight) => tf.mul(weight, size)));
  return model;
}

async function fitted(units: number, y: tf.Tensor, options: Partial<TfjsFitOptions>, start = 1, seed = 1) {
  const run = await fitTfjs(net(units, start, seed), x, y, { loss: "meanSquaredError", ...options });
  return { ...run, unexplained: run.loss / variance(y) };
}

test.each([1 / 128, 128])("a start and targets of %s times the size take the same steps", async (size) => {
  const [one, other] = [await fitted(12, wave(1), { steps: 30 }), await fitted(12, wave(size), { steps: 30 }, size)];
  expect(other.status).toBe(one.status);
  expect(other.steps.map(({ loss }) => loss / size ** 2)).toEqual(one.steps.map(({ loss }) => loss));
});

describe("targets of size 0.01, a start of size 1", () => {
  test.each([
    [12, "compiled", 1, 120],
    [30, "compiled", 2, 300],
    [30, "tfjs", 2, 260],
  ] as const)("are fitted to 1e-4 of their variance by %i units, route %s", async (units, route, seed, steps) => {
    const { unexplained } = await fitted(units, wave(0.01), { steps, route }, 1, seed);
    expect(unexplained).toBeLessThan(1e-4);
  });
});

test("steps that each gain less than rounding go on while they lead downhill together", async () => {
  const { unexplained } = await fitted(30, wave(100), { steps: 500 });
  expect(unexplained).toBeLessThan(1e-6);
});
