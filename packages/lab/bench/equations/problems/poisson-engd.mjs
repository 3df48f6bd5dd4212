/**
 * B4: Poisson's equation as of energy natural gradients. Network 2-32-1, 129 parameters, weights N(0, 0.1²); 30 × 30 points inside,
 * 30 on each side; relative error on 200 × 200 points. To be compared after 51 steps.
 */
import { coordinates, laplacian, network, points } from "quadric/equations";
import { normal } from "../shared/fields.mjs";

const [x, y] = coordinates("x", "y");
const square = { x: [0, 1], y: [0, 1] };
const exact = x.mul(Math.PI).sin().mul(y.mul(Math.PI).sin());

const line = Array.from({ length: 30 }, (_, i) => (i + 0.5) / 30);
const sides = points.at({
  x: [...line, ...line, ...line.map(() => 0), ...line.map(() => 1)],
  y: [...line.map(() => 0), ...line.map(() => 1), ...line, ...line],
});

export default {
  exact,
  solution: () => network([x, y], [32], { initializer: normal(0.1) }),
  terms: (u) => [
    {
      residual: laplacian(u, [x, y]).add(exact.mul(2 * Math.PI ** 2)),
      on: points.grid({ x: [1 / 31, 30 / 31], y: [1 / 31, 30 / 31] }, 30),
    },
    { residual: u, on: sides },
  ],
  held: points.grid(square, 200),
};
