/** What physics-informed kinds share: derivatives along an input, and a mean square as half a sum of squares. */
import { jvp, numpy as np } from "@jax-js/jax";
import { compileObjective } from "quadric";

/** x ↦ ∂f/∂x along `direction`, an array in the shape of x. */
export const along = (f, direction) => (x) => jvp(f, [x], [direction(x.ref)])[1];

/** Minimises the mean of the squares of `residuals(params)`, [m]; Gauss–Newton knows it as ½‖r·√(2/m)‖². */
export const meanSquare = (residuals, count, params, backend, dtype) =>
  compileObjective(
    {
      model: (p) => residuals(p).mul(Math.sqrt(2 / count)),
      loss: (r) => np.multiply(0.5, np.sum(np.square(r))),
      params,
    },
    { backend, dtype },
  );
