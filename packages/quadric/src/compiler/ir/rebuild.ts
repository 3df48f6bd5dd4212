/** Rebuilds parts of graphs with other arguments, through the builder, so that everything is simplified again. */
import type { Builder } from "./builder.ts";
import { callNode, isCallResult, remembered } from "./call.ts";
import {
  type BinaryOp,
  type CompareOp,
  type Graph,
  geometryOf,
  type Node,
  type ReduceOp,
  reachable,
  triangleOf,
  type UnaryOp,
} from "./graph.ts";
import { triangularSolve } from "./rules/factors.ts";
import { polygamma } from "./rules/polygamma.ts";

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
    case "atan2":
      return b.binary(op as BinaryOp, x, y);
    case "pow":
      return b.pow(x, y);
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
    case "triangular_solve":
      return triangularSolve(b, y, x, triangleOf(node));
    case "polygamma":
      return polygamma(b, attributes.order as number, x);
    case "stop_gradient":
    case "cholesky":
    case "random_bits":
    case "bitcast":
    case "lu":
    case "argsort":
    case "gather":
    case "scatter_add":
    case "pool":
    case "pool_transpose":
    case "cond":
    case "split":
    case "result":
      return b.make(op, inputs, attributes, node.shape, node.dtype);
    case "call":
      return callNode(b, node.body!, inputs);
    case "loop":
      throw new Error("internal: a loop cannot be rebuilt.");
    case "undefined":
    case "input":
    case "constant":
      return node;
    default:
      return b.unary(op satisfies UnaryOp, x);
  }
}

/** A node over what its inputs are mapped to; itself if none of them changed. */
export function rebuildNode(b: Builder, node: Node, mapping: ReadonlyMap<Node, Node>): Node {
  const inputs = node.inputs.map((x) => mapping.get(x)!);
  return inputs.every((x, i) => x === node.inputs[i]) ? node : apply(b, node, inputs);
}

/** `outputs` with the nodes for which `replace` knows another replaced, and all that depends on them built again. */
export function rebuild(
  b: Builder,
  outputs: readonly Node[],
  replace: (node: Node, mapping: ReadonlyMap<Node, Node>) => Node | undefined,
): Node[] {
  const mapping = new Map<Node, Node>();
  for (const node of reachable(outputs)) mapping.set(node, replace(node, mapping) ?? rebuildNode(b, node, mapping));
  return outputs.map((output) => mapping.get(output)!);
}

/** `outputs` with every node that `replacements` holds replaced; what does not depend on one stays as it is. */
export function substitute(b: Builder, outputs: readonly Node[], replacements: ReadonlyMap<Node, Node>): Node[] {
  return rebuild(b, outputs, (node) => replacements.get(node));
}

/** `outputs` without their stop_gradients, once all derivatives are taken. */
export function withoutStopGradients(b: Builder, outputs: readonly Node[]): Node[] {
  return rebuild(b, outputs, (node, mapping) => {
    if (node.op === "stop_gradient") return mapping.get(node.inputs[0]);
    if (node.op !== "call") return undefined;
    const args = node.inputs.map((x) => mapping.get(x)!);
    return callNode(b, functionWithoutStopGradients(b, node.body!), args);
  });
}

function functionWithoutStopGradients(b: Builder, body: Graph): Graph {
  return remembered(body, "without stop_gradients", () => {
    const outputs = withoutStopGradients(b, body.outputs);
    return outputs.every((y, i) => y === body.outputs[i]) ? body : { ...body, outputs };
  });
}

/** `outputs` with the functions that they call written out at every call. */
export function inlined(b: Builder, outputs: readonly Node[]): Node[] {
  const results = new Map<Node, readonly Node[]>();
  return rebuild(b, outputs, (node, mapping) => {
    if (node.op === "call") {
      const { inputs, outputs: values } = node.body!;
      const args = new Map(inputs.map((x, i) => [x, mapping.get(node.inputs[i])!]));
      results.set(node, substitute(b, values, args));
      return node;
    }
    return isCallResult(node) ? results.get(node.inputs[0])![node.attributes.index as number] : undefined;
  });
}
