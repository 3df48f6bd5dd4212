/** The repeated blocks of a trace as calls of one function, which is imported with the first of them. */
import type { Jaxpr } from "@jax-js/jax";
import type { Builder } from "../ir/builder.ts";
import { call } from "../ir/call.ts";
import { type Graph, type Node, sameShape } from "../ir/graph.ts";
import type { Repeats } from "./repeats.ts";

type Equation = Jaxpr["eqns"][number];
type Atom = Equation["inputs"][number];

/** The block of `length` equations that starts at one, as a call: its results. Undefined if there is none. */
export type BlockAt = (
  start: number,
  read: (atom: Atom) => Node,
) => { readonly length: number; readonly values: ReadonlyMap<unknown, Node> } | undefined;

/** How one number, and one equation, becomes nodes. */
interface Importers {
  literal(atom: Atom): Node;
  equation(equation: Equation, operands: Node[]): Node[];
}

/** Blocks with other arguments, such as labels, are not called: whoever looks for indices would not find them there. */
const isFloat = ({ dtype }: Node): boolean => dtype === "float32" || dtype === "float64";

export function blocks(
  b: Builder,
  { eqns }: Jaxpr,
  { length, starts, sources, results, args }: Repeats,
  importers: Importers,
): BlockAt {
  const argsAt = new Map(starts.map((start, k) => [start, args[k]]));
  let body: Graph | undefined;

  function makeBody(start: number, like: readonly Node[]): Graph {
    const inputs = like.map(({ shape, dtype }) => b.input("argument", shape, dtype));
    const made: Node[][] = [];
    for (let i = 0; i < length; i++) {
      const operands = sources[i].map((source, k) => {
        if (source === undefined) return importers.literal(eqns[start + i].inputs[k]);
        return "argument" in source ? inputs[source.argument] : made[source.equation][source.result];
      });
      made.push(importers.equation(eqns[start + i], operands));
    }
    return { inputs, outputs: results.map(({ equation, result }) => made[equation][result]) };
  }

  return (start, read) => {
    const operands = argsAt.get(start)?.map(read);
    if (operands === undefined || !operands.every(isFloat)) return undefined;
    body ??= makeBody(start, operands);
    const fits = body.inputs.every(
      ({ dtype, shape }, i) => dtype === operands[i].dtype && sameShape(shape, operands[i].shape),
    );
    if (!fits) return undefined;
    const values = call(b, body, operands);
    const binders = results.map(({ equation, result }) => eqns[start + equation].outBinders[result]);
    return { length, values: new Map(binders.map((binder, i) => [binder, values[i]])) };
  };
}
