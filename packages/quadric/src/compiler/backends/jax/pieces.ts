/**
 * A program with calls, cut before and after each of them. What one `jit` of jax-js calls it writes out, and compiles
 * again for every call; so each piece is jitted by itself, and the pieces that call one function share it.
 */
import { isCallResult } from "../../ir/call.ts";
import { type Graph, type Node, reachable } from "../../ir/graph.ts";

export interface Piece {
  /** Arguments of the program, results of pieces before this one, and constants if it is a call. */
  readonly args: readonly Node[];
  /** What it computes, in the order of the outputs of its function; undefined is what nobody reads. */
  readonly results: readonly (Node | undefined)[];
  readonly body: Graph;
  /** The nodes of a body that does not begin at the arguments of the program. */
  readonly nodes?: readonly Node[];
}

/** The pieces of a program, each after those that it reads. */
export function piecesOf(graph: Graph): Piece[] {
  const runs: Node[][] = [[]];
  const resultsOf = new Map<Node, Node[]>();
  for (const node of reachable(graph.outputs)) {
    if (node.op === "input" || node.op === "constant") continue;
    if (node.op === "call") {
      resultsOf.set(node, []);
      runs.push([node], []);
    } else if (isCallResult(node)) {
      resultsOf.get(node.inputs[0])!.push(node);
    } else {
      runs.at(-1)!.push(node);
    }
  }
  const isRead = readOutside(runs, graph.outputs);
  return runs.flatMap((run): Piece[] => {
    const [first] = run;
    if (first === undefined) return [];
    if (first.op === "call") {
      const results: (Node | undefined)[] = first.body!.outputs.map(() => undefined);
      for (const result of resultsOf.get(first)!) results[result.attributes.index as number] = result;
      return [{ args: first.inputs, results, body: first.body! }];
    }
    const own = new Set(run);
    const read = [...new Set(run.flatMap(({ inputs }) => inputs))].filter((x) => !own.has(x));
    const inputs = read.filter(({ op }) => op !== "constant");
    const outputs = run.filter(isRead);
    const nodes = [...read.filter(({ op }) => op === "constant"), ...run];
    return [{ args: inputs, results: outputs, body: { inputs, outputs }, nodes }];
  });
}

/** Whether a node is an output of the program or read in another run than its own. */
function readOutside(runs: readonly (readonly Node[])[], outputs: readonly Node[]): (node: Node) => boolean {
  const runOf = new Map<Node, number>();
  const outside = new Set(outputs);
  for (const [i, run] of runs.entries()) {
    for (const node of run) {
      runOf.set(node, i);
      for (const x of node.inputs) if (runOf.get(x) !== i) outside.add(x);
    }
  }
  return (node) => outside.has(node);
}
