/** Factors of matrices as graphs, for engines without operators for them. */
import type { Graph, Node } from "../ir/graph.ts";
import { simplifyingBuilder } from "../ir/simplify.ts";
import { cholesky } from "./cholesky.ts";
import { lu } from "./lu.ts";
import { triangularSolve } from "./triangular.ts";

/** A node that is a factor, or a solution, as a graph of loops and products; undefined for every other. */
export function factorGraph(node: Node): Graph | undefined {
  const b = simplifyingBuilder();
  const inputs = node.inputs.map(({ shape, dtype }) => b.input("x", shape, dtype));
  switch (node.op) {
    case "cholesky":
      return { inputs, outputs: [cholesky(b, inputs[0])] };
    case "triangular_solve":
      return { inputs, outputs: [triangularSolve(b, node, inputs[0], inputs[1])] };
    case "lu":
      return { inputs, outputs: [lu(b, inputs[0])] };
    default:
      return undefined;
  }
}
