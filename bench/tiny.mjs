/**
 * A fit of 20 points by two parameters, y = a·exp(−b·x), which is microseconds of arithmetic: milliseconds a fit once
 * compiled, and what compiling takes, by backend; and one evaluation of a million residuals. Usage: npm run build &&
 * node bench/tiny.mjs
 */
import { numpy as np } from "@jax-js/jax";
import { compileObjective, jax, minimizeLeastSquares, wasm } from "quadric";
import { onnx } from "quadric/node";
import { minimizeObjective } from "../packages/quadric/dist/training/minimize.js";

const backends = { wasm: wasm(), onnx: onnx({ threads: 1 }), "jax cpu": jax({ device: "cpu" }) };
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

function problem(n) {
  const x = Float64Array.from({ length: n }, (_, i) => (4 * i) / (n - 1));
  const y = x.map((t, i) => 2.5 * Math.exp(-1.3 * t) + 0.01 * Math.sin(7 * i));
  const [xs, ys] = [x, y].map((data) => np.array(data, { dtype: np.float64 }));
  const model = ([a, b]) => np.exp(xs.ref.mul(b).neg()).mul(a).sub(ys.ref);
  const loss = (r) => np.square(r).sum().mul(0.5);
  return { model, loss, params: [np.array(1), np.array(1)] };
}

for (const [name, backend] of Object.entries(backends)) {
  const began = performance.now();
  const { model, params } = problem(20);
  const { iterations, x, value } = await minimizeLeastSquares(model, params, { backend });
  const first = performance.now() - began;
  const objective = await compileObjective(problem(20), { backend, dtype: "float64" });
  const fit = () => minimizeObjective(objective, objective.initial, { curvature: "gauss-newton" });
  const times = [];
  for (let i = 0; i < (name === "wasm" ? 300 : 30); i++) {
    const start = performance.now();
    await fit();
    times.push(performance.now() - start);
  }
  const { backendMs, traceMs, programs } = objective.compilation();
  objective.dispose();
  console.log(
    `${name}: ${median(times.slice(times.length >> 1)).toFixed(3)} ms a fit of ${iterations} steps, at best ${Math.min(...times).toFixed(3)}; first call ${first.toFixed(1)} ms; ` +
      `${programs} programs, tracing ${traceMs.toFixed(1)} ms, compiling ${backendMs.toFixed(1)} ms; f ${value.toExponential(10)}`,
    x.map((p) => p.dataSync()[0]),
  );
}

for (const [name, backend] of Object.entries(backends)) {
  const objective = await compileObjective(problem(1e6), { backend, dtype: "float64" });
  const w = objective.initial;
  const times = { value: [], linearize: [], product: [] };
  const timed = async (key, body) => {
    const start = performance.now();
    const result = await body();
    times[key].push(performance.now() - start);
    return result;
  };
  for (let i = 0; i < 5; i++) {
    await timed("value", () => objective.value(w));
    const linearization = await timed("linearize", () => objective.linearize(w, undefined, "gauss-newton"));
    await timed("product", () => linearization.curvature.multiply(Float64Array.of(1, 2)));
    linearization.dispose();
  }
  objective.dispose();
  const parts = Object.entries(times).map(([key, list]) => `${key} ${median(list).toFixed(1)} ms`);
  console.log(`${name}, a million residuals: ${parts.join(", ")}`);
}
