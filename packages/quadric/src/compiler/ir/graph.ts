/**
 * The compiler's intermediate representation: an immutable expression DAG over dense tensors.
 *
 * Every node is one primitive applied to nodes made before it, so ids are a topological order. Elementwise primitives
 * broadcast as in NumPy. Nodes come from a `Builder` only, which simplifies as it builds and never makes the same node
 * twice; hence identity of nodes is equality of expressions.
 */
import type { TensorData } from "../../vector/tensor.ts";
import type { Dtype } from "../../vector/vector.ts";

/** Unsigned integers are random bits, and what they are made of: nothing else has or needs them. */
export type ElementType = Dtype | "int32" | "uint32" | "bool";

/** From narrow to wide. */
const elementTypes: readonly ElementType[] = ["bool", "int32", "uint32", "float32", "float64"];

export function widerType(x: ElementType, y: ElementType): ElementType {
  return elementTypes[Math.max(elementTypes.indexOf(x), elementTypes.indexOf(y))];
}

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
export type BinaryOp = "add" | "mul" | "max" | "min" | "idiv" | "mod" | "pow" | "atan2";

export type CompareOp = "less" | "less_equal" | "equal" | "not_equal";

export type ReduceOp = "sum" | "max" | "min";

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
  | "pool_transpose"
  | FactorOp
  | "argsort"
  | "polygamma"
  | "random_bits"
  | "bitcast"
  | ControlOp;

/** Factors of matrices, and solutions with a triangular one; see rules/factors.ts. */
export type FactorOp = "cholesky" | "lu" | "triangular_solve";

/** Primitives of control; see control.ts and call.ts. */
export type ControlOp = "loop" | "call" | "cond" | "split" | "result" | "undefined";

/** Parameters of a primitive: plain data, part of the node's identity. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  /** A first axis of length −1 holds as many rows as a loop made turns. */
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** Elements of a "constant", row-major; bool as bytes 0 and 1. */
  readonly data?: TensorData;
  /** Of a "loop": one turn; see control.ts. Of a "call": the function; see call.ts. */
  readonly body?: Graph;
}

/** A function: outputs in terms of inputs. Everything between is reachable from the outputs. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** What the three convolutions of rules/conv.ts share: how places of x, of the kernel and of y meet. */
export interface ConvGeometry {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** p; how much is read after the end of x follows from the shapes. */
  readonly padding: readonly number[];
  readonly groups: number;
}

export function geometryOf({ attributes }: Node): ConvGeometry {
  return attributes as unknown as ConvGeometry;
}

/** What pooling reduces at a time, along the last axes. */
export interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
}

export function windowsOf({ attributes }: Node): Windows {
  return attributes as unknown as Windows;
}

/** jax-js's gather: x at indices along the axes `axis`; the axes of the indices stand at `outDim` of the result. */
export interface GatherGeometry {
  readonly axis: readonly number[];
  readonly outDim: number;
}

export function gatherOf({ attributes }: Node): GatherGeometry {
  return attributes as unknown as GatherGeometry;
}

/** Which triangle of A is read, whether Aᵀ is meant, and whether the diagonal is 1 whatever stands there. */
export interface Triangle {
  readonly lower: boolean;
  readonly transposed: boolean;
  readonly unit: boolean;
}

export function triangleOf({ attributes }: Node): Triangle {
  return attributes as unknown as Triangle;
}

/** jax-js's random bits of keys [*k], a row of the shape for each: which half of Threefry's two words, or both. */
export interface RandomBits {
  readonly mode: "xor" | 0 | 1;
}

/** The axes of a tensor of this rank with the indexed ones first. */
export function indexedFirst(axis: readonly number[], rank: number): number[] {
  return [...axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => !axis.includes(i))];
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((n, i) => n === b[i]));
}

/** All nodes the outputs depend on, each after its inputs. */
export function reachable(outputs: readonly Node[]): Node[] {
  // By id, which is faster than a set and a sort.
  const found = new Array<Node | undefined>(outputs.reduce((most, { id }) => Math.max(most, id), -1) + 1);
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (found[node.id] !== undefined) continue;
    found[node.id] = node;
    for (const input of node.inputs) stack.push(input);
  }
  return found.filter((node) => node !== undefined);
}

/** How often each of the nodes is an input of another, or an output. */
export function usesIn(nodes: readonly Node[], outputs: readonly Node[]): Map<Node, number> {
  const uses = new Map<Node, number>();
  const count = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const { inputs } of nodes) inputs.forEach(count);
  outputs.forEach(count);
  return uses;
}

/** The nodes among `nodes` (topologically ordered) that depend on one of `sources`, sources included. */
export function dependents(nodes: readonly Node[], sources: Iterable<Node>): Set<Node> {
  const found = new Set(sources);
  for (const node of nodes) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}

/** The shape of an elementwise result; NumPy's rule. */
export function broadcastShapes(...shapes: (readonly number[])[]): readonly number[] {
  const [first, second] = shapes;
  if (shapes.length === 2 && sameShape(first, second)) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const size = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.some((n) => n !== 1 && n !== size)) {
      throw new Error(`internal: shapes do not broadcast: ${shapes.map((s) => `[${s}]`).join(", ")}.`);
    }
    return size;
  });
}

/** The value of a scalar constant, broadcast or not; undefined for everything else. */
export function constantValue(node: Node): number | undefined {
  if (node.op === "expand") return constantValue(node.inputs[0]);
  return node.op === "constant" && node.shape.length === 0 ? node.data![0] : undefined;
}

/** node = factor · c with a scalar constant c, which is 1 when there is none. */
export function splitScalar(node: Node): [factor: Node, c: number] {
  if (node.op !== "mul") return [node, 1];
  const [a, b] = node.inputs;
  const x = constantValue(a);
  const y = constantValue(b);
  if (x !== undefined) return [b, x];
  return y !== undefined ? [a, y] : [node, 1];
}

/**
 * Whether scalars c and d of two factors are taken out of their product, which is then computed as 1/cd of what the user
 * wrote. Without a bound y ← 3·y(1 − y), a hundred times, would have 3¹⁰⁰ taken out, and in float32 y would vanish.
 */
export function floatOut(c: number, d: number): boolean {
  const size = Math.abs(c * d);
  return (c !== 1 || d !== 1) && size <= largestFloating && size >= 1 / largestFloating;
}

/** Of the exponents of float32, −126 to 127, most are left to the numbers. */
const largestFloating = 2 ** 40;

/** Whether a node swaps the last two axes and leaves the others in their places. */
export function swapsLastTwo(node: Node): boolean {
  if (node.op !== "transpose") return false;
  const perm = node.attributes.perm as number[];
  const n = perm.length;
  return perm.every((p, i) => p === (i === n - 1 ? n - 2 : i === n - 2 ? n - 1 : i));
}
