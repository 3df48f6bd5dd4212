/**
 * Time of a whole optimizer step and its share outside the oracles.
 *
 *   npm run bench:step -- [--nets autoencoder,mlp-512-256] [--rounds 5] [--steps 10]
 *
 *   outside = (step − gradient − values − products·hvp_kept) / step      script = (step − calls of the engine) / step
 *
 * in milliseconds of processor time, which other processes hardly lengthen, for Gauss–Newton trust-region steps in the
 * RMSProp ellipsoid on batches of 512 random images. So many steps in a row, then each oracle by itself, hvp_kept as
 * the marginal time of a product inside the fused solve, round by round: medians over the rounds. What lies between the
 * two shares is the engine's own work around the oracles: results handed over, the solve's first and last vectors; less
 * the half of a product that a solve leaves out which ends on the boundary. Also the milliseconds that 10 MB of fresh
 * memory cost here, and the achieved GFLOP/s of a product over those of a plain 1024³ product in the same engine.
 */
import { parseArgs } from "node:util";
import { numpy as np } from "@jax-js/jax";
import { compileObjective, losses, makeBatches, mlp, norms, supervised, trustRegion } from "quadric";
import { onnx } from "quadric/node";
import { median, processorMs, provenance, toFourDigits } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    nets: { type: "string", default: "autoencoder,mlp-512-256" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "10" },
    threads: { type: "string", default: "1" },
  },
});
const sizesOf = {
  "mlp-128": [784, 128, 10],
  "mlp-512-256": [784, 512, 256, 10],
  autoencoder: [784, 1000, 500, 250, 30, 250, 500, 1000, 784],
};
const engine = onnx({ threads: Number(options.threads) });

/** Milliseconds inside the engine so far. */
let inside = 0;
const clocked = async (executable) => {
  const { run, dispose } = await executable;
  return {
    async run(...inputs) {
      const start = processorMs();
      try {
        return await run(...inputs);
      } finally {
        inside += processorMs() - start;
      }
    },
    dispose,
  };
};
const backend = {
  ...engine,
  compile: (graph) => clocked(engine.compile(graph)),
};

async function elapsed(f) {
  const start = processorMs();
  await f();
  return processorMs() - start;
}

async function medianMs(f, repeats) {
  const times = [];
  for (let i = 0; i < repeats + 2; i++) times.push(await elapsed(f));
  return median(times.slice(2));
}

/** Milliseconds of a 1024³ product inside the engine. */
async function squareProductMs() {
  const w = np.zeros([1024, 1024]);
  const problem = {
    // Summed, so that handing over the result is not measured.
    model: (a, { b }) => np.dot(b, a).sum(-1),
    loss: (z) => np.square(z),
    params: w,
  };
  const objective = await compileObjective(problem, { backend });
  const b = { shape: [1024, 1024], data: Float32Array.from({ length: 2 ** 20 }, Math.random) };
  const ms = await medianMs(() => objective.predict(objective.initial, { b }), 9);
  objective.dispose();
  return ms;
}

/** Holds memory, so that the next is fresh. */
const held = [];
const peak = (2 * 1024 ** 3) / 1e6 / (await squareProductMs());
for (const name of options.nets.split(",")) {
  const sizes = sizesOf[name];
  const network = mlp(sizes, { initializer: "lecun" });
  const n = 2048;
  const x = { shape: [n, 784], data: Float32Array.from({ length: n * 784 }, Math.random) };
  const y = { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % 10) };
  const classify = sizes.at(-1) === 10;
  const problem = supervised(network, classify ? losses.crossEntropy : losses.binaryCrossEntropy);
  const batches = makeBatches(classify ? { x, y } : { x }, { batchSize: 512, seed: 0 });
  const objective = await compileObjective(problem, { backend });
  const optimizer = trustRegion({
    norm: norms.rmsprop(),
    curvature: "gauss-newton",
    subproblem: { tolerance: 0.01 },
    sampling: { curvatureFraction: 1 },
  });
  const run = optimizer.start(objective, objective.initial, { batches });
  const w = objective.initial;
  const batch = batches.batch({ epoch: 0, offset: 0, size: 512 });
  const A = new Float64Array(w.length).fill(1e-3);
  const memory = w.slice();
  const takeSteps = async (count) => {
    for (let i = 0; i < count; i++) await run.step(batches);
  };
  await takeSteps(5);
  const rounds = [];
  for (let i = 0; i < Number(options.rounds); i++) {
    const before = { ...objective.ledger.counts(), inside };
    const ms = await elapsed(() => takeSteps(Number(options.steps)));
    const script = ms - (inside - before.inside);
    const after = objective.ledger.counts();
    const [values, gradients, products] = ["values", "gradients", "ggnvps"].map((key) => after[key] - before[key]);
    const linearization = await objective.linearize(w, batch, "gauss-newton");
    const solve = (maxProducts) => () =>
      linearization.solve(A, { radius: 1e9, tolerance: 1e-30, stoppingRule: "decrease", maxProducts });
    const product = ((await medianMs(solve(8), 5)) - (await medianMs(solve(2), 5))) / 6;
    linearization.dispose();
    const gradient = await medianMs(() => objective.gradient(w, batch, memory), 5);
    const value = await medianMs(() => objective.value(w, batch), 5);
    rounds.push({ ms, script, values, gradients, products, product, gradient, value });
  }
  const middle = (read) => median(rounds.map(read));
  // Multiply-adds of a kept Gauss–Newton product: every weight matrix four times, the first twice.
  const weights = sizes.slice(1).map((size, l) => size * sizes[l]);
  const flops = 2 * 512 * (4 * weights.reduce((a, b) => a + b) - 2 * weights[0]);
  const [product, gradient, value] = ["product", "gradient", "value"].map((key) => middle((round) => round[key]));
  const line = {
    net: name,
    stepMs: middle(({ ms }) => ms) / Number(options.steps),
    products: middle(({ products }) => products) / Number(options.steps),
    valueMs: value,
    gradientMs: gradient,
    productMs: product,
    outside: middle(
      ({ ms, values, gradients, products, ...round }) =>
        (ms - gradients * round.gradient - values * round.value - products * round.product) / ms,
    ),
    script: middle(({ ms, script }) => script / ms),
    freshMs: await medianMs(() => held.push(new Float32Array(2 ** 21 + 2 ** 19).fill(1)), 9),
    productGflops: flops / product / 1e6,
    squareProductGflops: peak,
    efficiency: flops / product / 1e6 / peak,
    productOverGradient: product / gradient,
  };
  console.log(JSON.stringify({ ...line, ...provenance() }, toFourDigits));
  run.dispose();
  objective.dispose();
}
