/** The loops that fill a node's memory. */
import { elementCount, gatherOf, type Node, type ReduceOp } from "../../ir/graph.ts";
import {
  computeElement,
  elementOf,
  extremum,
  indexedPlace,
  opcodes,
  promoted,
  rounded,
  type Scope,
  windowIndex,
} from "./elements.ts";
import {
  type Affine,
  type Buffer,
  combine,
  type Expression,
  type Expressions,
  makeExpressions,
  rowMajor,
  valueType,
  variable,
} from "./expression.ts";
import type { Product } from "./product.ts";

/** Loops, the outermost first, with one statement inside: target[at] = value. */
export interface Nest {
  readonly kind: "nest";
  readonly expressions: Expressions;
  readonly sizes: readonly number[];
  readonly value: Expression;
  readonly target: Buffer;
  readonly at: Affine;
  /** Loops from the level `from` on reduce: value is the next of the accumulator, which starts as `initial`. */
  readonly reduction?: { readonly from: number; readonly initial: Expression; readonly result: Expression };
  /** target[at] += value instead. */
  readonly accumulates?: boolean;
}

/** All bytes of a buffer set to zero. */
export interface Fill {
  readonly kind: "fill";
  readonly target: Buffer;
}

/** An algorithm of the host on tensors in memory; `number` counts those of a program. */
export interface Call {
  readonly kind: "call";
  readonly number: number;
}

/** All elements of a buffer as they lie, from the element `at` of the target on. */
export interface Copy {
  readonly kind: "copy";
  readonly from: Buffer;
  readonly target: Buffer;
  readonly at: number;
}

/** A function that the program calls, by its number. */
export interface FunctionCall {
  readonly kind: "function";
  readonly number: number;
}

export type Step = Nest | Fill | Copy | Product | Call | FunctionCall;

/** A scope without the expressions, which belong to one nest. */
export interface Surroundings extends Omit<Scope, "expressions"> {
  /** Memory that is needed only while the node is computed. */
  scratch(count: number, dtype: Node["dtype"]): Buffer;
}

export type Rule = (surroundings: Surroundings, node: Node, target: Buffer) => Step[];

export const counters = ({ counter }: Expressions, count: number, from = 0): Affine[] =>
  Array.from({ length: count }, (_, i) => variable(counter(from + i)));

/** An element a time, in the order of the result. */
export const elementwise: Rule = (surroundings, node, target) => {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const index = counters(scope.expressions, node.shape.length);
  const value = computeElement(scope, node, index);
  return [nest(scope, node.shape, value, target, rowMajor(node.shape, index))];
};

export function nest(
  { expressions }: Scope,
  sizes: readonly number[],
  value: Expression,
  target: Buffer,
  at: Affine,
  accumulates = false,
): Nest {
  return { kind: "nest", expressions, sizes, value, target, at, accumulates };
}

export const reduce: Rule = (surroundings, node, target) => {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const [x] = node.inputs;
  const { axes, op } = node.attributes as { axes: number[]; op: ReduceOp };
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const index = x.shape.map((_, i) => variable(scope.expressions.counter(order.indexOf(i))));
  const sizes = order.map((i) => x.shape[i]);
  return [reduction(scope, op, sizes, kept.length, elementOf(scope, x, index), target)];
};

/** Reduces over the loops from `from` on, sums in float64, into the row-major target of the outer loops. */
export function reduction(
  scope: Scope,
  op: ReduceOp,
  sizes: readonly number[],
  from: number,
  element: Expression,
  target: Buffer,
): Nest {
  const { expressions } = scope;
  const value = op === "sum" ? promoted(expressions, element) : element;
  const accumulator = expressions.accumulator(value.type);
  const next =
    op === "sum"
      ? expressions.apply(value.type, [opcodes.add[value.type as "f64"]], accumulator, value)
      : extremum(expressions, op, accumulator, value);
  const initial = expressions.constant(value.type, initialOf(op, target));
  const result = value.type === valueType[target.dtype] ? accumulator : rounded(expressions, accumulator);
  const outer = sizes.slice(0, from);
  const at = rowMajor(outer, counters(expressions, from));
  return { kind: "nest", expressions, sizes, value: next, target, at, reduction: { from, initial, result } };
}

function initialOf(op: ReduceOp, { dtype }: Buffer): number {
  if (op === "sum") return 0;
  const [least, most] =
    dtype === "bool" ? [0, 1] : dtype === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [-Infinity, Infinity];
  return op === "max" ? least : most;
}

/** The product of two numbers in float64. */
export function multiplied(expressions: Expressions, x: Expression, y: Expression): Expression {
  const [p, q] = [promoted(expressions, x), promoted(expressions, y)];
  return expressions.apply(p.type, [opcodes.mul[p.type as "f64"]], p, q);
}

/** A tensor copied into a part of the target, which has the given shape, `begin` away from its first element. */
export function copy(
  surroundings: Surroundings,
  x: Node,
  target: Buffer,
  shape: readonly number[],
  begin: readonly number[],
): Nest {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const index = counters(scope.expressions, x.shape.length);
  const moved = index.map((at, i) => combine([[1, at]], begin[i]));
  return nest(scope, x.shape, elementOf(scope, x, index), target, rowMajor(shape, moved));
}

export const pad: Rule = (surroundings, node, target) => {
  const begin = (node.attributes.width as [number, number][]).map(([before]) => before);
  return [{ kind: "fill", target }, copy(surroundings, node.inputs[0], target, node.shape, begin)];
};

export const concatenate: Rule = (surroundings, node, target) => {
  const axis = node.attributes.axis as number;
  let start = 0;
  const lead = elementCount(node.shape.slice(0, axis));
  const row = elementCount(node.shape.slice(axis + 1));
  return node.inputs.map((x): Step => {
    const begin = node.shape.map((_, i) => (i === axis ? start : 0));
    const at = start * row;
    start += x.shape[axis];
    const from = lead === 1 ? surroundings.bufferOf(x) : undefined;
    if (from) return { kind: "copy", from, target, at };
    return copy(surroundings, x, target, node.shape, begin);
  });
};

/** Adds what a gather would have taken back to where it was taken. */
export const scatterAdd: Rule = (surroundings, node, target) => {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const [u, ...indices] = node.inputs;
  const { axis, outDim } = gatherOf(node);
  const count = u.shape.length - (node.shape.length - axis.length);
  const index = counters(scope.expressions, u.shape.length);
  const places = indices.map((input) => {
    const own = index.slice(outDim, outDim + count);
    const offset = own.length - input.shape.length;
    return elementOf(
      scope,
      input,
      input.shape.map((n, i) => (n === 1 ? combine([]) : own[i + offset])),
    );
  });
  const at = rowMajor(node.shape, indexedPlace(scope, node.shape, axis, places, index.toSpliced(outDim, count)));
  return [{ kind: "fill", target }, nest(scope, u.shape, elementOf(scope, u, index), target, at, true)];
};

export const poolTranspose: Rule = (surroundings, node, target) => {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const [u] = node.inputs;
  const index = counters(scope.expressions, u.shape.length);
  const at = rowMajor(node.shape, windowIndex(node, index));
  return [{ kind: "fill", target }, nest(scope, u.shape, elementOf(scope, u, index), target, at, true)];
};
