/** Helmholtz's equation Δu + u = q on [−1, 1]², periodic, with the solution sin πx sin 4πy. */
import { gaussNewton } from "quadric";
import { coordinates, laplacian, network, periodic, points, solve } from "quadric/equations";
import { onnx } from "quadric/node";

const [x, y] = coordinates("x", "y");
const u = network([...periodic(x, 2), ...periodic(y, 2)], [16, 16]);
const exact = x
  .mul(Math.PI)
  .sin()
  .mul(y.mul(4 * Math.PI).sin());
const q = exact.mul(1 - 17 * Math.PI ** 2);
const square = { x: [-1, 1], y: [-1, 1] } as const;

const solution = await solve([{ residual: laplacian(u, [x, y]).add(u).sub(q), on: points.sobol(square, 500) }], {
  method: gaussNewton(),
  backend: onnx(),
  maxIterations: 50,
  compare: { field: u, exact, on: points.grid(square, 41) },
});
console.log(`relative error ${solution.error?.toExponential(1)} after ${solution.iterations} steps`);
