/** Graphs as text and in numbers, for tests and for people. */
import { dependents, type Graph, type Node, type Op, reachable } from "./graph.ts";

/** How many nodes of each primitive a graph holds, bodies of loops included. */
export function countOps(graph: Graph): Partial<Record<Op, number>> {
  const counts: Partial<Record<Op, number>> = {};
  const count = (nodes: readonly Node[]) => {
    for (const { op, body } of nodes) {
      counts[op] = (counts[op] ?? 0) + 1;
      if (body) count(withinLoop(body));
    }
  };
  count(reachable(graph.outputs));
  return counts;
}

/** What a turn of a loop computes: the nodes that depend on its state. */
function withinLoop({ inputs, outputs }: Graph): Node[] {
  const nodes = reachable(outputs);
  const within = dependents(nodes, inputs);
  return nodes.filter((node) => within.has(node));
}

/** The graph as text, one node a line; names are given in order of appearance, so equal graphs print equally. */
export function printGraph(graph: Graph): string {
  const names = new Map<Node, string>();
  const name = (node: Node) => {
    if (node.op === "constant" && node.shape.length === 0 && node.data) return String(node.data[0]);
    const known = names.get(node);
    if (known !== undefined) return known;
    const fresh = `%${names.size}`;
    names.set(node, fresh);
    return fresh;
  };
  const type = ({ dtype, shape }: Node) => `${dtype}[${shape.join(",")}]`;
  const print = ({ inputs, outputs }: Graph, nodes: readonly Node[], indent: string): string => {
    const lines = [`(${inputs.map((node) => `${name(node)}: ${type(node)}`).join(", ")}) {`];
    for (const node of nodes) {
      if (node.op === "input" || (node.op === "constant" && node.shape.length === 0)) continue;
      const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      const words = [node.op, ...node.inputs.map(name), ...attributes];
      const left = `${name(node)}: ${type(node)}`;
      if (node.body) words.push(print(node.body, withinLoop(node.body), `${indent}  `));
      lines.push(`${indent}  ${left} = ${words.join(" ")}`);
    }
    lines.push(`${indent}  return ${outputs.map(name).join(", ")}`, `${indent}}`);
    return lines.join("\n");
  };
  return print(graph, reachable(graph.outputs), "");
}
