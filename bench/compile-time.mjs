/**
 * Processor time from a loss to the first result of each of its programs: tracing, derivatives, compilation, first call.
 *
 *   node bench/compile-time.mjs [--only lotka-volterra,…] [--out FILE]
 *
 * Every row is a new process. Losses: Runge–Kutta's method for Lotka–Volterra, the state two scalars or a vector; nets of
 * 100 blocks (8 examples, 16 wide), plain, with layer normalization, and with a derivative along their inputs; and
 * y ← 3.1·y(1 − y).
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { jvp, nn, numpy as np } from "@jax-js/jax";
import { compileObjective, jax, wasm } from "quadric";
import { onnx } from "quadric/node";
import { processorMs, provenance, toFourDigits } from "./measure.mjs";

/** Classical Runge–Kutta steps of length h; states are lists of arrays, and `slope` and this take what they use. */
function rungeKutta(slope, start, steps, h) {
  const refs = (y) => y.map((x) => x.ref);
  const moved = (y, k, length) => y.map((x, i) => x.add(k[i].mul(length)));
  const states = [];
  let y = start;
  for (let i = 0; i < steps; i++) {
    const k1 = slope(refs(y));
    const k2 = slope(moved(refs(y), refs(k1), h / 2));
    const k3 = slope(moved(refs(y), refs(k2), h / 2));
    const k4 = slope(moved(refs(y), refs(k3), h));
    y = [k1, k2, k3, k4].reduce((state, k, j) => moved(state, k, (h / 6) * [1, 2, 2, 1][j]), y);
    states.push(...refs(y));
  }
  for (const x of y) x.dispose();
  return np.square(np.stack(states)).sum();
}

/** u′ = u(a − bv), v′ = v(cu − d). */
function lotkaVolterra({ p }) {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => p.ref.slice(i));
  const slope = ([u, v]) => [u.ref.mul(a.ref.sub(b.ref.mul(v.ref))), v.mul(c.ref.mul(u).sub(d.ref))];
  const loss = rungeKutta(slope, [np.array(1), np.array(0.5)], 200, 0.05);
  for (const x of [p, a, b, c, d]) x.dispose();
  return loss;
}

/** The same as y′ = y ⊙ (r + c ⊙ reversed y). */
function lotkaVolterraVector({ p }) {
  const r = np.stack([p.ref.slice(0), p.ref.slice(3).neg()]);
  const c = np.stack([p.ref.slice(1).neg(), p.slice(2)]);
  const slope = ([y]) => [y.ref.mul(r.ref.add(c.ref.mul(np.flip(y, 0))))];
  const loss = rungeKutta(slope, [np.array([1, 0.5])], 200, 0.05);
  for (const x of [r, c]) x.dispose();
  return loss;
}

const [blocks, width, examples] = [100, 16, 8];
const pattern = (n) => Float32Array.from({ length: n }, (_, i) => 0.3 * Math.sin(1 + 7 * i));
const weights = () => Array.from({ length: blocks }, () => np.array(pattern(width ** 2)).reshape([width, width]));
const batch = { x: { shape: [examples, width], data: pattern(examples * width) } };

function normalized(h) {
  const centred = h.ref.sub(np.mean(h, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-5)));
}

const net = (block) => ({
  params: { w: weights() },
  loss: ({ w }, { x }) => np.square(w.reduce(block, x)).mean(-1),
  batch,
});

const problems = {
  "lotka-volterra": () => ({ params: { p: np.array([1.1, 0.4, 0.1, 0.4]) }, loss: lotkaVolterra, dtype: "float64" }),
  "lotka-volterra-vector": () => ({
    params: { p: np.array([1.1, 0.4, 0.1, 0.4]) },
    loss: lotkaVolterraVector,
    dtype: "float64",
  }),
  "tanh-100": () => net((h, w) => np.tanh(np.matmul(h, w))),
  "layer-norm-100": () => net((h, w) => h.ref.add(nn.silu(np.matmul(normalized(h), w)))),
  "derivative-100": () => ({
    ...net(),
    loss({ w }, { x }) {
      const residual = (h) => w.reduce((y, matrix) => y.ref.add(np.tanh(np.matmul(y, matrix.ref))), h);
      const [y, dy] = jvp(residual, [x.ref], [np.onesLike(x)]);
      for (const matrix of w) matrix.dispose();
      return np.square(y.add(dy)).mean(-1);
    },
  }),
  logistic: () => ({
    params: { y: np.array([0.1, 0.2]) },
    loss({ y }) {
      let state = y;
      for (let i = 0; i < 100; i++) state = state.ref.mul(state.neg().add(1)).mul(3.1);
      return state.sum();
    },
  }),
};
const backends = { wasm, onnx, jax };
const rows = [
  ...["lotka-volterra", "lotka-volterra-vector"].flatMap((name) => [`${name}:wasm`, `${name}:onnx`]),
  ...["tanh-100", "layer-norm-100", "derivative-100"].flatMap((name) => [`${name}:onnx`, `${name}:wasm`]),
  "logistic:jax",
];

const { values: options } = parseArgs({
  options: { row: { type: "string" }, only: { type: "string" }, out: { type: "string" } },
});

async function measure(row) {
  const [name, backend] = row.split(":");
  const { batch: data = [], dtype, ...problem } = problems[name]();
  const times = {};
  const timed = async (what, f) => {
    const start = processorMs();
    const result = await f();
    times[what] = processorMs() - start;
    return result;
  };
  const start = processorMs();
  const objective = await compileObjective(problem, { backend: backends[backend](), dtype });
  const w = objective.initial;
  await timed("value", () => objective.value(w, data));
  await timed("gradient", () => objective.gradient(w, data));
  const linearization = await timed("linearize", () => objective.linearize(w, data, "hessian"));
  await timed("product", () => linearization.curvature.multiply(w));
  if (linearization.solve) {
    await timed("solve", () => linearization.solve(new Float64Array(w.length).fill(1), { radius: 1 }));
  }
  return { loss: name, backend, ...times, total: processorMs() - start };
}

if (options.row) {
  console.log(JSON.stringify(await measure(options.row)));
} else {
  const results = rows
    .filter((row) => !options.only || options.only.split(",").includes(row.split(":")[0]))
    .map((row) => {
      const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--row", row], { encoding: "utf8" });
      const result = JSON.parse(text);
      console.log(JSON.stringify(result, toFourDigits));
      return result;
    });
  if (options.out) {
    const record = { command: "node bench/compile-time.mjs", unit: "processor ms", ...provenance(), results };
    writeFileSync(options.out, `${JSON.stringify(record, toFourDigits, 1)}\n`);
  }
}
