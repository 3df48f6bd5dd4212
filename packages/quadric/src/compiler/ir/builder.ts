/**
 * Builds graphs: finds the expression that exists already, and simplifies every new one by the rules that it is given.
 *
 * Simplification is not a separate pass. Every operation of a builder is a rule of `rules/`, which returns the simplest
 * node that it knows for the operation, so a graph is simple as soon as it is built. Whatever rebuilds part of a graph
 * on other inputs (derivatives, partial evaluation, a substituted variable) goes through the same operations and is
 * simplified again. An input that has become a constant, a broadcast or a scaled tensor makes new rules apply.
 */
import type { TensorData } from "../../vector/tensor.ts";
import { isEmpty, valueOfNothing } from "./empty.ts";
import {
  type Attributes,
  type BinaryOp,
  type CompareOp,
  type ConvGeometry,
  type ConvOp,
  type ElementType,
  type Graph,
  type Node,
  type Op,
  type ReduceOp,
  sameShape,
  type UnaryOp,
} from "./graph.ts";

/** Nodes as they are: equal ones are one. */
export interface Nodes {
  /** A new argument of the function; never merged with another. */
  input(name: string, shape: readonly number[], dtype: ElementType): Node;
  scalar(value: number, dtype: ElementType): Node;
  /** A constant tensor; the same array makes the same node. */
  tensor(data: TensorData, shape: readonly number[], dtype: ElementType): Node;
  /** Any primitive as it is, without a rule. */
  make(
    op: Op,
    inputs: readonly Node[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: ElementType,
    body?: Graph,
  ): Node;
}

/** The operations, each a rule that may find a simpler expression of the same value. */
export interface Operations {
  /** A constant tensor; one whose elements are all equal becomes a broadcast scalar. */
  constant(data: TensorData, shape: readonly number[], dtype: ElementType): Node;
  /** A broadcast scalar. */
  full(value: number, shape: readonly number[], dtype: ElementType): Node;
  unary(op: UnaryOp, x: Node): Node;
  /** max, min, idiv, mod, atan2; and the bare "add", "mul" and "pow", without their rules. */
  binary(op: BinaryOp, x: Node, y: Node): Node;
  add(x: Node, y: Node): Node;
  mul(x: Node, y: Node): Node;
  /** c·x. */
  scale(x: Node, c: number): Node;
  /** xʸ. */
  pow(x: Node, y: Node): Node;
  compare(op: CompareOp, x: Node, y: Node): Node;
  logical(op: "and" | "or", x: Node, y: Node): Node;
  not(x: Node): Node;
  where(condition: Node, x: Node, y: Node): Node;
  cast(x: Node, dtype: ElementType): Node;
  stopGradient(x: Node): Node;
  /** The reduction over `axes`, which disappear from the shape. */
  reduce(op: ReduceOp, x: Node, axes: readonly number[]): Node;
  sum(x: Node, axes: readonly number[]): Node;
  /** a·b over the last two axes, either of them transposed first; leading axes are a common batch. */
  matmul(a: Node, b: Node, transposeA?: boolean, transposeB?: boolean): Node;
  /** One of the three convolutions of rules/conv.ts, of the two operands that it takes, to the given shape. */
  conv(op: ConvOp, a: Node, b: Node, geometry: ConvGeometry, shape: readonly number[]): Node;
  expand(x: Node, shape: readonly number[]): Node;
  reshape(x: Node, shape: readonly number[]): Node;
  transpose(x: Node, perm: readonly number[]): Node;
  /** x[begin_i … end_i) along every axis. */
  slice(x: Node, begin: readonly number[], end: readonly number[]): Node;
  /** Zeros around x: `width[i]` = [before, after] along axis i. */
  pad(x: Node, width: readonly (readonly [number, number])[]): Node;
  flip(x: Node, axes: readonly number[]): Node;
  concatenate(xs: readonly Node[], axis: number): Node;
  /** A primitive that is linear in x, with nothing else deciding: zero for x = 0. */
  linear(op: Op, x: Node, others: readonly Node[], attributes: Attributes, shape: readonly number[]): Node;
}

export interface Builder extends Nodes, Operations {}

/** What a builder does for an operation, given the builder that does all the others. */
export type Rules = {
  readonly [Name in keyof Operations]: (b: Builder, ...args: Parameters<Operations[Name]>) => Node;
};

/** Nodes by hash-consing: one node an expression, ids in order of making. */
function makeNodes(): Nodes {
  const scalars = new Map<ElementType, Map<number, Node>>();
  const tensors = new Map<TensorData, Node[]>();
  const expressions = new Map<number | string, Node[]>();
  let nextId = 0;
  let nextDataId = 0;

  /** The node in a list of similar ones that `isSame`, else a new one. */
  function find(list: Node[], isSame: (node: Node) => boolean, node: Omit<Node, "id">): Node {
    let found = list.find(isSame);
    if (found === undefined) {
      found = { id: nextId++, ...node };
      list.push(found);
    }
    return found;
  }

  const nodes: Nodes = {
    input: (name, shape, dtype) => ({ id: nextId++, op: "input", inputs: [], attributes: { name }, shape, dtype }),
    scalar(value, dtype) {
      const known = listIn(scalars, dtype, () => new Map<number, Node>());
      let node = known.get(value);
      if (node === undefined) {
        // −0 and 0 are one scalar.
        const data = Float64Array.of(value);
        node = { id: nextId++, op: "constant", inputs: [], attributes: {}, shape: [], dtype, data };
        known.set(value, node);
      }
      return node;
    },
    tensor(data, shape, dtype) {
      const known = listIn(tensors, data, () => []);
      const id = known[0]?.attributes.id ?? nextDataId++;
      const isSame = (node: Node) => node.dtype === dtype && sameShape(node.shape, shape);
      return find(known, isSame, { op: "constant", inputs: [], attributes: { id }, shape, dtype, data });
    },
    make(op, inputs, attributes, shape, dtype, body) {
      const value = valueOfNothing(op, inputs, attributes, shape);
      if (value !== undefined) return uniform(value, shape, dtype);
      const similar = listIn(expressions, keyOf(op, inputs, attributes), () => []);
      const isSame = (node: Node) =>
        node.op === op &&
        node.dtype === dtype &&
        node.inputs.length === inputs.length &&
        node.inputs.every((x, i) => x === inputs[i]) &&
        sameShape(node.shape, shape);
      return find(similar, isSame, { op, inputs, attributes, shape, dtype, ...(body && { body }) });
    },
  };

  function uniform(value: number, shape: readonly number[], dtype: ElementType): Node {
    if (isEmpty({ shape })) return nodes.tensor(nothing, shape, dtype);
    const scalar = nodes.scalar(value, dtype);
    return shape.length === 0 ? scalar : nodes.make("expand", [scalar], {}, shape, dtype);
  }

  return nodes;
}

/** The elements of an array that has none. */
const nothing = new Float64Array(0);

function listIn<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** What different expressions rarely share; it holds all attributes. Most have none, and numbers are fast. */
function keyOf(op: Op, inputs: readonly Node[], attributes: Attributes): number | string {
  if (Object.keys(attributes).length > 0) return `${op}|${inputs.map(({ id }) => id)}|${JSON.stringify(attributes)}`;
  let hash = op.length * 32 + op.charCodeAt(0);
  for (const { id } of inputs) hash = Math.imul(hash ^ id, 0x9e3779b1);
  return hash;
}

/** A builder whose operations are the given rules; simplify.ts has those that the compiler uses. */
export function makeBuilder(rules: Rules): Builder {
  const builder = makeNodes() as Builder;
  for (const [name, rule] of Object.entries<(b: Builder, ...args: never[]) => Node>(rules)) {
    Object.assign(builder, { [name]: rule.bind(undefined, builder) });
  }
  return builder;
}
