/**
 * Processor times of the oracles of the nets of pytorch_oracles.py: one JSON object a line, as that script prints them.
 *
 *   npm run bench:oracles -- [--threads 1] [--repeats 15] [--nets mlp-128,…]
 *
 *   value      loss only
 *   gradient   loss and gradient
 *   hvp        Hessian product from scratch: linearization and one product
 *   hvp_kept   marginal time of one more product inside the fused solve, CG's vector algebra included
 *   ggn_kept   the same for Gauss–Newton
 *
 * The marginal time is that of a solve of up to 12 products less that of one of 2, over the difference. So that CG meets
 * no negative curvature on the way, hvp_kept is measured on the loss plus 5‖w‖², whose product costs one pass more over v.
 */
import { parseArgs } from "node:util";
import { compileObjective, regularizers } from "quadric";
import { onnx } from "quadric/node";
import { processorMs } from "./measure.mjs";
import { nets } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    repeats: { type: "string", default: "15" },
    nets: { type: "string", default: Object.keys(nets).join() },
    json: { type: "boolean" },
  },
});

/**
 * Processor time, which other processes lengthen least, after a second of warming up: by then the collector has been
 * round, and memory is used again instead of mapped anew.
 */
async function medianMs(f, repeats) {
  for (const start = processorMs(); processorMs() - start < 1000; ) await f();
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const start = processorMs();
    await f();
    times.push(processorMs() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
}

for (const name of options.nets.split(",")) {
  const { problem, batch } = nets[name]();
  const backend = onnx({ threads: Number(options.threads) });
  const objective = await compileObjective(problem, { backend });
  const w = objective.initial;
  const v = w.map(() => Math.random() - 0.5);
  const out = w.slice();
  const convex = await compileObjective({ ...problem, regularizer: regularizers.l2(10) }, { backend });
  const hessian = await convex.linearize(w, batch, "hessian");
  const gaussNewton = await convex.linearize(w, batch, "gauss-newton");
  const A = new Float64Array(w.length).fill(1);
  const solve = async (linearization, maxProducts) => {
    const rule = { radius: 1e9, tolerance: 1e-30, stoppingRule: "residual" };
    return (await linearization.solve(A, { ...rule, maxProducts })).products;
  };
  const marginalMs = async (linearization, repeats) => {
    const products = await solve(linearization, 12);
    const long = await medianMs(() => solve(linearization, products), repeats);
    return (long - (await medianMs(() => solve(linearization, 2), repeats))) / (products - 2);
  };
  const oracles = {
    value: () => objective.value(w, batch),
    gradient: () => objective.gradient(w, batch, out),
    async hvp() {
      const linearization = await objective.linearize(w, batch, "hessian");
      await linearization.curvature.multiply(v);
      linearization.dispose();
    },
  };
  const repeats = Number(options.repeats);
  const measured = {
    value: () => medianMs(oracles.value, repeats),
    gradient: () => medianMs(oracles.gradient, repeats),
    hvp: () => medianMs(oracles.hvp, repeats),
    hvp_kept: () => marginalMs(hessian, repeats),
    ggn_kept: () => marginalMs(gaussNewton, repeats),
  };
  for (const [oracle, measure] of Object.entries(measured)) {
    const ms = await measure();
    const line = { net: name, parameters: w.length, oracle, ms: Number(ms.toFixed(3)) };
    console.log(JSON.stringify({ ...line, threads: Number(options.threads) }));
  }
  objective.dispose();
}
