/**
 * y = Σ a_k exp(−e^{c_k} t), five terms with rates 0.5, 1, 3, 8, 20 and a = 1, at 200 points of [0, 6], float64, from
 * a_k = 0.5 and rates off by factors that the seed draws in [½, 2]; loss: mean squared error. The classic
 * ill-conditioned fit.
 */
import { numpy as np } from "@jax-js/jax";
import { makeRandom } from "./random.mjs";
import { meanSquare } from "./residuals.mjs";

const points = 200;
const rates = [0.5, 1, 3, 8, 20];
const ts = Float64Array.from({ length: points }, (_, i) => 6 * (i / (points - 1)) ** 2);
const ys = ts.map((t) => rates.reduce((sum, rate) => sum + Math.exp(-rate * t), 0));
const array = (values) => np.array(values, { dtype: np.float64 });

const residuals = ({ a, c }) => {
  const terms = np.exp(
    np
      .exp(c)
      .reshape([1, 5])
      .mul(array(ts).reshape([points, 1]))
      .neg(),
  );
  return terms
    .mul(a.reshape([1, 5]))
    .sum(1)
    .sub(array(ys));
};

export default {
  dtype: "float64",
  objective(seed, backend) {
    const random = makeRandom(seed);
    const c = rates.map((rate) => Math.log(rate) + (2 * random() - 1) * Math.LN2);
    return meanSquare(
      residuals,
      points,
      { a: array(Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5)), c: array(Float64Array.from(c)) },
      backend,
      "float64",
    );
  },
  targets: [1e-6, 1e-7, 1e-10],
};
