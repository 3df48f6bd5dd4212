/** y = sin(1/(x + 0.08)) at 256 points of [0, 1] by a network 1-24-24-1 tanh, float64; loss: mean squared error. */
import { numpy as np } from "@jax-js/jax";
import { mlp } from "quadric";
import { meanSquare } from "./residuals.mjs";

const points = 256;
const network = mlp([1, 24, 24, 1], { activation: "tanh" });
const xs = Float64Array.from({ length: points }, (_, i) => i / (points - 1));
const ys = xs.map((x) => Math.sin(1 / (x + 0.08)));
const array = (values) => np.array(values, { dtype: np.float64 });

const residuals = (params) =>
  network
    .apply(params, array(xs).reshape([points, 1]))
    .reshape([points])
    .sub(array(ys));

export default {
  dtype: "float64",
  objective: (seed, backend) => meanSquare(residuals, points, network.init(seed), backend, "float64"),
  targets: [1e-4, 1e-6, 1e-8],
};
