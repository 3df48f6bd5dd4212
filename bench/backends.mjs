/**
 * Gradients and Hessian products of networks in float32 by backend, one thread each, round by round in turns: the
 * fastest and the median round in milliseconds. Usage: npm run build && node bench/backends.mjs
 */
import { compileObjective, jax, losses, mlp, supervised, wasm } from "quadric";
import { convnet } from "quadric/models";
import { onnx } from "quadric/node";

const rnd = (n, s) => Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * s));
const labels = (n, c) => Int32Array.from({ length: n }, (_, i) => (5 * i + (i >> 3)) % c);
const dense = (l, b) => [
  supervised(mlp(l), losses.crossEntropy, { seed: 1 }),
  { x: { shape: [b, l[0]], data: rnd(b * l[0], 3) }, y: { shape: [b], data: labels(b, l.at(-1)) } },
];
const conv = (s, f, b, a) => [
  supervised(
    convnet({ inputShape: [1, s, s], features: f, kernelSize: 3, units: [32, 10], activation: a }),
    losses.crossEntropy,
    { seed: 1 },
  ),
  { x: { shape: [b, s * s], data: rnd(b * s * s, 3) }, y: { shape: [b], data: labels(b, 10) } },
];
const problems = {
  "mlp 5-8-3 b16": [dense([5, 8, 3], 16), 200],
  "mlp 64-64-10 b64": [dense([64, 64, 10], 64), 60],
  "mlp 784-256-10 b256": [dense([784, 256, 10], 256), 12],
  "mlp 784-1000-500-10 b256": [dense([784, 1000, 500, 10], 256), 5],
  "conv 14 4,8 b32": [conv(14, [4, 8], 32, "tanh"), 12],
  "conv 28 16,32 b64": [conv(28, [16, 32], 64, "relu"), 3],
};
for (const [name, [[p, batch], rounds]] of Object.entries(problems)) {
  const runs = [];
  for (const [bn, backend] of [
    ["wasm", wasm()],
    ["jax", jax()],
    ["onnx", onnx({ threads: 1 })],
  ]) {
    const o = await compileObjective(p, { backend, dtype: "float32" });
    const w = o.initial,
      v = w.slice();
    const l = await o.linearize(w, batch, "hessian");
    for (let i = 0; i < Math.max(2, rounds / 4); i++) {
      await l.curvature.multiply(v);
      await o.gradient(w, batch);
    }
    runs.push({
      bn,
      o,
      t: { gradient: [], hvp: [] },
      f: { gradient: () => o.gradient(w, batch), hvp: () => l.curvature.multiply(v) },
    });
  }
  for (let r = 0; r < rounds; r++)
    for (const { t, f } of runs)
      for (const k of ["gradient", "hvp"]) {
        const s = performance.now();
        await f[k]();
        t[k].push(performance.now() - s);
      }
  for (const { bn, o, t } of runs) {
    console.log(
      name.padEnd(26),
      bn.padEnd(5),
      ...Object.entries(t).map(([k, x]) => {
        x.sort((a, b) => a - b);
        return `${k} min ${x[0].toFixed(3)} med ${x[x.length >> 1].toFixed(3)} `;
      }),
    );
    o.dispose();
  }
}
