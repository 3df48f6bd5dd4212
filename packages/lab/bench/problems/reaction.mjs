/**
 * u_t = ρu(1 − u) on x in [0, 2π), t in [0, 1], u(x, 0) = h(x) = exp(−8(x/π − 1)²), ρ = 5: u = h + t·N(x/π − 1, t), N 2-32-32-1
 * tanh, 32 × 32 points; loss: mean squared residual. Exact: h·e^{ρt} / (h·e^{ρt} + 1 − h).
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare, relativeError, unitSquare } from "./residuals.mjs";

const rho = 5;
const { count, xs: zs, ts, column } = unitSquare(32, (x) => 2 * x - 1);
const network = mlp([2, 32, 32, 1], { activation: "tanh" });
const hs = zs.map((z) => Math.exp(-8 * z * z));

const field = (params) => (t) => {
  const inputs = np.concatenate([column(zs), t.ref], 1);
  return column(hs).add(t.mul(network.apply(tree.ref(params), inputs)));
};

function residuals(params) {
  const ut = along(field(params), np.onesLike)(column(ts));
  const u = field(params)(column(ts));
  return ut.sub(u.ref.mul(np.subtract(1, u)).mul(rho)).reshape([count]);
}

export default {
  dtype: "float32",
  objective: (seed, backend) => meanSquare(residuals, count, network.init(seed), backend, "float32"),
  test: {
    name: "relative error",
    of(params) {
      const grown = hs.map((h, i) => h * Math.exp(rho * ts[i]));
      const exact = column(grown.map((g, i) => g / (g + 1 - hs[i])));
      return relativeError(field(params)(column(ts)), exact);
    },
  },
  targets: [1e-2, 1e-4, 1e-6],
};
