/**
 * B7: the three problems of the loss landscape of physics-informed networks. Network 2-50-50-50-1, 5,301 parameters, raw inputs, all
 * conditions soft with weight 1.
 *
 * A grid of 257 × 101 points of [0, X] × [0, 1]: 10,000 residual points are drawn from its inside, a tenth of them to begin
 * with, 257 are initial, 101 on each side. Relative error on all grid points.
 */
import { coordinates, network, points } from "quadric/equations";
import { glorotNormal, part } from "./fields.mjs";

export const [x, t] = coordinates("x", "t");

/** @param X - the end of x. */
export function landscape(X, { exact, equation, initial, sides }) {
  const domain = { x: [0, X], t: [0, 1] };
  const steps = (n, end) => Array.from({ length: n }, (_, i) => (i / (n - 1)) * end);
  const times = points.grid({ x: 0, t: [0, 1] }, 101);
  return {
    exact,
    solution: () => network([x, t], [50, 50, 50], { initializer: glorotNormal }),
    terms: (u, share = 1) => [
      { residual: equation(u), on: fromGrid(steps(257, X).slice(1, -1), steps(101, 1).slice(1), part(10_000, share)) },
      ...initial(u).map((residual) => ({ residual, on: points.grid({ x: [0, X], t: 0 }, 257) })),
      ...sides(u, X).map((residual) => ({ residual, on: times })),
    ],
    redraw: { from: 0.1 },
    held: points.grid(domain, { x: 257, t: 101 }),
  };
}

/** Points of a grid, none twice. */
function fromGrid(xs, ts, count) {
  return {
    coordinates: ["x", "t"],
    count,
    isRandom: true,
    draw(seed, stream = 0, size = count) {
      const keys = points.uniform({ key: [0, 1] }, xs.length * ts.length).draw(seed, stream)[0];
      const order = [...keys.keys()].sort((a, b) => keys[a] - keys[b]).slice(0, size);
      return [
        Float64Array.from(order, (k) => xs[k % xs.length]),
        Float64Array.from(order, (k) => ts[Math.floor(k / xs.length)]),
      ];
    },
  };
}
