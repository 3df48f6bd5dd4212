/** Models of tables: regression, classification, embeddings, several inputs and outputs. */
import { bars, table } from "./data.mjs";
import { bce, cce, fill, mse, tools } from "./tools.mjs";

export const tables = {
  line(tf, tfl) {
    const t = tools(tf, tfl);
    const x = t.tensor([392, 1], t.random.uniform);
    const y = t.tensor([392, 1], (i) => 0.2 + 0.5 * (1 - x.dataSync()[i]) ** 2 + 0.05 * t.random.normal());
    return {
      model: t.sequential(t.L.dense({ units: 50, inputShape: [1], activation: "sigmoid" }), t.L.dense({ units: 1 })),
      x,
      y,
      loss: mse,
    };
  },
  xor(tf, tfl) {
    const t = tools(tf, tfl);
    const x = t.tensor([4, 2], (k) => (k % 2 ? (k >> 1) & 1 : k >> 2));
    const y = t.tensor([4, 1], (i) => (i === 1 || i === 2 ? 1 : 0));
    return {
      model: t.sequential(
        t.L.dense({ units: 8, inputShape: [2], activation: "tanh" }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y,
      loss: bce,
    };
  },
  curve(tf, tfl) {
    const t = tools(tf, tfl);
    const x = t.tensor([200, 1], (i) => i / 33 - 3);
    const y = t.tensor([200, 1], (i) => Math.sin(2 * (i / 33 - 3)));
    return {
      model: t.sequential(
        t.L.dense({ units: 16, inputShape: [1], activation: "tanh" }),
        t.L.dense({ units: 16, activation: "tanh" }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  housing(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 400, 12);
    return {
      model: t.sequential(
        t.L.dense({ units: 50, inputShape: [12], activation: "sigmoid" }),
        t.L.dense({ units: 50, activation: "sigmoid" }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  regression(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 1500, 8);
    return {
      model: t.sequential(
        t.L.dense({ units: 64, inputShape: [8], activation: "relu" }),
        t.L.dense({ units: 64, activation: "relu" }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  robust(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 400, 6);
    return {
      model: t.sequential(t.L.dense({ units: 32, inputShape: [6], activation: "tanh" }), t.L.dense({ units: 1 })),
      x,
      y,
      loss: "logcosh",
    };
  },
  counts(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, values } = table(t, 400, 4);
    const y = t.tensor([400, 1], (i) => Math.round(Math.exp(values[i] / 2)));
    return {
      model: t.sequential(
        t.L.dense({ units: 24, inputShape: [4], activation: "tanh" }),
        t.L.dense({ units: 1, activation: "softplus" }),
      ),
      x,
      y,
      loss: "poisson",
    };
  },
  iris(tf, tfl) {
    const t = tools(tf, tfl);
    const labels = Array.from({ length: 150 }, (_, i) => i % 3);
    const x = t.tensor([150, 4], (k) => labels[Math.floor(k / 4)] * ((k % 4) / 2 - 0.5) + 0.5 * t.random.normal());
    return {
      model: t.sequential(
        t.L.dense({ units: 10, inputShape: [4], activation: "sigmoid" }),
        t.L.dense({ units: 3, activation: "softmax" }),
      ),
      x,
      y: t.oneHot(labels, 3),
      loss: cce,
    };
  },
  spirals(tf, tfl) {
    const t = tools(tf, tfl);
    const labels = Array.from({ length: 400 }, (_, i) => i % 2);
    const x = t.tensor([400, 2], (k) => {
      const [i, angle] = [Math.floor(k / 2), 3 + Math.floor(k / 4) / 12];
      const turn = angle + Math.PI * labels[i];
      return (angle / 10) * (k % 2 ? Math.sin(turn) : Math.cos(turn)) + 0.01 * t.random.normal();
    });
    return {
      model: t.sequential(
        t.L.dense({ units: 20, inputShape: [2], activation: "tanh" }),
        t.L.dense({ units: 20, activation: "tanh" }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([400, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  phishing(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, values } = table(t, 1000, 30);
    return {
      model: t.sequential(
        t.L.dense({ units: 100, inputShape: [30], activation: "sigmoid" }),
        t.L.dense({ units: 100, activation: "sigmoid" }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([1000, 1], (i) => Number(values[i] > 0)),
      loss: bce,
    };
  },
  leaky(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 500, 5);
    return {
      model: t.sequential(
        t.L.dense({ units: 32, inputShape: [5] }),
        t.L.leakyReLU({ alpha: 0.1 }),
        t.L.dense({ units: 16 }),
        t.L.prelu({}),
        t.L.dense({ units: 1 }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  regularized(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 500, 6);
    const kernelRegularizer = tfl.regularizers.l2({ l2: 1e-4 });
    return {
      model: t.sequential(
        t.L.dense({ units: 32, inputShape: [6], activation: "tanh", kernelRegularizer }),
        t.L.dense({ units: 1, kernelRegularizer }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  layerNorm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y } = table(t, 500, 6);
    return {
      model: t.sequential(
        t.L.dense({ units: 32, inputShape: [6] }),
        t.L.layerNormalization({}),
        t.L.activation({ activation: "swish" }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y,
      loss: mse,
    };
  },
  autoencoder(tf, tfl) {
    const t = tools(tf, tfl);
    const { x } = bars(t, 300, 8, 0.1);
    const flat = tf.reshape(x, [300, 64]);
    return {
      model: t.sequential(
        t.L.dense({ units: 32, inputShape: [64], activation: "tanh" }),
        t.L.dense({ units: 6 }),
        t.L.dense({ units: 32, activation: "tanh" }),
        t.L.dense({ units: 64 }),
      ),
      x: flat,
      y: flat,
      loss: mse,
    };
  },
  factorization(tf, tfl) {
    const t = tools(tf, tfl);
    const [users, items, n] = [40, 30, 600];
    const tastes = fill(3 * (users + items), t.random.normal);
    const [u, v] = [fill(n, () => t.random.below(users)), fill(n, () => t.random.below(items))];
    const y = t.tensor([n, 1], (i) =>
      [0, 1, 2].reduce((sum, k) => sum + tastes[3 * u[i] + k] * tastes[3 * (users + v[i]) + k], 0),
    );
    const inputs = [t.input(1), t.input(1)];
    const sides = [users, items].map((count, k) =>
      t.L.flatten().apply(t.L.embedding({ inputDim: count, outputDim: 4 }).apply(inputs[k])),
    );
    return {
      model: t.model(inputs, t.L.dot({ axes: 1 }).apply(sides)),
      x: [t.tensor([n, 1], (i) => u[i]), t.tensor([n, 1], (i) => v[i])],
      y,
      loss: mse,
    };
  },
  siamese(tf, tfl) {
    const t = tools(tf, tfl);
    const [a, b] = [table(t, 400, 5), table(t, 400, 5)];
    const block = t.sequential(t.L.dense({ units: 16, inputShape: [5], activation: "tanh" }), t.L.dense({ units: 4 }));
    const inputs = [t.input(5), t.input(5)];
    const joined = t.L.concatenate().apply(inputs.map((input) => block.apply(input)));
    const y = t.tensor([400, 1], (i) => Number(a.values[i] > b.values[i]));
    return {
      model: t.model(inputs, t.L.dense({ units: 1, activation: "sigmoid" }).apply(joined)),
      x: [a.x, b.x],
      y,
      loss: bce,
    };
  },
  twoOutputs(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, y, values } = table(t, 400, 5);
    const input = t.input(5);
    const hidden = t.L.dense({ units: 24, activation: "tanh" }).apply(input);
    const outputs = [
      t.L.dense({ units: 1 }).apply(hidden),
      t.L.dense({ units: 1, activation: "sigmoid" }).apply(hidden),
    ];
    return {
      model: t.model(input, outputs),
      x,
      y: [y, t.tensor([400, 1], (i) => Number(values[i] > 0))],
      loss: [mse, bce],
    };
  },
};
