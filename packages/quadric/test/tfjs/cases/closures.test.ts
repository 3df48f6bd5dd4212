/** Losses that have no compiled form, trained by TensorFlow.js itself. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { fitTfjs } from "../../../src/tfjs.ts";
import { lossBy, net, normal, plane } from "./networks.ts";

const L = tfl.layers;

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => {
  tf.disposeVariables();
});

describe("what goes by closures", () => {
  const own = (y: tf.Tensor, p: tf.Tensor) => tf.square(tf.sub(y, p));

  test("trains to the same loss as its name, leaks nothing and lets other work continue", async () => {
    const { x, y } = plane();
    const model = net();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const before = tf.memory().numTensors;
    const run = await fitTfjs(model, x, y, { loss: own, steps: 10 });
    clearInterval(timer);
    expect(tf.memory().numTensors).toBe(before);
    expect(run).toMatchObject({
      route: "tfjs",
      reason: expect.stringMatching(/function of tensors, which has no form/),
    });
    expect(turns).toBeGreaterThan(10);
    expect(lossBy(model, "meanSquaredError", x, y)).toBeCloseTo(run.loss, 6);
  });

  test.each([
    ["depthwiseConv2d", () => L.depthwiseConv2d({ kernelSize: 2, inputShape: [4, 4, 1], activation: "tanh" })],
    ["separableConv2d", () => L.separableConv2d({ kernelSize: 2, filters: 2, inputShape: [4, 4, 1] })],
    [
      "upSampling2d",
      () =>
        tfl.sequential({
          layers: [L.conv2d({ kernelSize: 2, filters: 2, inputShape: [4, 4, 1] }), L.upSampling2d({})],
        }),
    ],
  ])("leaks nothing where a second derivative is missing: %s", async (_, layer) => {
    const model = tfl.sequential({ layers: [layer() as tfl.layers.Layer, L.flatten(), L.dense({ units: 1 })] });
    const [x, y] = [normal([6, 4, 4, 1]), normal([6, 1])];
    const before = tf.memory().numTensors;
    const { products } = await fitTfjs(model, x, y, { loss: own, steps: 3 });
    expect(products).toMatchObject({ by: "differences", reason: expect.stringMatching(/no second derivative of/) });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("takes dropout inside of recurrent and wrapped layers for nothing", async () => {
    const model = tfl.sequential({
      layers: [
        L.lstm({
          units: 2,
          inputShape: [3, 1],
          dropout: 0.5,
          recurrentDropout: 0.5,
          recurrentInitializer: "glorotNormal",
          returnSequences: true,
        }),
        L.timeDistributed({ layer: L.dropout({ rate: 0.5 }) }),
        L.flatten(),
        L.dense({ units: 1 }),
      ],
    });
    const { status } = await fitTfjs(model, normal([6, 3, 1]), normal([6, 1]), { loss: own, steps: 2 });
    expect(status).not.toBe("nonfinite");
  });

  test("ends within a step when its seconds are spent", async () => {
    const model = tfl.sequential({
      layers: [L.lstm({ units: 8, inputShape: [12, 2], recurrentInitializer: "glorotNormal" }), L.dense({ units: 1 })],
    });
    const before = performance.now();
    const { status } = await fitTfjs(model, normal([64, 12, 2]), normal([64, 1]), {
      loss: own,
      budget: { seconds: 0.5 },
    });
    expect(status).toBe("budget-spent");
    // One evaluation more, and what comes before and after the run.
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});
