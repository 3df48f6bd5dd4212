/** Trees of tensors, leaf by leaf. */
import { ShapeError } from "../errors.ts";
import type { Tensor, TensorTree, Tree } from "../vector/tensor.ts";

export function isTensor(tree: TensorTree): tree is Tensor {
  return "data" in tree && ArrayBuffer.isView(tree.data);
}

/** The same tree with every tensor replaced. */
export function mapTree(tree: TensorTree, f: (tensor: Tensor, path: string) => Tensor, path = ""): TensorTree {
  if (isTensor(tree)) return f(tree, path);
  const at = (key: string | number) => (path ? `${path}.${key}` : `${key}`);
  if (Array.isArray(tree)) return (tree as readonly TensorTree[]).map((child, i) => mapTree(child, f, at(i)));
  return Object.fromEntries(
    Object.entries(tree as Readonly<Record<string, Tree<Tensor>>>).map(([key, child]) => [
      key,
      mapTree(child, f, at(key)),
    ]),
  );
}

/** n, the length of the first axis, on which all leaves must agree. */
export function exampleCount(where: string, data: TensorTree): number {
  let n: number | undefined;
  mapTree(data, (tensor, path) => {
    const { shape, data: values } = tensor;
    if (shape.length === 0 || values.length !== shape.reduce((a, b) => a * b, 1)) {
      throw new ShapeError(
        `${where}: ${leaf(path)} must have an example axis and as many values as its shape says, got shape [${shape}] and ${values.length} values.`,
      );
    }
    n ??= shape[0];
    if (shape[0] !== n) {
      throw new ShapeError(
        `${where}: all leaves must hold as many examples, got ${n} and, in ${leaf(path)}, ${shape[0]}.`,
      );
    }
    return tensor;
  });
  if (!n) throw new ShapeError(`${where}: data must hold at least one example, got ${n === 0 ? 0 : "no leaves"}.`);
  return n;
}

/** The given examples of a tensor, in the given order, as a new tensor. */
export function rows({ shape: [n, ...rest], data }: Tensor, indices: ArrayLike<number>): Tensor {
  const width = data.length / n;
  const taken = new (data.constructor as new (length: number) => typeof data)(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * width;
    taken.set(data.subarray(from, from + width), i * width);
  }
  return { shape: [indices.length, ...rest], data: taken };
}

/** How a leaf is named in a message. */
export function leaf(path: string): string {
  return path ? `leaf "${path}"` : "the data";
}
