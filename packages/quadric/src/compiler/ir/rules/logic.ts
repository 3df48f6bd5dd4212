/** Comparisons, choices and changes of type: constant conditions decide, negations go into the comparison. */
import type { Builder } from "../builder.ts";
import { broadcastShapes, type CompareOp, constantValue, type ElementType, type Node } from "../graph.ts";
import { promote } from "./arithmetic.ts";
import { belowBroadcasts } from "./broadcast.ts";
import { equalsExtremum } from "./pool.ts";

export function compare(b: Builder, op: CompareOp, left: Node, right: Node): Node {
  const [x, y] = promote(b, left, right);
  return (
    (op === "equal" ? equalsExtremum(b, x, y) : undefined) ??
    belowBroadcasts(b, [x, y], (p, q) => b.compare(op, p, q)) ??
    b.make("compare", [x, y], { op }, broadcastShapes(x.shape, y.shape), "bool")
  );
}

export function logical(b: Builder, op: "and" | "or", x: Node, y: Node): Node {
  return (
    belowBroadcasts(b, [x, y], (p, q) => b.logical(op, p, q)) ??
    b.make(op, [x, y], {}, broadcastShapes(x.shape, y.shape), "bool")
  );
}

export function not(b: Builder, condition: Node): Node {
  if (condition.op !== "compare") return b.compare("equal", condition, b.scalar(0, "bool"));
  const [x, y] = condition.inputs;
  switch (condition.attributes.op as CompareOp) {
    case "less":
      return b.compare("less_equal", y, x);
    case "less_equal":
      return b.compare("less", y, x);
    case "equal":
      return b.compare("not_equal", x, y);
    case "not_equal":
      return b.compare("equal", x, y);
  }
}

export function where(b: Builder, condition: Node, left: Node, right: Node): Node {
  const [x, y] = promote(b, left, right);
  const shape = broadcastShapes(condition.shape, x.shape, y.shape);
  if (x === y) return b.expand(x, shape);
  const fixed = constantValue(condition);
  if (fixed !== undefined) return b.expand(fixed ? x : y, shape);
  return belowBroadcasts(b, [condition, x, y], b.where) ?? b.make("where", [condition, x, y], {}, shape, x.dtype);
}

export function cast(b: Builder, x: Node, dtype: ElementType): Node {
  if (x.dtype === dtype) return x;
  const value = constantValue(x);
  if (value !== undefined) {
    if (dtype === "uint32") return b.full(Math.trunc(value) >>> 0, x.shape, dtype);
    const kept = dtype === "int32" ? Math.trunc(value) : dtype === "bool" ? Number(value !== 0) : value;
    return b.full(kept, x.shape, dtype);
  }
  const [condition, p, q] = x.op === "where" ? x.inputs : [];
  if (condition && constantValue(p) !== undefined && constantValue(q) !== undefined) {
    return b.where(condition, b.cast(p, dtype), b.cast(q, dtype));
  }
  return belowBroadcasts(b, [x], (bare) => b.cast(bare, dtype)) ?? b.make("cast", [x], {}, x.shape, dtype);
}

export function stopGradient(b: Builder, x: Node): Node {
  const hasGradient = x.op !== "constant" && x.dtype !== "int32" && x.dtype !== "uint32" && x.dtype !== "bool";
  return hasGradient ? b.make("stop_gradient", [x], {}, x.shape, x.dtype) : x;
}
