/**
 * Data that index a table, such as labels in a cross-entropy and tokens in an embedding. What a backend does with an
 * index outside its table is its own affair, so such data are refused before a run.
 */
import type { Tensor } from "../vector/tensor.ts";
import { gatherOf, type Node, reachable } from "./ir/graph.ts";

/** Leaf `leaf` of a batch holds places 0 … size − 1. */
export interface IndexLeaf {
  readonly leaf: number;
  /** Where the leaf is in the batch. */
  readonly name: string;
  readonly size: number;
}

const views = new Set(["reshape", "expand", "transpose"]);

/** The node all of whose numbers a chain of views shows. */
const rootOf = (node: Node): Node => (views.has(node.op) ? rootOf(node.inputs[0]) : node);

/** Leaves that index as they are; indices that the function itself holds are checked at once. */
export function indexLeaves(outputs: readonly Node[], batch: readonly Node[], names: readonly string[]): IndexLeaf[] {
  const found: IndexLeaf[] = [];
  for (const node of reachable(outputs)) {
    if (node.op !== "gather") continue;
    const { axis } = gatherOf(node);
    node.inputs.slice(1).forEach((index, i) => {
      const root = rootOf(index);
      const size = node.inputs[0].shape[axis[i]];
      const leaf = batch.indexOf(root);
      if (leaf >= 0) found.push({ leaf, name: `"${names[leaf]}"`, size });
      if (root.op === "constant") requireWithin("an array that the loss holds", root as Tensor, size);
    });
  }
  return found;
}

export function requireIndices(leaves: readonly IndexLeaf[], data: readonly Tensor[]): void {
  for (const { leaf, name, size } of leaves) requireWithin(name, data[leaf], size);
}

/** A plain loop, for data sets of millions of labels. */
function requireWithin(name: string, { shape, data }: Tensor, size: number): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i] >= 0 && data[i] < size) continue;
    const example = shape.length > 0 ? Math.floor(i / (data.length / shape[0])) : 0;
    throw new RangeError(
      `data: labels and indices in ${name} must be integers in 0 … ${size - 1}, got ${data[i]} in example ${example}.`,
    );
  }
}
