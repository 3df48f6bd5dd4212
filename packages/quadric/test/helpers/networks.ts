/** Networks with a loss as cases for the oracles. */
import "../../src/compiler/trace/float16-array.ts";
import { type numpy as np, tree } from "@jax-js/jax";
import type { Loss } from "../../src/models/losses.ts";
import type { Network } from "../../src/models/mlp.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import type { Case } from "./oracles.ts";

/** The mean loss of a network on examples x and targets y, at its initial parameters. */
export function networkCase<P>(network: Network<P>, loss: Loss, x: Tensor, y: Tensor, seed = 1): Case {
  const [leaves, structure] = tree.flatten(network.init(seed) as never) as [np.Array[], tree.JsTreeDef];
  return {
    params: leaves.map((leaf) => ({ shape: [...leaf.shape], data: leaf.dataSync() as Float32Array })),
    data: [x, y],
    loss: (params, [inputs, targets]) =>
      loss(network.apply(tree.unflatten(structure, params) as P, inputs), targets).mean(),
  };
}

export function parameterCount<P>(network: Network<P>): number {
  const [leaves] = tree.flatten(network.init(0) as never) as [np.Array[], tree.JsTreeDef];
  return leaves.reduce((total, leaf) => total + leaf.size, 0);
}
