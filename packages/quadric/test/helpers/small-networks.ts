/** Two small networks on twelve random examples, their losses composite or not. */
import type { numpy as np } from "@jax-js/jax";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import type { Optimizer } from "../../src/optimizer/optimizer.ts";
import { fit } from "../../src/training/fit.ts";
import { makeRandom } from "../../src/vector/random.ts";

const random = makeRandom(1);
const values = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
});
export const data = { x: values([12, 2]), y: values([12, 1]) };
const network = mlp([2, 3, 1]);
/** 13 parameters, model and convex loss. */
export const apart = supervised(network, losses.squaredError);
/** 201 parameters. */
export const wide = supervised(mlp([2, 50, 1]), losses.squaredError);
/** The first one as one function. */
export const together = {
  params: apart.params,
  loss: (params: typeof apart.params, { x, y }: { x: np.Array; y: np.Array }) =>
    losses.squaredError(network.apply(params, x), y),
};

/** Three steps. */
export const start = (
  optimizer: Optimizer | undefined,
  batchSize: number,
  problem: typeof apart | typeof together = apart,
) => fit(problem, data, { optimizer, batchSize, steps: 3, backend: jax({ device: "cpu" }) });
