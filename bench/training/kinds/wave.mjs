/**
 * u_tt = c²u_xx on x in [0, 2π) periodic, t in [0, 1], u(x, 0) = sin x, u_t(x, 0) = 0, c = 4: u = sin x + t²·N(sin x, cos x, t),
 * N 3-32-32-1 tanh, 24 × 24 points; loss: mean squared residual.
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare } from "./residuals.mjs";

const c = 4;
const side = 24;
const count = side * side;
const network = mlp([3, 32, 32, 1], { activation: "tanh" });
const cell = (i) => (i + 0.5) / side;
const xs = Float32Array.from({ length: count }, (_, i) => 2 * Math.PI * cell(i % side));
const ts = Float32Array.from({ length: count }, (_, i) => cell(Math.floor(i / side)));
const column = (values) => np.array(values).reshape([count, 1]);

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
      const error = field(params)(column(xs), column(ts)).sub(exact.ref);
      return Math.sqrt(np.sum(np.square(error)).item() / np.sum(np.square(exact)).item());
    },
  },
  targets: [1, 1e-1, 1e-2],
};
