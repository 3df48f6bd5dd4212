/**
 * Which nodes of a graph get memory. The others are computed inside the loops of their only user, or of every user
 * where that costs less than to store and load them.
 */
import { isCallResult } from "../../ir/call.ts";
import { elementCount, type Graph, type Node, type Op, reachable, usesIn } from "../../ir/graph.ts";
import { isView, splitAxes } from "./elements.ts";
import { routines } from "./routines.ts";

/** Primitives that have separate loops. */
const looping: ReadonlySet<Op> = new Set([
  "reduce",
  "matmul",
  "conv",
  "conv_input",
  "conv_kernel",
  "concatenate",
  "pad",
  "scatter_add",
  "pool_transpose",
  "call",
]);

/**
 * So many operations may meet in the loops of one node: compilers of WebAssembly are slow on functions that are longer.
 */
const mostFused = 48;

/** A node that costs at most so much, in arithmetic operations, is computed by each of its users. */
const cheap = 2;

/** Operations that cost many times an addition. */
const slow: ReadonlySet<Op> = new Set([
  ..."exp log sin cos asin atan tanh sigmoid softplus erf erfc mod pow atan2 reciprocal sqrt idiv polygamma random_bits".split(
    " ",
  ),
] as Op[]);

/** Nodes that lie in memory before a run: arguments, and constants with more than one element. */
export function isGiven({ op, shape }: Node): boolean {
  return op === "input" || (op === "constant" && shape.length > 0);
}

/** Whether a node only names the memory of its input. */
export function isAlias({ op }: Node): boolean {
  return op === "reshape" || op === "stop_gradient";
}

/** How often an element of an operand is asked for while a node is computed, in all. */
function iterations(node: Node, operand: Node): number {
  const [a, b] = node.inputs;
  switch (node.op) {
    case "matmul":
      return elementCount(node.shape) * a.shape.at(node.attributes.transposeA ? -2 : -1)!;
    case "conv":
    case "conv_input":
    case "conv_kernel":
      return Number.POSITIVE_INFINITY;
    case "scatter_add":
      return operand === a ? elementCount(a.shape) : elementCount(b.shape);
    case "reduce":
    case "concatenate":
    case "pad":
    case "pool_transpose":
    case "call":
      return elementCount(operand.shape);
    default:
      return elementCount(node.shape);
  }
}

/** The nodes that are computed by separate loops into separate memory. */
export function storedNodes({ outputs }: Graph): ReadonlySet<Node> {
  const nodes = reachable(outputs);
  const stored = new Set<Node>();
  // The node in whose loops each is asked for, unless there are several.
  const users = new Map<Node, Node | "several">();
  const asked = new Map<Node, number>();
  const fused = new Map<Node, number>();
  const work = workOf(nodes);

  function require(node: Node): void {
    if (isAlias(node)) require(node.inputs[0]);
    else if (!isGiven(node)) stored.add(node);
  }

  function mustStore(node: Node): boolean {
    if (isCallResult(node)) return true;
    if (looping.has(node.op) || node.op in routines) return true;
    if (node.op === "constant" || isView(node) || node.op === "gather") return false;
    if (asked.get(node)! > elementCount(node.shape)) return true;
    if (work.get(node)! <= cheap) return false;
    const root = users.get(node)!;
    if (root === "several") return true;
    const size = (fused.get(root) ?? 0) + 1;
    fused.set(root, size);
    return size > mostFused;
  }

  outputs.forEach(require);
  for (const node of nodes.reverse()) {
    if (isGiven(node)) continue;
    if (!stored.has(node) && mustStore(node)) stored.add(node);
    if (node.op in routines || node.op === "call") node.inputs.forEach(require);
    if (node.op === "reshape" && !splitAxes(node.inputs[0].shape, node.shape)) require(node.inputs[0]);
    for (const input of node.inputs) {
      const root = stored.has(node) ? node : users.get(node)!;
      users.set(input, (users.get(input) ?? root) === root ? root : "several");
      const times = stored.has(node) ? iterations(node, input) : (asked.get(node) ?? 0);
      asked.set(input, Math.max(asked.get(input) ?? 0, times));
    }
  }
  return stored;
}

/** What an element of each node costs if all behind it that gets no memory is computed with it. */
function workOf(nodes: readonly Node[]): ReadonlyMap<Node, number> {
  const uses = usesIn(nodes, []);
  const work = new Map<Node, number>();
  for (const node of nodes) {
    const own = node.inputs.length === 0 || isView(node) || isCallResult(node) ? 0 : slow.has(node.op) ? cheap + 1 : 1;
    const behind = node.inputs.map((input) =>
      uses.get(input)! > 1 && work.get(input)! > cheap ? 0 : work.get(input)!,
    );
    work.set(node, looping.has(node.op) || node.op in routines ? 0 : behind.reduce((sum, n) => sum + n, own));
  }
  return work;
}
