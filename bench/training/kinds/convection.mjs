/**
 * u_t + βu_x = 0 on x in [0, 2π) periodic, t in [0, 1], u(x, 0) = sin x, β = 10: u = sin x + t·N(sin x, cos x, t),
 * N 3-32-32-1 tanh, 32 × 32 points; loss: mean squared residual.
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare } from "./residuals.mjs";

const beta = 10;
const side = 32;
const count = side * side;
const network = mlp([3, 32, 32, 1], { activation: "tanh" });
const cell = (i) => (i + 0.5) / side;
const xs = Float32Array.from({ length: count }, (_, i) => 2 * Math.PI * cell(i % side));
const ts = Float32Array.from({ length: count }, (_, i) => cell(Math.floor(i / side)));
const column = (values) => np.array(values).reshape([count, 1]);

const field = (params) => (x, t) => {
  const inputs = np.concatenate([np.sin(x.ref), np.cos(x.ref), t.ref], 1);
  return np.sin(x).add(t.mul(network.apply(tree.ref(params), inputs)));
};

function residuals(params) {
  const u = field(params);
  const ux = along((x) => u(x, column(ts)), np.onesLike)(column(xs));
  const ut = along((t) => u(column(xs), t), np.onesLike)(column(ts));
  return ut.add(ux.mul(beta)).reshape([count]);
}

export default {
  dtype: "float32",
  objective: (seed, backend) => meanSquare(residuals, count, network.init(seed), backend, "float32"),
  test: {
    name: "relative error",
    of(params) {
      const exact = np.sin(column(xs).sub(column(ts).mul(beta)));
      const error = field(params)(column(xs), column(ts)).sub(exact.ref);
      return Math.sqrt(np.sum(np.square(error)).item() / np.sum(np.square(exact)).item());
    },
  },
  targets: [1e-1, 1e-2, 2e-3],
};
