/** Rebuilds parts of graphs with other arguments, through the builder, so that everything is simplified again. */
import type { Builder } from "./builder.ts";
import type { BinaryOp, CompareOp, Node, ReduceOp, UnaryOp } from "./graph.ts";
import { reachable } from "./graph.ts";
import { geometryOf } from "./rules/conv.ts";

/** The same primitive applied to other inputs. */
function apply(b: Builder, node: Node, inputs: readonly Node[]): Node {
  const { op, attributes } = node;
  const [x, y, z] = inputs;
  switch (op) {
    case "add":
      return b.add(x, y);
    case "mul":
      return b.mul(x, y);
    case "max":
    case "min":
    case "idiv":
    case "mod":
      return b.binary(op as BinaryOp, x, y);
    case "compare":
      return b.compare(attributes.op as CompareOp, x, y);
    case "and":
    case "or":
      return b.logical(op, x, y);
    case "where":
      return b.where(x, y, z);
    case "cast":
      return b.cast(x, node.dtype);
    case "reduce":
      return b.reduce(attributes.op as ReduceOp, x, attributes.axes as number[]);
    case "matmul":
      return b.matmul(x, y, attributes.transposeA as boolean, attributes.transposeB as boolean);
    case "expand":
      return b.expand(x, node.shape);
    case "reshape":
      return b.reshape(x, node.shape);
    case "transpose":
      return b.transpose(x, attributes.perm as number[]);
    case "slice":
      return b.slice(x, attributes.begin as number[], attributes.end as number[]);
    case "pad":
      return b.pad(x, attributes.width as [number, number][]);
    case "flip":
      return b.flip(x, attributes.axes as number[]);
    case "concatenate":
      return b.concatenate(inputs, attributes.axis as number);
    case "conv":
    case "conv_input":
    case "conv_kernel":
      return b.conv(op, x, y, geometryOf(node), node.shape);
    case "stop_gradient":
    case "gather":
    case "scatter_add":
    case "pool":
    case "pool_transpose":
      return b.make(op, inputs, attributes, node.shape, node.dtype);
    case "input":
    case "constant":
      return node;
    default:
      return b.unary(op satisfies UnaryOp, x);
  }
}

/** A node over what its inputs became; itself where none of them changed. */
export function rebuildNode(b: Builder, node: Node, became: ReadonlyMap<Node, Node>): Node {
  const inputs = node.inputs.map((x) => became.get(x)!);
  return inputs.every((x, i) => x === node.inputs[i]) ? node : apply(b, node, inputs);
}

/** `outputs` with the nodes for which `replace` knows another replaced, and all that depends on them built again. */
function rebuild(
  b: Builder,
  outputs: readonly Node[],
  replace: (node: Node, became: ReadonlyMap<Node, Node>) => Node | undefined,
): Node[] {
  const became = new Map<Node, Node>();
  for (const node of reachable(outputs)) became.set(node, replace(node, became) ?? rebuildNode(b, node, became));
  return outputs.map((output) => became.get(output)!);
}

/** `outputs` with every node that `replacements` holds replaced; what does not depend on one stays as it is. */
export function substitute(b: Builder, outputs: readonly Node[], replacements: ReadonlyMap<Node, Node>): Node[] {
  return rebuild(b, outputs, (node) => replacements.get(node));
}

/** `outputs` without the barriers to differentiation, once all derivatives are taken. */
export function withoutBarriers(b: Builder, outputs: readonly Node[]): Node[] {
  return rebuild(b, outputs, (node, became) => (node.op === "stop_gradient" ? became.get(node.inputs[0]) : undefined));
}
