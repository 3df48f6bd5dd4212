/** Graphs as text and in numbers, for tests and for people. */
import { type Graph, type Node, type Op, reachable } from "./graph.ts";

/** How many nodes of each primitive a graph holds. */
export function countOps(graph: Graph): Partial<Record<Op, number>> {
  const counts: Partial<Record<Op, number>> = {};
  for (const { op } of reachable(graph.outputs)) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
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
  const lines = [`(${graph.inputs.map((node) => `${name(node)}: ${type(node)}`).join(", ")}) {`];
  for (const node of reachable(graph.outputs)) {
    if (node.op === "input" || (node.op === "constant" && node.shape.length === 0)) continue;
    const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const operands = node.inputs.map(name);
    lines.push(`  ${name(node)}: ${type(node)} = ${[node.op, ...operands, ...attributes].join(" ")}`);
  }
  lines.push(`  return ${graph.outputs.map(name).join(", ")}`, "}");
  return lines.join("\n");
}
