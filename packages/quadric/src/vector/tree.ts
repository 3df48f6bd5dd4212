/** Trees of leaves: arrays and records nested at will, as parameters and batches come. */
import type { Tree } from "./tensor.ts";

export interface FlatTree<Leaf> {
  readonly leaves: readonly Leaf[];
  /** Keys from the root joined by dots, such as "0.weight"; "" for a tree that is a leaf. */
  readonly paths: readonly string[];
  /** A tree of the same structure with other leaves, in the same order. */
  unflatten<T>(leaves: readonly T[]): Tree<T>;
}

/** Leaves in order of appearance: arrays by index, records by key as inserted. */
export function flattenTree<Leaf>(tree: Tree<Leaf>, isLeaf: (node: unknown) => node is Leaf): FlatTree<Leaf> {
  const leaves: Leaf[] = [];
  const paths: string[] = [];
  type Rebuild = <T>(next: () => T) => Tree<T>;

  function visit(node: Tree<Leaf>, path: string): Rebuild {
    if (isLeaf(node)) {
      leaves.push(node);
      paths.push(path);
      return (next) => next();
    }
    const below = (key: string | number) => (path === "" ? `${key}` : `${path}.${key}`);
    if (Array.isArray(node)) {
      const parts = node.map((child, i) => visit(child, below(i)));
      return (next) => parts.map((part) => part(next));
    }
    if (typeof node === "object" && node !== null && [Object.prototype, null].includes(Object.getPrototypeOf(node))) {
      const parts = Object.entries(node).map(([key, child]) => [key, visit(child, below(key))] as const);
      return (next) => Object.fromEntries(parts.map(([key, part]) => [key, part(next)]));
    }
    const remedy = typeof node === "number" ? " Make one of a list by tensor([[1, 2], [3, 4]])." : "";
    throw new TypeError(`tree: every leaf must be a tensor, got ${describe(node)} at "${path}".${remedy}`);
  }

  const rebuild = visit(tree, "");
  return {
    leaves,
    paths,
    unflatten: (values) => {
      let i = 0;
      return rebuild(() => values[i++]);
    },
  };
}

function describe(node: unknown): string {
  return typeof node === "object" && node !== null ? (node.constructor?.name ?? "an object") : String(node);
}
