/**
 * Burgers' equation u_t + u·u_x = ν·u_xx with ν = 0.01/π: a sine wave steepens into a shock at x = 0.
 *
 * u = −sin πx + t·N holds the initial condition by construction, and N of cos πx and sin πx is periodic. Points are redrawn where the
 * residual is large, which is at the shock.
 */
import { gaussNewton } from "quadric";
import { coordinates, equation, network, periodic, points, solve } from "quadric/equations";
import { onnx } from "quadric/node";

const [x, t] = coordinates("x", "t");
const n = network([t, ...periodic(x, 2)], [20, 20]);
const u = equation("t*n - sin(pi*x)", { n, x, t });

const solution = await solve(
  [
    {
      residual: equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t }),
      on: points.sobol({ x: [-1, 1], t: [0, 1] }, 1000),
    },
  ],
  { method: gaussNewton(), backend: onnx(), maxIterations: 80, redraw: { every: 10, adaptive: true } },
);

// The slope at the shock, by Cole and Hopf's integral: Basdevant and others, 1986.
const time = 1.6037 / Math.PI;
const [left, right] = await solution.evaluate(u, { x: [-1e-4, 1e-4], t: [time, time] });
console.log(`loss ${solution.value.toExponential(1)}`);
console.log(`steepest slope ${((right - left) / 2e-4).toFixed(2)}, exactly −152.00516`);
