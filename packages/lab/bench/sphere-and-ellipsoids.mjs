/**
 * Does the ellipsoid win where the paper says, and does the scale of the pixels decide it?
 *
 *   node packages/lab/bench/sphere-and-ellipsoids.mjs [--seeds 3] [--backprops 10000]
 *
 * Fashion-MNIST (first 50,000 training images), 784-128-10 tanh, cross-entropy plus the paper's penalty, batches of
 * 512: trust regions with the paper's settings in the sphere and two ellipsoids, and Adam at five rates; pixels in 0..1
 * and in 0..255. All methods of a seed start from the same weights and see the same batches. Per run: the loss on all
 * training data, without the penalty, whenever the backpropagations pass a mark. Runs that are in runs/bench already
 * are not repeated; all of them go into results/sphere-and-ellipsoids.json.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { adam, compileObjective, fit, losses, mlp, regularizers, supervised } from "quadric";
import { parseIdx, rows } from "quadric/data";
import { onnx } from "quadric/node";
import { paperTrustRegion, presets } from "quadric/paper";
import { jsonLines, provenance } from "../../../bench/measure.mjs";
import { rawFile, summaryFile } from "./rows.mjs";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    backprops: { type: "string", default: "10000" },
    "data-dir": { type: "string", default: "/usr/share/datasets/fashion-mnist" },
  },
});
const marks = [0, 200, 500, 1000, 2000, 5000, 10000].filter((mark) => mark <= Number(options.backprops));
const examples = 50_000;

const read = (name) => parseIdx(gunzipSync(readFileSync(`${options["data-dir"]}/${name}-ubyte.gz`)));
const images = read("train-images-idx3");
const labels = read("train-labels-idx1");
const dataAt = (scale) => ({
  x: { shape: [examples, 784], data: Float32Array.from(images.data.subarray(0, 784 * examples), (x) => x * scale) },
  y: { shape: [examples], data: Int32Array.from(labels.data.subarray(0, examples)) },
});

const { trustRegion: settings, batchSize, penalty } = presets.paper["fashion-mnist-mlp"];
const methods = {
  "tr-euclidean": () => paperTrustRegion(settings.euclidean),
  "tr-adagrad": () => paperTrustRegion(settings.adagrad),
  "tr-rmsprop": () => paperTrustRegion(settings.rmsprop),
  ...Object.fromEntries(
    [1e-4, 3e-4, 1e-3, 3e-3, 1e-2].map((learningRate) => [`adam ${learningRate}`, () => adam({ learningRate })]),
  ),
};

const raw = rawFile("sphere-and-ellipsoids");
mkdirSync(dirname(raw), { recursive: true });
const known = existsSync(raw) ? jsonLines(raw) : [];
const backend = onnx();
const network = mlp([784, 128, 10], { activation: "tanh" });

for (const [pixels, scale] of [
  ["0..1", 1 / 255],
  ["0..255", 1],
]) {
  const data = dataAt(scale);
  const monitor = await compileObjective(supervised(network, losses.crossEntropy), { backend });
  const chunks = Array.from({ length: 10 }, (_, i) => {
    const indices = Int32Array.from({ length: examples / 10 }, (_, j) => (i * examples) / 10 + j);
    return { x: rows(data.x, indices), y: rows(data.y, indices) };
  });
  const fullLoss = async (w) => {
    let sum = 0;
    for (const chunk of chunks) sum += (await monitor.value(w, chunk)).value;
    return sum / chunks.length;
  };
  for (let seed = 0; seed < Number(options.seeds); seed++) {
    for (const [method, make] of Object.entries(methods)) {
      if (known.some((line) => line.pixels === pixels && line.seed === seed && line.method === method)) continue;
      const problem = {
        ...supervised(network, losses.crossEntropy, { seed }),
        regularizer: regularizers.tensorNorms(penalty),
      };
      const curve = [];
      const pending = [...marks];
      const callback = async ({ counts }, w) => {
        while (pending.length > 0 && counts.backprops >= pending[0]) curve.push([pending.shift(), await fullLoss(w)]);
      };
      curve.push([pending.shift(), await fullLoss(monitor.initial)]);
      const run = await fit(problem, data, {
        optimizer: make(),
        batchSize,
        seed,
        backend,
        budget: { backprops: Number(options.backprops) },
        callbacks: [callback],
      });
      const { status, counts, seconds } = run;
      const accepted = run.history.filter((step) => step.accepted).length;
      const { backprops, paperBackprops } = counts;
      const spent = { backprops, paperBackprops, seconds, steps: run.history.length, accepted };
      appendFileSync(
        raw,
        `${JSON.stringify({ pixels, seed, method, losses: curve, status, ...spent, ...provenance() })}\n`,
      );
      console.log(
        pixels,
        seed,
        method.padEnd(13),
        curve.map(([mark, loss]) => `${mark}: ${loss.toFixed(4)}`).join("  "),
        status,
      );
    }
  }
  monitor.dispose();
}

const all = jsonLines(raw);
const distinct = (key) => [...new Set(all.map((run) => run[key]))];
const loads = all.map(({ load }) => load[0]);
const head = {
  command: "node packages/lab/bench/sphere-and-ellipsoids.mjs",
  commits: distinct("commit"),
  node: distinct("node"),
  cpu: distinct("cpu"),
  load: [Math.min(...loads), Math.max(...loads)],
};
const short = (_, x) => (typeof x === "number" ? Number(x.toPrecision(6)) : x);
const lines = all.map(({ commit, quadric, node, cpu, load, ...run }) => `  ${JSON.stringify(run, short)}`);
writeFileSync(
  summaryFile("sphere-and-ellipsoids"),
  `{${JSON.stringify(head).slice(1, -1)},\n"runs":[\n${lines.join(",\n")}\n]}\n`,
);
