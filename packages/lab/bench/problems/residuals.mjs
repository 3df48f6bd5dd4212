/**
 * What physics-informed problems share: points, derivatives along an input, a mean square as half a sum of squares, and
 * the error.
 */
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

/**
 * Centres of side × side cells of the unit square, their first coordinate mapped by `place`; a column holds a number a
 * point.
 */
export function unitSquare(side, place) {
  const count = side * side;
  const cell = (i) => (i + 0.5) / side;
  return {
    count,
    xs: Float32Array.from({ length: count }, (_, i) => place(cell(i % side))),
    ts: Float32Array.from({ length: count }, (_, i) => cell(Math.floor(i / side))),
    column: (values) => np.array(values).reshape([count, 1]),
  };
}

/** ‖u − u*‖/‖u*‖ over the points. */
export function relativeError(u, exact) {
  const error = u.sub(exact.ref);
  return Math.sqrt(np.sum(np.square(error)).item() / np.sum(np.square(exact)).item());
}
