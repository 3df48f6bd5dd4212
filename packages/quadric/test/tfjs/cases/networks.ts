/** Small models of TensorFlow.js and their data. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

/** From a fixed seed. */
export const normal = (shape: number[], seed = 1) => tf.randomNormal(shape, 0, 1, "float32", seed);
export const glorot = (seed = 1) => tfl.initializers.glorotUniform({ seed });
export const net = (units = 1, activation: "linear" | "softmax" | "sigmoid" = "linear", inputs = 2) =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, activation: "tanh", inputShape: [inputs], kernelInitializer: glorot(1) }),
      tfl.layers.dense({ units, activation, kernelInitializer: glorot(2) }),
    ],
  });
export const plane = () => {
  const x = normal([40, 2]);
  return { x, y: tf.sum(tf.sin(x), 1, true) };
};
export const lossBy = (model: tfl.LayersModel, loss: string, x: tf.Tensor, y: tf.Tensor) => {
  model.compile({ optimizer: "sgd", loss });
  return tf.tidy(() => (model.evaluate(x, y) as tf.Scalar).dataSync()[0]);
};
