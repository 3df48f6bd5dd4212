/**
 * B10: −Δu = π² Σ cos πxᵢ on (0,1)⁵, u* = Σ cos πxᵢ at the boundary; network 5-64-1, 449 parameters.
 *
 * 3,000 + 500 points, redrawn (at every step where published); root mean square error on 9,000 points.
 */
import { coordinates, laplacian, network, points } from "quadric/equations";
import { part, sum } from "../shared/fields.mjs";

const names = ["x1", "x2", "x3", "x4", "x5"];
const axes = coordinates(...names);
const cube = Object.fromEntries(names.map((name) => [name, [0, 1]]));
const exact = sum(axes.map((x) => x.mul(Math.PI).cos()));

export default {
  exact,
  solution: () => network(axes, [64], { initializer: "fanIn" }),
  terms: (u, share = 1) => [
    { residual: laplacian(u, axes).add(exact.mul(Math.PI ** 2)), on: points.uniform(cube, part(3000, share)) },
    { residual: u.sub(exact), on: points.boundary(cube, part(500, share)) },
  ],
  redraw: { from: 0.3 },
  held: points.uniform(cube, 9000),
  rms: 1.58,
};
