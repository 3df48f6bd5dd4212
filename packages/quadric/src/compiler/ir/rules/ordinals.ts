/** 0, 1, 2, … as a constant. */
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";

/** The same array for the same n, so that what is made of it is found again. */
const known = new Map<number, Int32Array>();

/** [0, 1, …, n − 1], int32. */
export function ordinals(b: Builder, n: number): Node {
  const data = known.get(n) ?? Int32Array.from({ length: n }, (_, i) => i);
  known.set(n, data);
  return b.constant(data, [n], "int32");
}
