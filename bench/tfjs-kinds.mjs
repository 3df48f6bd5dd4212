/**
 * Models as people build them with TensorFlow.js, with data of our own: small enough for its plain backend, and of every kind of layer.
 *
 * Each kind is a function of (tf, tfl) that returns `{ model, x, y, loss }`; the same seed gives the same weights and data.
 */

/** Normal numbers from a seed, by Box and Muller over a linear congruential generator. */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, below: (n) => Math.floor(uniform() * n) };
}

const fill = (n, f) => Float32Array.from({ length: n }, (_, i) => f(i));

/** What every kind is made with: layers whose initial weights come from one seed, and tensors of numbers. */
function tools(tf, tfl, seed = 1) {
  const random = makeRandom(seed);
  let made = 0;
  const seeded = (args) => ({
    kernelInitializer: tfl.initializers.glorotUniform({ seed: ++made }),
    ...args,
  });
  const recurrent = (args) =>
    seeded({ recurrentInitializer: tfl.initializers.glorotUniform({ seed: 100 + ++made }), ...args });
  const L = {
    ...tfl.layers,
    dense: (args) => tfl.layers.dense(seeded(args)),
    conv1d: (args) => tfl.layers.conv1d(seeded(args)),
    conv2d: (args) => tfl.layers.conv2d(seeded(args)),
    conv2dTranspose: (args) => tfl.layers.conv2dTranspose(seeded(args)),
    simpleRNN: (args) => tfl.layers.simpleRNN(recurrent(args)),
    gru: (args) => tfl.layers.gru(recurrent(args)),
    lstm: (args) => tfl.layers.lstm(recurrent(args)),
    embedding: (args) =>
      tfl.layers.embedding({
        embeddingsInitializer: tfl.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: ++made }),
        ...args,
      }),
  };
  return {
    random,
    L,
    sequential: (...layers) => tfl.sequential({ layers }),
    model: (inputs, outputs) => tfl.model({ inputs, outputs }),
    input: (...shape) => tfl.input({ shape }),
    tensor: (shape, f) =>
      tf.tensor(
        fill(
          shape.reduce((n, m) => n * m, 1),
          f,
        ),
        shape,
        "float32",
      ),
    oneHot: (labels, k) =>
      tf.tensor(Float32Array.from(labels.flatMap((c) => fillRow(k, c))), [labels.length, k], "float32"),
  };
}

const fillRow = (k, label) => Array.from({ length: k }, (_, j) => Number(j === label));

/** n points of `features` numbers, and a smooth function of them with a little noise. */
function table({ random, tensor }, n, features, noise = 0.05) {
  const values = fill(n * features, random.normal);
  const f = (i) => {
    let sum = 0;
    for (let j = 0; j < features; j++)
      sum += Math.sin(values[i * features + j] * (1 + j / features)) * (j % 2 ? -1 : 1);
    return sum + 0.5 * values[i * features] * values[i * features + (features > 1 ? 1 : 0)];
  };
  return {
    x: tensor([n, features], (i) => values[i]),
    values: fill(n, (i) => f(i) + noise * random.normal()),
    y: tensor([n, 1], (i) => f(i) + noise * random.normal()),
  };
}

/** n images of size×size with a bar that lies, stands or leans. */
function bars({ random, tensor }, n, size, noise = 0.4) {
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  const places = labels.map(() => random.below(size));
  const x = tensor([n, size, size, 1], (k) => {
    const [image, row, column] = [Math.floor(k / size ** 2), Math.floor((k % size ** 2) / size), k % size];
    const at = [row === places[image], column === places[image], (row + column) % size === places[image]][
      labels[image]
    ];
    return Number(at) + noise * random.normal();
  });
  return { x, labels };
}

/** n waves of `steps` values, of which the next one and the frequency are to be found. */
function waves({ random, tensor }, n, steps, channels = 1) {
  const [rates, phases] = [fill(n, () => 0.2 + random.uniform()), fill(n, () => 6 * random.uniform())];
  const at = (i, t, c) => Math.sin(rates[i] * t + phases[i] + c);
  return {
    x: tensor([n, steps, channels], (k) =>
      at(Math.floor(k / (steps * channels)), Math.floor(k / channels) % steps, k % channels),
    ),
    next: tensor([n, 1], (i) => at(i, steps, 0)),
    shifted: tensor([n, steps, 1], (k) => at(Math.floor(k / steps), (k % steps) + 1, 0)),
    labels: Array.from(rates, (rate) => Number(rate > 0.7)),
  };
}

/** n sentences of `steps` words of which some are good and some bad; 0 is padding. */
function sentences({ random, tensor }, n, steps, words) {
  const ids = fill(n * steps, (k) => (k % steps < 2 && random.uniform() < 0.3 ? 0 : 1 + random.below(words - 1)));
  const labels = Array.from({ length: n }, (_, i) => {
    let mood = 0;
    for (let t = 0; t < steps; t++) mood += ids[i * steps + t] === 0 ? 0 : (ids[i * steps + t] % 3) - 1;
    return Number(mood > 0);
  });
  return { x: tensor([n, steps], (k) => ids[k]), labels };
}

const mse = "meanSquaredError";
const cce = "categoricalCrossentropy";
const bce = "binaryCrossentropy";
const sparse = "sparseCategoricalCrossentropy";

export const kinds = {
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
  simpleRNN(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.simpleRNN({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  lstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.lstm({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  gru(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.gru({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  stackedLstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 200, 10);
    return {
      model: t.sequential(
        t.L.lstm({ units: 8, returnSequences: true, inputShape: [10, 1] }),
        t.L.lstm({ units: 8 }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y: next,
      loss: mse,
    };
  },
  bidirectional(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = waves(t, 200, 10);
    return {
      model: t.sequential(
        t.L.bidirectional({ layer: t.L.gru({ units: 6 }), inputShape: [10, 1] }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([200, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  sequence(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, shifted } = waves(t, 200, 12);
    return {
      model: t.sequential(
        t.L.simpleRNN({ units: 12, returnSequences: true, inputShape: [12, 1] }),
        t.L.timeDistributed({ layer: t.L.dense({ units: 1 }) }),
      ),
      x,
      y: shifted,
      loss: mse,
    };
  },
  sentiment(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = sentences(t, 500, 12, 40);
    return {
      model: t.sequential(
        t.L.embedding({ inputDim: 40, outputDim: 8, inputLength: 12, inputShape: [12] }),
        t.L.globalAveragePooling1d({}),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([500, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  sentimentLstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = sentences(t, 300, 10, 30);
    return {
      model: t.sequential(
        t.L.embedding({ inputDim: 30, outputDim: 6, maskZero: true, inputShape: [10] }),
        t.L.lstm({ units: 8 }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([300, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  addition(tf, tfl) {
    const t = tools(tf, tfl);
    const n = 400;
    const pairs = Array.from({ length: n }, () => [t.random.below(20), t.random.below(20)]);
    const symbols = "0123456789+ ";
    const encode = (texts, length) =>
      t.tensor([n, length, symbols.length], (k) => {
        const [i, at, s] = [
          Math.floor(k / (length * symbols.length)),
          Math.floor(k / symbols.length) % length,
          k % symbols.length,
        ];
        return Number(symbols.indexOf(texts[i].padEnd(length)[at]) === s);
      });
    const [questions, answers] = [pairs.map(([a, b]) => `${a}+${b}`), pairs.map(([a, b]) => `${a + b}`)];
    return {
      model: t.sequential(
        t.L.simpleRNN({ units: 24, inputShape: [5, 12] }),
        t.L.repeatVector({ n: 2 }),
        t.L.simpleRNN({ units: 24, returnSequences: true }),
        t.L.timeDistributed({ layer: t.L.dense({ units: 12, activation: "softmax" }) }),
      ),
      x: encode(questions, 5),
      y: encode(answers, 2),
      loss: cce,
    };
  },
  characters(tf, tfl) {
    const t = tools(tf, tfl);
    const text =
      "the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs on and on over the hills ".repeat(
        4,
      );
    const symbols = [...new Set(text)];
    const [n, length] = [300, 8];
    const x = t.tensor([n, length, symbols.length], (k) => {
      const [i, at, s] = [
        Math.floor(k / (length * symbols.length)),
        Math.floor(k / symbols.length) % length,
        k % symbols.length,
      ];
      return Number(symbols[s] === text[i + at]);
    });
    const y = t.oneHot(
      Array.from({ length: n }, (_, i) => symbols.indexOf(text[i + length])),
      symbols.length,
    );
    return {
      model: t.sequential(
        t.L.lstm({ units: 16, inputShape: [length, symbols.length] }),
        t.L.dense({ units: symbols.length, activation: "softmax" }),
      ),
      x,
      y,
      loss: cce,
    };
  },
};
