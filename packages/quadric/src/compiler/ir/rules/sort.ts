/** Sorting along the last axis: the order, and what stands in it. */
import type { Builder } from "../builder.ts";
import { elementCount, type Node } from "../graph.ts";
import { ordinals } from "./ordinals.ts";

/** The places of the elements in ascending order, the first of equal ones first; NaN is last. */
export function argsort(b: Builder, x: Node): Node {
  return b.make("argsort", [x], {}, x.shape, "int32");
}

/** x at `places` along its last axis: linear in x, so that the derivative of a sorted x is dx in the same order. */
export function takeInOrder(b: Builder, x: Node, places: Node): Node {
  const n = x.shape.at(-1)!;
  const rows = elementCount(x.shape.slice(0, -1));
  const starts = b.reshape(b.scale(ordinals(b, rows), n), [...x.shape.slice(0, -1), 1]);
  const at = b.add(places, starts);
  return b.linear("gather", b.reshape(x, [rows * n]), [at], { axis: [0], outDim: 0 }, places.shape);
}
