/**
 * B5: u_xx + u_yy + k²u = q on [−1,1]², k = 1, u* = sin πx sin 4πy, periodic in both.
 *
 * Network 4-30-30-30-30-1 of cosines and sines, 2,971 parameters; 5,000 uniform points, redrawn, mean r² only; relative error on
 * 200 × 200 points.
 */
import { coordinates, laplacian, network, points } from "quadric/equations";
import { glorotNormal, part } from "../shared/fields.mjs";

const [x, y] = coordinates("x", "y");
const square = { x: [-1, 1], y: [-1, 1] };
const exact = x
  .mul(Math.PI)
  .sin()
  .mul(y.mul(4 * Math.PI).sin());
const angles = [x, y].map((axis) => axis.add(1).mul(Math.PI));

export default {
  exact,
  solution: () =>
    network(
      angles.flatMap((angle) => [angle.cos(), angle.sin()]),
      [30, 30, 30, 30],
      { initializer: glorotNormal },
    ),
  terms: (u, share = 1) => [
    {
      residual: laplacian(u, [x, y])
        .add(u)
        .sub(exact.mul(1 - 17 * Math.PI ** 2)),
      on: points.uniform(square, part(5000, share)),
    },
  ],
  redraw: { from: 0.3 },
  held: points.grid(square, 200),
};
