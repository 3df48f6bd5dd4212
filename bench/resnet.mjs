/**
 * ResNet-18 (3×32×32, eleven million parameters): gradient and Hessian product of the native engine against jax-js, and
 * their times. jax-js takes minutes for a product, so the comparison runs on a small batch. Then the exported ONNX
 * file, with a free batch size, against our own forward pass compiled for each of three.
 *
 *   node bench/resnet.mjs [--compare 2] [--batch 32]
 */
import { parseArgs } from "node:util";
import { nn } from "@jax-js/jax";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { compileObjective, jax, losses, supervised } from "quadric";
import { exportOnnx } from "quadric/models";
import { onnx } from "quadric/node";
import { runnerImport } from "vite";

const { resnet18 } = (await runnerImport(new URL("../examples/models/resnet.ts", import.meta.url).pathname)).module;

const { values: options } = parseArgs({
  options: { compare: { type: "string", default: "2" }, batch: { type: "string", default: "32" } },
});
const batchOf = (n) => ({
  x: { shape: [n, 3072], data: Float32Array.from({ length: n * 3072 }, (_, i) => Math.sin(1.7 * i)) },
  y: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % 10) },
});
const difference = (a, b) =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / b.reduce((s, x) => s + x * x, 0));

/** Gradient, Hessian product and their seconds, once everything is compiled. */
async function oracles(activation, backend, n, rounds) {
  const objective = await compileObjective(supervised(resnet18({ activation: nn[activation] }), losses.crossEntropy), {
    backend,
  });
  const v = objective.initial.map((_, i) => Math.sin(0.37 * i));
  let result;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const linearization = await objective.linearize(objective.initial, batchOf(n), "hessian");
    const linearized = performance.now();
    const product = await linearization.curvature.multiply(v);
    const seconds = [linearized - start, performance.now() - linearized].map((ms) => ms / 1000);
    result = { gradient: linearization.gradient.slice(), product, seconds };
    linearization.dispose();
  }
  objective.dispose();
  return result;
}

for (const activation of ["softplus", "relu"]) {
  const { seconds } = await oracles(activation, onnx(), Number(options.batch), 3);
  console.log(
    `${activation}, batch ${options.batch}: linearization ${seconds[0].toFixed(1)} s, product ${seconds[1].toFixed(1)} s`,
  );
  const n = Number(options.compare);
  const [ours, theirs] = [await oracles(activation, onnx(), n, 1), await oracles(activation, jax(), n, 1)];
  const [g, hv] = ["gradient", "product"].map((key) => difference(ours[key], theirs[key]).toExponential(1));
  console.log(`${activation}, batch ${n}: relative difference to jax-js: gradient ${g}, Hessian product ${hv}`);
}

const channels = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512;
const statistics = Float64Array.from({ length: 2 * channels }, (_, i) => Number(i >= channels) + 0.3 * Math.sin(i));
const inference = resnet18().withStatistics(statistics);
const problem = supervised(inference, losses.crossEntropy);
const objective = await compileObjective(problem, { backend: onnx() });
const bytes = await exportOnnx(inference.apply, problem.params, { shape: [1, 3, 32, 32], data: batchOf(1).x.data });
const session = await InferenceSession.create(bytes);
for (const n of [1, 7, 64]) {
  const { data } = batchOf(n).x;
  const { output } = await session.run({ input: new Tensor("float32", data, [n, 3, 32, 32]) });
  const own = await objective.predict(objective.initial, batchOf(n));
  const largest = own.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const apart = output.data.reduce((most, x, i) => Math.max(most, Math.abs(x - own.data[i])), 0);
  console.log(`exported, batch ${n}: largest difference ${(apart / largest).toExponential(1)} of the largest output`);
}
