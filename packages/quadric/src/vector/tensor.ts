/** Plain tensors on the host, and trees of them: how data reach an objective without any array library. */

export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major, exactly the product of the shape long. */
  readonly data: TensorData;
}

/** A leaf, or arrays and records of trees: the shape of parameters and batches. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> };

/** A batch or a data set: every leaf has the examples along its first axis. */
export type TensorTree = Tree<Tensor>;

export function isTensor(node: unknown): node is Tensor {
  return (
    typeof node === "object" && node !== null && "data" in node && ArrayBuffer.isView(node.data) && "shape" in node
  );
}
