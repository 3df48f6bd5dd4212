/**
 * B9: Δu − e^u = f on [0,1]², u* = 1 + sin kπx cos kπy, k = 4; the boundary built in: u = A + xy(1−x)(1−y)·N, N 2-30-30-1, 1,051 parameters.
 *
 * 8,000 uniform points, redrawn; mean r²; relative error on 300 × 300 points (1,000 × 1,000 where published).
 */
import { coordinates, equation, laplacian, network, points } from "quadric/equations";
import { glorotNormal, part } from "../shared/fields.mjs";

const k = 4;
const [x, y] = coordinates("x", "y");
const square = { x: [0, 1], y: [0, 1] };
const exact = equation("1 + sin(k*pi*x)*cos(k*pi*y)", { x, y, k });

export default {
  exact,
  solution() {
    const n = network([x, y], [30, 30], { initializer: glorotNormal });
    return equation("1 + (1 - y*(1 - cos(k*pi)))*sin(k*pi*x) + x*y*(1 - x)*(1 - y)*n", { x, y, k, n });
  },
  terms: (u, share = 1) => [
    {
      residual: laplacian(u, [x, y])
        .sub(u.exp())
        .add(exact.sub(1).mul(2 * (k * Math.PI) ** 2))
        .add(exact.exp()),
      on: points.uniform(square, part(8000, share)),
    },
  ],
  redraw: { from: 0.08 },
  held: points.grid(square, 300),
};
