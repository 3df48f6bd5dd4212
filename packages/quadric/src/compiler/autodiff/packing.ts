/** Many small tensors as one, where each that crosses the border of a program costs a call microseconds. */
import type { Builder } from "../ir/builder.ts";
import { split } from "../ir/control.ts";
import { type ElementType, elementCount, type Node } from "../ir/graph.ts";

/** Elements of a small tensor, at most: a copy takes less than the microseconds of a crossing. */
const small = 512;

export interface Packed {
  readonly tensors: readonly Node[];
  /** A variable for each of the tensors. */
  readonly variables: readonly Node[];
  /** The nodes that were packed, in terms of the variables. */
  readonly values: ReadonlyMap<Node, Node>;
}

/** @param many - small tensors of one type from which they are packed. */
export function pack(b: Builder, nodes: readonly Node[], many: number): Packed {
  const groups = new Map<ElementType | Node, Node[]>();
  for (const node of nodes) {
    const count = elementCount(node.shape);
    const key = count > 0 && count <= small ? node.dtype : node;
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  const tensors: Node[] = [];
  const variables: Node[] = [];
  const values = new Map<Node, Node>();
  const variableFor = (tensor: Node): Node => {
    const variable = b.input("residual", tensor.shape, tensor.dtype);
    tensors.push(tensor);
    variables.push(variable);
    return variable;
  };
  for (const group of groups.values()) {
    if (group.length < many) {
      for (const node of group) values.set(node, variableFor(node));
      continue;
    }
    const sizes = group.map(({ shape }) => elementCount(shape));
    const flat = group.map((node, i) => b.reshape(node, [sizes[i]]));
    const parts = split(b, variableFor(b.concatenate(flat, 0)), sizes);
    group.forEach((node, i) => {
      values.set(node, b.reshape(parts[i], node.shape));
    });
  }
  return { tensors, variables, values };
}
