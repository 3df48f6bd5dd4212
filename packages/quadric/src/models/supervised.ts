/** A network and a loss put together into what `fit` takes. */
import type { numpy as np } from "@jax-js/jax";
import type { ModelProblem } from "../compiler/problem.ts";
import type { Loss } from "./losses.ts";
import type { Network } from "./mlp.ts";

/** Examples x [b, …] and their targets y: labels [b] or values [b, k]. */
export type SupervisedBatch = { readonly x: np.Array; readonly y: np.Array };

type Params = ModelProblem["params"];

/**
 * Learns y from x.
 *
 * @param seed - Of the initial parameters; defaults to 0.
 */
export function supervised<P extends Params>(
  network: Network<P>,
  loss: Loss,
  { seed = 0 }: { seed?: number } = {},
): ModelProblem<P, SupervisedBatch> {
  return {
    model: (params, { x }) => network.apply(params, x),
    loss: (outputs, { y }) => loss(outputs, y),
    params: network.init(seed),
  };
}

/** Learns x from x, for autoencoders: batches { x } of [b, k]. */
export function reconstruction<P extends Params>(
  network: Network<P>,
  loss: Loss,
  { seed = 0 }: { seed?: number } = {},
): ModelProblem<P, { readonly x: np.Array }> {
  return {
    model: (params, { x }) => network.apply(params, x),
    loss: (outputs, { x }) => loss(outputs, x),
    params: network.init(seed),
  };
}
