/** Parameter trees as flat vectors, and back. */
import { numpy as np } from "@jax-js/jax";
import type { Layout, TensorSlot } from "../vector/layout.ts";
import { isTensor, type Tensor, type Tree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import { elementCount } from "./ir/graph.ts";
import { lastInteger } from "./trace/literals.ts";

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
    if (leaf instanceof np.Array && leaf.dtype === "float32" && dtype === "float64") {
      requireUnroundedStart(leaf.ref.dataSync() as Float32Array, tree.paths[i]);
    }
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

/**
 * @throws {TypeError} if a float32 number beyond 2²⁴ is not what nine decimals say: the start was given as
 *   np.array(number), which has rounded it by one or more.
 */
function requireUnroundedStart(data: Float32Array, path: string): void {
  const rounded = data.find((x) => Math.abs(x) > lastInteger && Number.isFinite(x) && !isShort(x));
  if (rounded === undefined) return;
  throw new TypeError(
    `compileObjective: a float64 start must not be rounded to float32, got ${rounded} in ${path || "the parameters"}. Write ` +
      "np.array(Float64Array.of(…)), or x.astype(np.float64) if that is the number.",
  );
}

/** Whether a float32 number is exactly the shortest decimal that stands for it. */
function isShort(x: number): boolean {
  for (let digits = 1; digits <= 9; digits++) {
    const decimal = Number(x.toPrecision(digits));
    if (Math.fround(decimal) === x) return decimal === x;
  }
  return false;
}

/** The tensors of a flat vector, as views. */
export function tensorsOf(w: Vector, layout: Layout): Tensor[] {
  return layout.tensors.map(({ shape, offset, size }) => ({ shape, data: w.subarray(offset, offset + size) }));
}
