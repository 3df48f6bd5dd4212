/**
 * Control in graphs: loops, choices, and what has several results.
 *
 *   (state, collected) = loop(enters, state₀, turn)      turn: state → continues, state⁺, rows
 *   cond(test, yes, no) = yes if test, else no
 *
 * One graph holds both sides of a choice. A lowering computes what only one side needs when that side is taken; sides
 * that are small are selected from instead, since a branch costs more than their arithmetic.
 */
import type { Builder } from "./builder.ts";
import {
  constantValue,
  dependents,
  elementCount,
  type Graph,
  type Node,
  type Op,
  reachable,
  sameShape,
} from "./graph.ts";

/** Results of fewer elements in all are selected, others chosen by a branch: three vectors of 32,768 parameters. */
const branchFrom = 3 * 2 ** 15;

/** One result each of the given shapes and types. */
function resultsOf(b: Builder, node: Node, like: readonly Pick<Node, "shape" | "dtype">[]): Node[] {
  return like.map(({ shape, dtype }, index) => b.make("result", [node], { index }, shape, dtype));
}

/** Any value of x's shape and type: what a side of a choice gives where nobody reads it. */
export function undefinedLike(b: Builder, { shape, dtype }: Node): Node {
  return b.make("undefined", [], {}, shape, dtype);
}

/** A vector cut into pieces of the given sizes; each knows where it begins. */
export function split(b: Builder, x: Node, sizes: readonly number[]): Node[] {
  if (sizes.length === 1) return [x];
  const node = b.make("split", [x], { sizes }, [sizes[0]], x.dtype);
  let begin = 0;
  return sizes.map((size, index) => {
    const piece = b.make("result", [node], { index, begin }, [size], x.dtype);
    begin += size;
    return piece;
  });
}

/** Elementwise x where the condition holds, else y. */
export function select(b: Builder, condition: Node, x: Node, y: Node): Node {
  if (x === y || y.op === "undefined") return x;
  if (x.op === "undefined") return y;
  if (x.dtype === "bool" && constantValue(y) === 0) {
    return constantValue(x) === 1 ? condition : b.logical("and", condition, x);
  }
  // One test of both conditions: (x if c′ else y) if c else y
  if (x.op === "where" && x.inputs[2] === y) return b.where(b.logical("and", condition, x.inputs[0]), x.inputs[1], y);
  return b.where(condition, x, y);
}

/** One of two lists of values, which agree in their shapes and types. */
export function cond(b: Builder, test: Node, yes: readonly Node[], no: readonly Node[]): Node[] {
  yes.forEach((x, i) => {
    if (!sameShape(x.shape, no[i].shape) || x.dtype !== no[i].dtype) {
      throw new Error(
        `internal: sides of a choice must agree, got ${x.dtype}[${x.shape}], ${no[i].dtype}[${no[i].shape}].`,
      );
    }
  });
  const elements = yes.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (elements < branchFrom) return yes.map((x, i) => select(b, test, x, no[i]));
  const node = b.make("cond", [test, ...yes, ...no], {}, yes[0].shape, yes[0].dtype);
  return resultsOf(b, node, yes);
}

/** The sides of a "cond". */
export function sidesOf({ inputs }: Node): { readonly test: Node; readonly yes: Node[]; readonly no: Node[] } {
  const count = (inputs.length - 1) / 2;
  return { test: inputs[0], yes: inputs.slice(1, 1 + count), no: inputs.slice(1 + count) };
}

/**
 * Turns while a condition holds. What does not depend on the state is computed once, before the loop.
 *
 * @param enters - whether there is a first turn.
 * @param turn - inputs: the state; outputs: whether there is another turn, the next state, and what is collected of
 *   this turn.
 * @returns the last state, then what was collected, a row a turn.
 */
export function loop(b: Builder, enters: Node, initial: readonly Node[], turn: Graph): Node[] {
  const { id } = b.input("loop", [], "bool"); // not shared with another: a turn is no part of what the builder compares
  const outside = invariants(turn);
  const { shape, dtype } = initial[0];
  const op: Op = "loop";
  const attributes = { state: initial.length };
  const node: Node = { id, op, inputs: [enters, ...initial, ...outside], attributes, shape, dtype, body: turn };
  const collected = turn.outputs.slice(1 + initial.length).map((x) => ({ shape: [-1, ...x.shape], dtype: x.dtype }));
  return resultsOf(b, node, [...initial, ...collected]);
}

/** The values that a turn takes from outside. */
function invariants({ inputs, outputs }: Graph): Node[] {
  const nodes = reachable(outputs);
  const within = dependents(nodes, inputs);
  const used = new Set(outputs.filter((node) => !within.has(node)));
  for (const node of nodes.toReversed()) {
    // A value that is only spread is spread where it is used.
    if (used.has(node) && (node.op === "expand" || node.op === "pool")) {
      used.delete(node);
      used.add(node.inputs[0]);
    }
    if (within.has(node)) for (const x of node.inputs) if (!within.has(x)) used.add(x);
  }
  return [...used].filter(({ op }) => op !== "constant");
}
