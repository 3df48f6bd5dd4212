/**
 * B1 and B2, the yardstick of dense Gauss–Newton: −Δu = 2π² sin πx sin πy on (0,1)², u = 0 at the boundary.
 *
 * 900 uniform points inside, 120 at the boundary, ½ mean r² + ½ mean b²; root mean square error on 9,000 points.
 */
import { coordinates, laplacian, network, points } from "quadric/equations";
import { part } from "./fields.mjs";

const [x, y] = coordinates("x", "y");
const square = { x: [0, 1], y: [0, 1] };
const exact = x.mul(Math.PI).sin().mul(y.mul(Math.PI).sin());

export const poisson = (hidden) => ({
  exact,
  solution: () => network([x, y], hidden, { initializer: "fanIn" }),
  terms: (u, share = 1) => [
    { residual: laplacian(u, [x, y]).add(exact.mul(2 * Math.PI ** 2)), on: points.uniform(square, part(900, share)) },
    { residual: u, on: points.boundary(square, part(120, share)) },
  ],
  held: points.uniform(square, 9000),
  // ‖u*‖ over √n.
  rms: 0.5,
});
