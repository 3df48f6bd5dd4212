/** Trains a TensorFlow.js model as it is, by a trust region: no learning rate, and the weights end up in the model. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { fitTfjs } from "quadric/tfjs";

// Images of 8×8 with a bar that lies or stands, under noise.
const n = 200;
const upright = Int32Array.from({ length: n }, (_, i) => i % 2);
const pixels = Float32Array.from({ length: 64 * n }, (_, k) => {
  const [image, row, column] = [Math.floor(k / 64), Math.floor((k % 64) / 8), k % 8];
  const at = (image >> 1) % 8;
  return Number((upright[image] ? column : row) === at) + 0.5 * Math.sin(12.9898 * (k + 1) ** 1.5);
});
const x = tf.tensor4d(pixels, [n, 8, 8, 1]);
const y = tf.tensor1d(upright);

const model = tfl.sequential({
  layers: [
    tfl.layers.conv2d({
      inputShape: [8, 8, 1],
      filters: 4,
      kernelSize: 3,
      activation: "tanh",
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
    }),
    tfl.layers.batchNormalization(),
    tfl.layers.averagePooling2d({ poolSize: 2 }),
    tfl.layers.flatten(),
    tfl.layers.dense({
      units: 2,
      activation: "softmax",
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
    }),
  ],
});

model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
// Instead of model.fit(x, y, { epochs: 30 }).
const { route, history, loss } = await fitTfjs(model, x, y, { epochs: 30 });
console.log(`route "${route}": loss ${history.loss[0].toFixed(3)} → ${loss.toExponential(1)}`);

const predicted = tf.argMax(model.predict(x) as tf.Tensor, 1).dataSync();
console.log(`accuracy ${predicted.filter((label, i) => label === upright[i]).length / n} by model.predict`);
