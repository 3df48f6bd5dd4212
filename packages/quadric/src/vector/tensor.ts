/** Plain tensors on the host, and trees of them: how data reach an objective without any array library. */
import { ShapeError } from "../errors.ts";

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

export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/**
 * Nested lists as a tensor: float64, or int32 for labels.
 *
 * @param dtype - of the elements; defaults to "float64", which a float32 objective rounds.
 * @throws {ShapeError} if lists at the same depth differ in length, or hold lists beside numbers.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // => [2, 2]
 * tensor([0, 2, 1], "int32"); // labels of classes
 */
export function tensor(values: NestedNumbers, dtype: "float64" | "int32" = "float64"): Tensor {
  const shape: number[] = [];
  for (let level: number | NestedNumbers = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  const numbers: number[] = [];
  const visit = (value: number | NestedNumbers, depth: number): void => {
    if (typeof value === "number") {
      if (depth < shape.length)
        throw new ShapeError(`tensor: must hold lists at depth ${depth}, got the number ${value}.`);
      if (dtype === "int32" && (value | 0) !== value)
        throw new RangeError(`tensor: int32 must be integers, got ${value}.`);
      numbers.push(value);
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[depth]) {
      const got = Array.isArray(value) ? `one of ${value.length}` : typeof value;
      throw new ShapeError(`tensor: every list at depth ${depth} must have ${shape[depth] ?? 0} elements, got ${got}.`);
    }
    for (const inner of value) visit(inner, depth + 1);
  };
  visit(values, 0);
  return { shape, data: dtype === "int32" ? Int32Array.from(numbers) : Float64Array.from(numbers) };
}

export function isTensor(node: unknown): node is Tensor {
  return (
    typeof node === "object" && node !== null && "data" in node && ArrayBuffer.isView(node.data) && "shape" in node
  );
}
