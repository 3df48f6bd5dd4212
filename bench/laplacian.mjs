/**
 * Time of a Laplacian residual's value, gradient, Gauss–Newton product and Jacobian: second derivatives one by one, by nested
 * forward mode, against the forward Laplacian that carries value, gradient and Laplacian in one sweep.
 *
 *   node bench/laplacian.mjs [--rounds 20]
 *
 * float64, one thread. Both ways take turns; the least processor time of each is stated, and their ratio.
 */
import { parseArgs } from "node:util";
import { numpy as np } from "@jax-js/jax";
import { compileObjective } from "quadric";
import { apply, coordinates, derivative, laplacian, network, points } from "quadric/equations";
import { onnx } from "quadric/node";
import { systemOf } from "../packages/quadric/dist/equations/system.js";
import { processorMs, provenance } from "./measure.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
const rounds = Number(values.rounds);

const problems = [
  { dimensions: 2, hidden: [64], count: 900 },
  { dimensions: 2, hidden: [30, 30, 30, 30], count: 3000 },
  { dimensions: 5, hidden: [64], count: 3000 },
  { dimensions: 5, hidden: [64, 64], count: 1000 },
  { dimensions: 10, hidden: [64, 64], count: 1000 },
];

const ways = {
  forward: (u, axes) => laplacian(u, axes),
  // What is behind a function of jax-js is differentiated by nested forward mode.
  nested: (u, axes) => {
    const opaque = apply((value) => value, u);
    return axes.map((x) => derivative(opaque, x, x)).reduce((a, b) => a.add(b));
  },
};

async function objectiveOf(residual, on) {
  const system = systemOf([{ residual, on }]);
  const objective = await compileObjective(
    {
      model: (arrays, columns) => system.residuals(arrays, columns),
      loss: (r) => np.multiply(0.5, np.sum(np.square(r))),
      params: system.init(1),
    },
    { backend: onnx({ threads: 1 }), dtype: "float64" },
  );
  return { objective, batch: system.draw(1, 0) };
}

/** What is timed, each a function of an objective at its start. */
async function tasksOf({ objective, batch }) {
  const w = objective.initial;
  const v = w.map((_, i) => Math.sin(i));
  const at = await objective.linearize(w, batch, "gauss-newton");
  return {
    value: () => objective.value(w, batch),
    gradient: () => objective.gradient(w, batch),
    product: () => at.curvature.multiply(v),
    jacobian: () => objective.jacobian(w, batch),
  };
}

console.log(JSON.stringify(provenance()));
for (const { dimensions, hidden, count } of problems) {
  const names = Array.from({ length: dimensions }, (_, k) => `x${k}`);
  const axes = coordinates(...names);
  const on = points.uniform(Object.fromEntries(names.map((name) => [name, [0, 1]])), count);
  const u = network(axes, hidden);
  const tasks = {};
  for (const [way, f] of Object.entries(ways)) tasks[way] = await tasksOf(await objectiveOf(f(u, axes), on));
  const least = {};
  for (const what of Object.keys(tasks.forward)) {
    for (let round = 0; round < rounds; round++) {
      for (const way of Object.keys(ways)) {
        const begin = processorMs();
        await tasks[way][what]();
        const key = `${what} ${way}`;
        least[key] = Math.min(least[key] ?? Infinity, processorMs() - begin);
      }
    }
  }
  const row = Object.keys(tasks.forward).map((what) => {
    const [a, b] = [least[`${what} nested`], least[`${what} forward`]];
    return `${what} ${a.toFixed(2)} → ${b.toFixed(2)} ms (${(a / b).toFixed(2)}×)`;
  });
  console.log(`${dimensions}-${hidden.join("-")}-1, ${count} points: ${row.join(", ")}`);
}
