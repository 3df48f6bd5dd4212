/**
 * u_t + βu_x = 0 on x in [0, 2π) periodic, t in [0, 1], u(x, 0) = sin x, β = 10: u = sin x + t·N(sin x, cos x, t),
 * N 3-32-32-1 tanh, 32 × 32 points; loss: mean squared residual.
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare, relativeError, unitSquare } from "./residuals.mjs";

const beta = 10;
const { count, xs, ts, column } = unitSquare(32, (x) => 2 * Math.PI * x);
const network = mlp([3, 32, 32, 1], { activation: "tanh" });

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
      return relativeError(field(params)(column(xs), column(ts)), exact);
    },
  },
  targets: [1e-1, 1e-2, 1e-4],
};
