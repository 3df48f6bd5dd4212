/**
 * A physics-informed network: u″ = −k² sin(kx) on (0, 1), u(0) = u(1) = 0, k = 4π, whose solution is sin(kx).
 *
 * u(x) = x(1 − x)·N(x) holds the boundary values by construction. The loss contains second derivatives of the network,
 * so its Hessian product differentiates four times; that is the compiler's business, not yours.
 */
import { jvp, numpy as np, tree } from "@jax-js/jax";
import { adam, minimize, mlp } from "quadric";
import { onnx } from "quadric/node";

const k = 4 * Math.PI;
const points = 256;
const network = mlp([1, 32, 32, 1], { activation: "tanh" });
type Params = ReturnType<typeof network.init>;
type Field = (x: np.Array) => np.Array;

const derivative =
  (f: Field): Field =>
  (x) =>
    jvp(f, [x], [np.onesLike(x.ref)])[1];

/** The mean of (u″ + k² sin kx)² over the midpoints of equal cells. */
export function meanSquaredResidual(params: Params): np.Array {
  const x = np.linspace(0.5 / points, 1 - 0.5 / points, points).reshape([points, 1]);
  const u: Field = (at) => at.ref.mul(np.subtract(1, at.ref)).mul(network.apply(tree.ref(params), at));
  const residual = derivative(derivative(u))(x.ref).add(np.sin(x.mul(k)).mul(k * k));
  return np.square(residual).mean();
}

const common = { backend: onnx(), dtype: "float32", maxIterations: 100_000, budget: { backprops: 1_000 } } as const;
for (const [name, method] of [
  ["trust region", "tr-steihaug"],
  ["Adam", adam({ learningRate: 1e-3 })],
] as const) {
  const start = performance.now();
  const result = await minimize(meanSquaredResidual, network.init(0), { ...common, method });
  const { gradients, hvps } = result.counts;
  console.log(
    `${name.padEnd(12)}  mean squared residual ${result.value.toExponential(2)} after ${result.iterations} steps, ` +
      `${gradients} gradients, ${hvps} Hessian products, ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
}
