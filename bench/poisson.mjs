/**
 * The 1-D Poisson network (u″ = −k² sin kx, k = 4π, u = x(1−x)·N(x), N 1-32-32-1 tanh, 256 points, float32): seconds and
 * backpropagations to a mean squared residual of 1e-3, and the least residual within the time.
 *
 *   node bench/poisson.mjs [--seconds 15] [--seeds 3] [--out bench/results/poisson.json]
 *
 * defaults: those of the trust region; fused: Gauss–Newton trust region without pairs of earlier solves, a whole CG solve a native
 * call; plain: the same with one call a product. Methods are interleaved, seed by seed. Compilation is outside the clock.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { jvp, numpy as np, tree } from "@jax-js/jax";
import { adam, lbfgs, minimizeLeastSquares, mlp, norms, subproblems, trustRegion } from "quadric";
import { onnx } from "quadric/node";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "15" },
    seeds: { type: "string", default: "3" },
    out: { type: "string" },
  },
});
const k = 4 * Math.PI;
const points = 256;
const network = mlp([1, 32, 32, 1], { activation: "tanh" });

/** (u″ + k² sin kx)/√(n/2), so that half the sum of squares is the mean squared residual. */
function residuals(params) {
  const x = np.linspace(0.5 / points, 1 - 0.5 / points, points).reshape([points, 1]);
  const u = (at) => at.ref.mul(np.subtract(1, at.ref)).mul(network.apply(tree.ref(params), at));
  const derivative = (f) => (at) => jvp(f, [at], [np.onesLike(at.ref)])[1];
  const residual = derivative(derivative(u))(x.ref).add(np.sin(x.mul(k)).mul(k * k));
  return residual.reshape([points]).mul(Math.sqrt(2 / points));
}

const newton = {
  curvature: "gauss-newton",
  maxProducts: 200,
  radius: 1,
  maxRadius: 1e6,
  eta1: 0.1,
  eta2: 0.9,
  stoppingRule: "residual",
  preconditionerPairs: 0,
};
const steihaug = subproblems.steihaug();
const methods = {
  defaults: () => trustRegion({ curvature: "gauss-newton" }),
  "fused, sphere": () => trustRegion({ ...newton, norm: norms.euclidean() }),
  "plain, sphere": () =>
    trustRegion({ ...newton, norm: norms.euclidean(), subproblem: { name: "plain", solve: steihaug.solve } }),
  "fused, rmsprop": () => trustRegion({ ...newton, norm: norms.rmsprop() }),
  "adam 1e-3": () => adam({ learningRate: 1e-3 }),
  "adam 1e-2": () => adam({ learningRate: 1e-2 }),
  "l-bfgs": () => lbfgs({ gradientTolerance: 0 }),
};
const backend = onnx();
const runs = [];
for (let seed = 0; seed < Number(options.seeds); seed++) {
  for (const [method, make] of Object.entries(methods)) {
    let reached;
    let least = Infinity;
    const result = await minimizeLeastSquares(residuals, network.init(seed), {
      method: make(),
      backend,
      dtype: "float32",
      maxIterations: 1e6,
      budget: { seconds: Number(options.seconds) },
      callback: ({ loss, seconds, counts }) => {
        least = Math.min(least, loss);
        if (loss < 1e-3) reached ??= { seconds, backprops: counts.backprops };
      },
    });
    runs.push({ seed, method, reached, least, status: result.status, backprops: result.counts.backprops });
    const when = reached
      ? `1e-3 after ${reached.seconds.toFixed(2)} s, ${reached.backprops} backprops`
      : "1e-3 not reached";
    console.log(`${seed} ${method.padEnd(15)} ${when}; least ${least.toExponential(2)} (${result.status})`);
  }
}
if (options.out) {
  const { out, ...settings } = options;
  const machine = { cpu: cpus()[0].model, node: process.version, load: loadavg() };
  writeFileSync(out, `${JSON.stringify({ command: "node bench/poisson.mjs", settings, machine, runs }, null, 2)}\n`);
}
