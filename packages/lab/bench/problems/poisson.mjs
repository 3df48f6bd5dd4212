/**
 * u″ = −k² sin kx on (0, 1), u(0) = u(1) = 0, k = 4π; u = x(1 − x)·N(x), N 1-32-32-1 tanh, 256 points; loss: mean
 * squared residual.
 */
import { numpy as np, tree } from "@jax-js/jax";
import { mlp } from "quadric";
import { along, meanSquare, relativeError } from "./residuals.mjs";

const k = 4 * Math.PI;
const points = 256;
const network = mlp([1, 32, 32, 1], { activation: "tanh" });
const grid = () => np.linspace(0.5 / points, 1 - 0.5 / points, points).reshape([points, 1]);
const field = (params) => (x) => x.ref.mul(np.subtract(1, x.ref)).mul(network.apply(tree.ref(params), x));

function residuals(params) {
  const d = (f) => along(f, np.onesLike);
  return d(d(field(params)))(grid())
    .add(np.sin(grid().mul(k)).mul(k * k))
    .reshape([points]);
}

export default {
  dtype: "float32",
  objective: (seed, backend) => meanSquare(residuals, points, network.init(seed), backend, "float32"),
  test: {
    name: "relative error",
    of(params) {
      const exact = np.sin(grid().mul(k));
      return relativeError(field(params)(grid()), exact);
    },
  },
  targets: [1, 1e-2, 1e-4],
};
