/**
 * How the time of a step grows with parameters and with the batch.
 *
 *   node bench/growth.mjs [--steps 7] [--out bench/results/growth.json]
 *
 * A Gauss–Newton trust-region step of five products, an Adam step whose rate is measured, and an Adam step, on MLPs
 * 64-h-h-10 of 10³ to 10⁷ parameters at batches of 512, and on that of 90,000 at batches of 32 to 8,192; milliseconds
 * of processor time, one thread, medians. Slopes are those of ln time over ln size, by least squares and between the
 * two largest: 1 is linear growth.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { adam, compileObjective, losses, makeBatches, mlp, norms, steepestDescent, supervised } from "quadric";
import { onnx } from "quadric/node";
import { median, processorMs, provenance, toFourDigits } from "./measure.mjs";
import { wholeSolve } from "./whole-solve.mjs";

const { values: options } = parseArgs({
  options: { steps: { type: "string", default: "7" }, out: { type: "string" } },
});
const [inputs, classes, products, middle] = [64, 10, 5, 256];
const backend = onnx();
const methods = {
  "trust region": wholeSolve(products),
  "Adam with CDAT": steepestDescent({ norm: norms.adam({ beta: 0.99 }), momentum: 0.9 }),
  adam: adam(),
};

async function measure(hidden, batch) {
  const n = 2 * batch;
  const x = { shape: [n, inputs], data: Float32Array.from({ length: n * inputs }, (_, i) => Math.sin(i * i)) };
  const y = { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % classes) };
  const network = mlp([inputs, hidden, hidden, classes], { activation: "tanh", initializer: "lecun" });
  const objective = await compileObjective(supervised(network, losses.crossEntropy), { backend });
  const times = {};
  for (const [name, optimizer] of Object.entries(methods)) {
    const batches = makeBatches({ x, y }, { batchSize: batch, seed: 0 });
    const run = optimizer.start(objective, objective.initial, { batches });
    const beginning = run.state();
    const steps = [];
    for (let k = 0; k < Number(options.steps) + 2; k++) {
      // Always the first step, whose solve takes all of its products.
      run.restore(objective.initial, beginning);
      const before = processorMs();
      const record = await run.step(batches);
      const spent = processorMs() - before;
      if (name === "trust region" && record.products !== products) {
        throw new Error(`a step must take ${products} products, got ${record.products}`);
      }
      // The first two compile and warm up.
      if (k >= 2) steps.push(spent);
    }
    run.dispose();
    times[name] = median(steps);
  }
  const parameters = objective.layout.size;
  objective.dispose();
  const line = { parameters, batch, ms: times };
  console.error(JSON.stringify(line));
  return line;
}

/** Slopes of ln y over ln x. */
function slopes(lines, size, method) {
  const points = lines.map((line) => [Math.log(line[size]), Math.log(line.ms[method])]);
  const mean = (k) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const under = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const [[x0, y0], [x1, y1]] = points.slice(-2);
  return { leastSquares: over / under, last: (y1 - y0) / (x1 - x0) };
}

const byParameters = [];
for (const hidden of [12, 64, middle, 950, 3100]) byParameters.push(await measure(hidden, 512));
const byBatch = [];
for (const batch of [32, 128, 512, 2048, 8192]) byBatch.push(await measure(middle, batch));
const slopesOf = (lines, size) =>
  Object.fromEntries(Object.keys(methods).map((method) => [method, slopes(lines, size, method)]));
const result = {
  command: `node bench/growth.mjs ${process.argv.slice(2).join(" ")}`.trim(),
  byParameters,
  byBatch,
  slopes: { parameters: slopesOf(byParameters, "parameters"), batch: slopesOf(byBatch, "batch") },
  ...provenance(),
};
const text = `${JSON.stringify(result, toFourDigits, 2)}\n`;
if (options.out) writeFileSync(options.out, text);
console.log(text);
