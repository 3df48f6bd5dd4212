/**
 * The heat equation u_t = u_xx/4 on 0 < x < 1 with u = sin πx at the start and 0 at both ends, whose solution is
 * e^(−π²t/4) sin πx.
 */
import { gaussNewton } from "quadric";
import { coordinates, equation, network, points, solve } from "quadric/equations";
import { onnx } from "quadric/node";

const [x, t] = coordinates("x", "t");
const u = network([x, t], [16, 16]);
const domain = { x: [0, 1], t: [0, 1] } as const;

const solution = await solve(
  [
    { residual: equation("u_t = u_xx/4", { u, x, t }), on: points.sobol(domain, 300) },
    { residual: equation("u = sin(pi*x)", { u, x }), on: points.grid({ x: [0, 1], t: 0 }, 30) },
    { residual: u, on: points.boundary(domain, 40, { of: ["x"] }) },
  ],
  {
    method: gaussNewton(),
    backend: onnx(),
    maxIterations: 40,
    compare: { field: u, exact: equation("exp(-pi^2*t/4)*sin(pi*x)", { x, t }), on: points.grid(domain, 41) },
    callback: ({ step, loss, error }) => {
      if (error !== undefined)
        console.log(`step ${step}  loss ${loss.toExponential(1)}  error ${error.toExponential(1)}`);
    },
  },
);

const [middle] = await solution.evaluate(u, { x: [0.5], t: [1] });
console.log(`relative error ${solution.error?.toExponential(1)}, u(0.5, 1) = ${middle.toFixed(6)}`);
