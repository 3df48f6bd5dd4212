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
import { numpy as np } from "@jax-js/jax";
import { compileObjective, losses, mlp, regularizers, supervised } from "quadric";
import { coordinates, laplacian, network, points } from "quadric/equations";
import { convnet } from "quadric/models";
import { onnx } from "quadric/node";
import { systemOf } from "../packages/quadric/dist/equations/system.js";
import { processorMs } from "./measure.mjs";

const images = (count) => ({ shape: [count, 784], data: Float32Array.from({ length: count * 784 }, Math.random) });

function classifier(net, count) {
  const y = { shape: [count], data: Int32Array.from({ length: count }, () => Math.floor(10 * Math.random())) };
  return { problem: supervised(net, losses.crossEntropy), batch: { x: images(count), y } };
}

/** The mean of ½(Δu − sin πx sin πy)² at points of a square, Δu by the forward Laplacian. */
function poisson(hidden, count) {
  const [x, y] = coordinates("x", "y");
  const u = network([x, y], hidden);
  const source = x.mul(Math.PI).sin().mul(y.mul(Math.PI).sin());
  const square = { x: [0, 1], y: [0, 1] };
  const system = systemOf([{ residual: laplacian(u, [x, y]).sub(source), on: points.uniform(square, count) }]);
  const problem = {
    model: (arrays, columns) => system.residuals(arrays, columns),
    loss: (r) => np.multiply(0.5, np.mean(np.square(r))),
    params: system.init(1),
  };
  return { problem, batch: system.draw(1, 0) };
}

const nets = {
  "mlp-128": () => classifier(mlp([784, 128, 10], { initializer: "lecun" }), 512),
  "mlp-512-256": () => classifier(mlp([784, 512, 256, 10], { initializer: "lecun" }), 512),
  autoencoder() {
    const net = mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784], { initializer: "lecun" });
    const loss = (z, target) => losses.binaryCrossEntropy(z, target).mul(1 / 784);
    return { problem: supervised(net, loss), batch: { x: images(512) } };
  },
  convnet: () => classifier(convnet(), 256),
  pinn: () => poisson([30, 30, 30, 30], 1000),
};

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
