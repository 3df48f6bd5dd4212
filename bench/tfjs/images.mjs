/** Models with convolutions, of images and of series. */
import { bars, waves } from "./data.mjs";
import { bce, cce, mse, sparse, tools } from "./tools.mjs";

export const images = {
  digits(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = bars(t, 500, 8);
    return {
      model: t.sequential(
        t.L.conv2d({ filters: 8, kernelSize: 3, inputShape: [8, 8, 1], activation: "relu" }),
        t.L.maxPooling2d({ poolSize: 2 }),
        t.L.flatten(),
        t.L.dense({ units: 3, activation: "softmax" }),
      ),
      x,
      y: t.oneHot(labels, 3),
      loss: cce,
    };
  },
  convNorm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = bars(t, 300, 8);
    return {
      model: t.sequential(
        t.L.conv2d({ filters: 6, kernelSize: 3, padding: "same", inputShape: [8, 8, 1] }),
        t.L.batchNormalization({}),
        t.L.activation({ activation: "relu" }),
        t.L.averagePooling2d({ poolSize: 2 }),
        t.L.flatten(),
        t.L.dense({ units: 3, activation: "softmax" }),
      ),
      x,
      y: t.tensor([300, 1], (i) => labels[i]),
      loss: sparse,
    };
  },
  conv1d(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = waves(t, 400, 24);
    return {
      model: t.sequential(
        t.L.conv1d({ filters: 8, kernelSize: 5, inputShape: [24, 1], activation: "relu" }),
        t.L.flatten(),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([400, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  conv1dPooled(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 400, 24, 2);
    return {
      model: t.sequential(
        t.L.conv1d({ filters: 8, kernelSize: 5, inputShape: [24, 2], activation: "tanh" }),
        t.L.maxPooling1d({ poolSize: 2 }),
        t.L.conv1d({ filters: 8, kernelSize: 3, activation: "tanh" }),
        t.L.globalAveragePooling1d({}),
        t.L.dense({ units: 1 }),
      ),
      x,
      y: next,
      loss: mse,
    };
  },
  separable(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = bars(t, 200, 8);
    return {
      model: t.sequential(
        t.L.separableConv2d({
          filters: 6,
          kernelSize: 3,
          inputShape: [8, 8, 1],
          activation: "relu",
          depthMultiplier: 4,
        }),
        t.L.flatten(),
        t.L.dense({ units: 3, activation: "softmax" }),
      ),
      x,
      y: t.oneHot(labels, 3),
      loss: cce,
    };
  },
  depthwise(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = bars(t, 200, 8);
    return {
      model: t.sequential(
        t.L.depthwiseConv2d({ kernelSize: 3, inputShape: [8, 8, 1], activation: "relu", depthMultiplier: 6 }),
        t.L.globalMaxPooling2d({}),
        t.L.dense({ units: 3, activation: "softmax" }),
      ),
      x,
      y: t.oneHot(labels, 3),
      loss: cce,
    };
  },
  denoising(tf, tfl) {
    const t = tools(tf, tfl);
    const { x } = bars(t, 120, 8, 0.3);
    return {
      model: t.sequential(
        t.L.conv2d({
          filters: 6,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          inputShape: [8, 8, 1],
          activation: "tanh",
        }),
        t.L.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: "same" }),
      ),
      x,
      y: tf.clipByValue(tf.round(x), 0, 1),
      loss: mse,
    };
  },
  segmentation(tf, tfl) {
    const t = tools(tf, tfl);
    const { x } = bars(t, 120, 8, 0.3);
    return {
      model: t.sequential(
        t.L.conv2d({ filters: 6, kernelSize: 3, padding: "same", inputShape: [8, 8, 1], activation: "relu" }),
        t.L.maxPooling2d({ poolSize: 2 }),
        t.L.conv2d({ filters: 6, kernelSize: 3, padding: "same", activation: "relu" }),
        t.L.upSampling2d({ size: [2, 2] }),
        t.L.conv2d({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }),
      ),
      x,
      y: tf.clipByValue(tf.round(x), 0, 1),
      loss: bce,
    };
  },
};
