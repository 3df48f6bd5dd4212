/**
 * How much the loss after a fixed time depends on what a user would have to choose.
 *
 *   node packages/lab/bench/robustness.mjs [--seconds 0.5] [--seeds 3] [--out packages/lab/bench/results]
 *
 * Digits, 64-32-10 tanh, batches of 128. One quantity at a time is multiplied by 1/10 … 10: the batch, the initial
 * weights or the pixels, with the defaults of the trust region, which has no Δ₀ on such batches, and Adam at its rate
 * 1e-2; Δ₀ of the trust region that solves subproblems, and Adam's rate. The loss is that on all training data, of the
 * problem's own pixels, after so many seconds of processor time. Writes robustness.json and robustness.svg: median,
 * least and largest over the seeds.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { adam, auto, compileObjective, losses, makeBatches, mlp, supervised, trustRegion } from "quadric";
import { parseIdx } from "quadric/data";
import { onnx } from "quadric/node";
import { linesPicture, standalone, strokeOf } from "quadric-cli/pictures";
import { median, processorMs, provenance, toFourDigits } from "../../../bench/measure.mjs";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "0.5" },
    seeds: { type: "string", default: "3" },
    out: { type: "string", default: fileURLToPath(new URL("results", import.meta.url)) },
  },
});
const [seconds, seeds] = [Number(options.seconds), Number(options.seeds)];
const file = (name) =>
  gunzipSync(readFileSync(new URL(`../../cli/data/digits/train-${name}-ubyte.gz`, import.meta.url)));
const images = parseIdx(file("images-idx3"));
const n = images.shape[0];
const pixels = Float32Array.from(images.data, (value) => value / 16);
const y = parseIdx(file("labels-idx1"));
const network = mlp([64, 32, 10], { activation: "tanh" });
const factors = [-1, -0.5, 0, 0.5, 1].map((power) => 10 ** power);

/** What a factor is applied to, by method. */
const quantities = {
  "trust region": ["batch", "initial weights", "pixels"],
  "with subproblems": ["Δ₀"],
  Adam: ["rate", "batch", "initial weights", "pixels"],
};
const optimizerOf = (method, quantity, factor) =>
  method === "Adam"
    ? adam({ learningRate: 1e-2 * (quantity === "rate" ? factor : 1) })
    : method === "with subproblems"
      ? trustRegion({ radius: { initial: 0.05 * factor } })
      : auto();

const backend = onnx();
async function lossAfter(method, quantity, factor, seed) {
  const scale = quantity === "pixels" ? factor : 1;
  const data = { x: { shape: [n, 64], data: pixels.map((value) => value * scale) }, y };
  const objective = await compileObjective(supervised(network, losses.crossEntropy, { seed }), { backend });
  const start = objective.initial.map((value) => value * (quantity === "initial weights" ? factor : 1));
  const batchSize = Math.min(n, Math.round(128 * (quantity === "batch" ? factor : 1)));
  const optimizer = optimizerOf(method, quantity, factor);
  const runOf = (parameters) => optimizer.start(objective, parameters, { batches: { batchSize, examples: n } });
  // Two steps that nobody counts compile the programs.
  const trial = runOf(start);
  for (let k = 0; k < 2; k++) await trial.step(makeBatches(data, { batchSize, seed }));
  trial.dispose();
  const run = runOf(start);
  const batches = makeBatches(data, { batchSize, seed });
  const end = processorMs() + 1000 * seconds;
  let status;
  while (processorMs() < end && !status) ({ status } = await run.step(batches));
  const { value } = await objective.value(run.parameters, data);
  run.dispose();
  objective.dispose();
  return value;
}

const lines = [];
for (const [method, names] of Object.entries(quantities)) {
  for (const quantity of names) {
    for (const factor of factors) {
      const ends = [];
      for (let seed = 0; seed < seeds; seed++) ends.push(await lossAfter(method, quantity, factor, seed));
      lines.push({ method, quantity, factor, losses: ends });
      console.error(
        `${method}, ${quantity} × ${factor.toPrecision(2)}: ${ends.map((x) => x.toExponential(1)).join(" ")}`,
      );
    }
  }
}

const command = `node packages/lab/bench/robustness.mjs --seconds ${seconds} --seeds ${seeds}`;
writeFileSync(
  `${options.out}/robustness.json`,
  `${JSON.stringify({ command, ...provenance(), lines }, toFourDigits, 1)}\n`,
);

const curveOf = (method, quantity) => {
  const own = lines.filter((line) => line.method === method && line.quantity === quantity);
  return {
    x: own.map(({ factor }) => Math.log10(factor)),
    y: own.map(({ losses }) => median(losses)),
    low: own.map(({ losses }) => Math.min(...losses)),
    high: own.map(({ losses }) => Math.max(...losses)),
  };
};
const picture = linesPicture({
  name: "robustness",
  title: `Digits: training loss after ${seconds} s of processor time`,
  x: "log₁₀ of the factor",
  y: "training loss: median, least and largest",
  scale: "log",
  wholeBands: true,
  series: Object.entries(quantities)
    .flatMap(([method, names]) => names.map((quantity) => [method, quantity]))
    .map(([method, quantity], i) => ({
      label: `${method}, ${quantity}`,
      ...strokeOf(i),
      strokeDasharray: method === "Adam" ? "5 3" : undefined,
      curve: curveOf(method, quantity),
    })),
});
writeFileSync(`${options.out}/robustness.svg`, standalone(picture));
