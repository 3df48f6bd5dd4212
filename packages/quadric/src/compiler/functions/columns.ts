/** Loops over the columns of a matrix. */
import type { Builder } from "../ir/builder.ts";
import { loop } from "../ir/control.ts";
import type { Node } from "../ir/graph.ts";

/** A loop with a turn a column, whose number the body is given. */
export function forEachColumn(
  b: Builder,
  n: number,
  initial: readonly Node[],
  body: (j: Node, state: readonly Node[]) => readonly Node[],
): Node[] {
  const j = b.input("j", [], "int32");
  const state = initial.map(({ shape, dtype }) => b.input("state", shape, dtype));
  const next = b.add(j, b.scalar(1, "int32"));
  const turn = {
    inputs: [j, ...state],
    outputs: [b.compare("less", next, b.scalar(n, "int32")), next, ...body(j, state)],
  };
  const enters = b.scalar(n > 0 ? 1 : 0, "bool");
  return loop(b, enters, [b.scalar(0, "int32"), ...initial], turn).slice(1);
}
