/**
 * Arrays without elements. They never reach an engine, since each has its own idea of them: a node without elements is
 * a constant, and what is made of it is a sum of nothing.
 */
import { type Attributes, elementCount, type Node, type Op, type ReduceOp } from "./graph.ts";

const control = new Set<Op>(["loop", "cond", "split", "result", "undefined"]);

/** Of reductions of real numbers; bools are reduced by trace/import.ts. */
const neutral: Record<ReduceOp, number> = { sum: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY };

export function isEmpty({ shape }: Pick<Node, "shape">): boolean {
  return elementCount(shape) === 0;
}

/** What all elements of a node are if it, or an operand, has none; undefined if all have some. */
export function valueOfNothing(
  op: Op,
  inputs: readonly Node[],
  attributes: Attributes,
  shape: readonly number[],
): number | undefined {
  // What has as many rows as a loop makes turns has some.
  if (control.has(op) || inputs.some((x) => x.shape.includes(-1))) return undefined;
  if (isEmpty({ shape })) return 0;
  if (!inputs.some(isEmpty)) return undefined;
  return op === "reduce" ? neutral[attributes.op as ReduceOp] : 0;
}
