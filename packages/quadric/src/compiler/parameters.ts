/** Parameter trees as flat vectors, and back. */
import { numpy as np } from "@jax-js/jax";
import type { Layout, TensorSlot } from "../vector/layout.ts";
import { isTensor, type Tensor, type Tree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import { elementCount } from "./ir/graph.ts";

export interface FlatParameters<P> {
  readonly layout: Layout;
  /** The values of the tree, [d]. */
  readonly vector: Vector;
  /** A tree like the given one, of new jax arrays on the default device, holding w. */
  unflatten(w: Vector): P;
  /** The caller's tree structure over any leaves in layout order. */
  assemble<T>(leaves: readonly T[]): Tree<T>;
}

function isArray(node: unknown): node is np.Array | Tensor {
  return node instanceof np.Array || isTensor(node);
}

/** Reads a tree of jax arrays or host tensors without consuming it. */
export function flattenParameters<P>(params: P, dtype: Dtype): FlatParameters<P> {
  const tree = flattenTree<np.Array | Tensor>(params as Tree<np.Array | Tensor>, isArray);
  let size = 0;
  const tensors: TensorSlot[] = tree.leaves.map((leaf, i) => {
    const slot = { name: tree.paths[i], shape: [...leaf.shape], offset: size, size: elementCount(leaf.shape) };
    size += slot.size;
    return slot;
  });
  const vector = zeros(size, dtype);
  tree.leaves.forEach((leaf, i) => {
    vector.set(leaf instanceof np.Array ? (leaf.ref.dataSync() as Float32Array) : leaf.data, tensors[i].offset);
  });
  return {
    layout: { size, tensors },
    vector,
    assemble: (leaves) => tree.unflatten(leaves),
    unflatten: (w) =>
      tree.unflatten(
        tensors.map(({ shape, offset, size: n }) =>
          np.array(w.slice(offset, offset + n) as Float32Array<ArrayBuffer>, {
            shape: [...shape],
            dtype: dtype as np.DType,
          }),
        ),
      ) as P,
  };
}

/** The tensors of a flat vector, as views. */
export function tensorsOf(w: Vector, layout: Layout): Tensor[] {
  return layout.tensors.map(({ shape, offset, size }) => ({ shape, data: w.subarray(offset, offset + size) }));
}
