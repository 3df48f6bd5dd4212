/**
 * u_tt = c²u_xx on x in [0, 2π) periodic, t in [0, 1], u(x, 0) = sin x, u_t(x, 0) = 0, c = 4: u = sin x + t²·N(sin x, cos x, t),
 * N 3-32-32-1 tanh, 24 × 24 points; loss: mean squared residual.
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare, relativeError, unitSquare } from "./residuals.mjs";

const c = 4;
const { count, xs, ts, column } = unitSquare(24, (x) => 2 * Math.PI * x);
const network = mlp([3, 32, 32, 1], { activation: "tanh" });

const field = (params) => (x, t) => {
  const inputs = np.concatenate([np.sin(x.ref), np.cos(x.ref), t.ref], 1);
  return np.sin(x).add(t.ref.mul(t).mul(network.apply(tree.ref(params), inputs)));
};

function residuals(params) {
  const u = field(params);
  const d = (f) => along(f, np.onesLike);
  const uxx = d(d((x) => u(x, column(ts))))(column(xs));
  const utt = d(d((t) => u(column(xs), t)))(column(ts));
  return utt.sub(uxx.mul(c * c)).reshape([count]);
}

export default {
  dtype: "float32",
  objective: (seed, backend) => meanSquare(residuals, count, network.init(seed), backend, "float32"),
  test: {
    name: "relative error",
    of(params) {
      const exact = np.sin(column(xs)).mul(np.cos(column(ts).mul(c)));
      return relativeError(field(params)(column(xs), column(ts)), exact);
    },
  },
  targets: [1e-1, 1e-2, 1e-4],
};
