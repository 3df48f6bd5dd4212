/** Data as trees of tensors whose first axis is the examples. */
import { ShapeError } from "../errors.ts";
import { isTensor, type Tensor, type TensorData, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";

/** The same tree with every tensor replaced. */
export function mapTensors(tree: TensorTree, f: (tensor: Tensor, i: number) => Tensor): TensorTree {
  const { leaves, unflatten } = flattenTree(tree, isTensor);
  return unflatten(leaves.map(f));
}

/** Its index, or −1; a plain loop, for data sets of tens of millions of numbers. */
function firstNotFinite(values: TensorData): number {
  if (values instanceof Uint8Array || values instanceof Int32Array) return -1;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** n, the length of the first axis, on which all leaves must agree; every value must be finite. */
export function exampleCount(where: string, data: TensorTree): number {
  const { leaves, paths } = flattenTree(data, isTensor);
  const n = leaves[0]?.shape[0];
  if (!n) throw new ShapeError(`${where}: data must hold at least one example, got ${n ?? "no examples axis"}.`);
  leaves.forEach(({ shape, data: values }, i) => {
    const name = paths[i] ? `leaf "${paths[i]}"` : "the tensor";
    if (shape[0] !== n) {
      throw new ShapeError(`${where}: all leaves must hold ${n} examples, got ${shape[0]} in ${name}.`);
    }
    const size = shape.reduce((a, b) => a * b, 1);
    if (values.length !== size) {
      throw new ShapeError(`${where}: ${name} of shape [${shape}] must hold ${size} values, got ${values.length}.`);
    }
    const bad = firstNotFinite(values);
    if (bad >= 0) {
      const example = Math.floor(bad / (size / n));
      throw new RangeError(`${where}: data must be finite, got ${values[bad]} in ${name}, example ${example}.`);
    }
  });
  return n;
}

/**
 * The given examples of a tensor, in the given order, as a new tensor; in the memory of `reuse` if they fit exactly.
 */
export function rows({ shape: [n, ...rest], data }: Tensor, indices: ArrayLike<number>, reuse?: Tensor): Tensor {
  const width = data.length / n;
  const size = indices.length * width;
  const taken =
    reuse?.data.length === size ? reuse.data : new (data.constructor as new (length: number) => typeof data)(size);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * width;
    taken.set(data.subarray(from, from + width), i * width);
  }
  return { shape: [indices.length, ...rest], data: taken };
}

/** Examples start … end − 1, as views. */
export function slice({ shape: [n, ...rest], data }: Tensor, start: number, end: number): Tensor {
  const width = data.length / n;
  return { shape: [end - start, ...rest], data: data.subarray(start * width, end * width) };
}
