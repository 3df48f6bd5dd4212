/**
 * The compiler's intermediate representation: an immutable expression DAG over dense tensors.
 *
 * Every node is one primitive applied to nodes made before it, so ids are a topological order. Elementwise primitives
 * broadcast as in NumPy. Nodes come from a `Builder` only, which simplifies as it builds and never makes the same node
 * twice; hence identity of nodes is equality of expressions.
 */
import type { TensorData } from "../../vector/tensor.ts";
import type { Dtype } from "../../vector/vector.ts";

export type ElementType = Dtype | "int32" | "bool";

/** Elementwise functions of one argument. */
export type UnaryOp =
  | "exp"
  | "log"
  | "reciprocal"
  | "sqrt"
  | "sin"
  | "cos"
  | "asin"
  | "atan"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "erfc"
  | "floor"
  | "ceil";

/** Elementwise functions of two arguments, with broadcasting. */
export type BinaryOp = "add" | "mul" | "max" | "min" | "idiv" | "mod";

export type CompareOp = "less" | "less_equal" | "equal" | "not_equal";

export type ReduceOp = "sum" | "prod" | "max" | "min";

/** The partial derivatives of one trilinear form; see conv.ts. */
export type ConvOp = "conv" | "conv_input" | "conv_kernel";

export type Op =
  | "input"
  | "constant"
  | UnaryOp
  | BinaryOp
  | "compare"
  | "and"
  | "or"
  | "where"
  | "cast"
  | "stop_gradient"
  | "reduce"
  | "matmul"
  | ConvOp
  | "expand"
  | "reshape"
  | "transpose"
  | "slice"
  | "pad"
  | "flip"
  | "concatenate"
  | "gather"
  | "scatter_add"
  | "pool"
  | "pool_transpose";

/** Parameters of a primitive: plain data, part of the node's identity. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** Elements of a "constant", row-major; bool as bytes 0 and 1. */
  readonly data?: TensorData;
}

/** A function: outputs in terms of inputs. Everything between is reachable from the outputs. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** All nodes the outputs depend on, each after its inputs. */
export function reachable(outputs: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The nodes among `nodes` (topologically ordered) that depend on one of `sources`, sources included. */
export function dependents(nodes: readonly Node[], sources: Iterable<Node>): Set<Node> {
  const found = new Set(sources);
  for (const node of nodes) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}

/** How many nodes of each primitive a graph holds. */
export function countOps(graph: Graph): Partial<Record<Op, number>> {
  const counts: Partial<Record<Op, number>> = {};
  for (const { op } of reachable(graph.outputs)) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** The graph as text, one node a line; names are given in order of appearance, so equal graphs print equally. */
export function printGraph(graph: Graph): string {
  const names = new Map<Node, string>();
  const name = (node: Node) => {
    if (node.op === "constant" && node.shape.length === 0 && node.data) return String(node.data[0]);
    const known = names.get(node);
    if (known !== undefined) return known;
    const fresh = `%${names.size}`;
    names.set(node, fresh);
    return fresh;
  };
  const type = ({ dtype, shape }: Node) => `${dtype}[${shape.join(",")}]`;
  const lines = [`(${graph.inputs.map((node) => `${name(node)}: ${type(node)}`).join(", ")}) {`];
  for (const node of reachable(graph.outputs)) {
    if (node.op === "input" || (node.op === "constant" && node.shape.length === 0)) continue;
    const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const operands = node.inputs.map(name);
    lines.push(`  ${name(node)}: ${type(node)} = ${[node.op, ...operands, ...attributes].join(" ")}`);
  }
  lines.push(`  return ${graph.outputs.map(name).join(", ")}`, "}");
  return lines.join("\n");
}
