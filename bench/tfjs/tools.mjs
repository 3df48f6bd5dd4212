/** What every kind of model is made with, and the names of its losses. */

/** Normal numbers from a seed, by Box and Muller over a linear congruential generator. */
function makeRandom(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, below: (n) => Math.floor(uniform() * n) };
}

export const fill = (n, f) => Float32Array.from({ length: n }, (_, i) => f(i));

/** What every kind is made with: layers whose initial weights come from one seed, and tensors of numbers. */
export function tools(tf, tfl, seed = 1) {
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

export const fillRow = (k, label) => Array.from({ length: k }, (_, j) => Number(j === label));

export const mse = "meanSquaredError";
export const cce = "categoricalCrossentropy";
export const bce = "binaryCrossentropy";
export const sparse = "sparseCategoricalCrossentropy";
