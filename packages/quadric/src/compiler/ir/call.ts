/**
 * Calls: a function that a graph applies several times, which is differentiated and compiled once.
 *
 *   y… = f(x…)      f a graph over its inputs alone
 *
 * Every function that is derived of f, such as its tangent, is remembered with f.
 */
import type { Builder } from "./builder.ts";
import { constantValue, type Graph, type Node, reachable } from "./graph.ts";

/** f as it is called: without the inputs that it does not use, and the outputs that are inputs or constants. */
interface Callee {
  readonly body: Graph;
  /** Which of the inputs are left. */
  readonly kept: readonly number[];
}

const derived = new WeakMap<Graph, Map<string, unknown>>();

/** What is derived of a function, made when first asked for. */
export function remembered<T>(body: Graph, name: string, make: () => T): T {
  let known = derived.get(body);
  if (known === undefined) {
    known = new Map();
    derived.set(body, known);
  }
  if (!known.has(name)) known.set(name, make());
  return known.get(name) as T;
}

let count = 0;

function calleeOf(f: Graph): Callee {
  return remembered(f, "callee", () => {
    const isComputed = (y: Node) => constantValue(y) === undefined && y.op !== "constant" && !f.inputs.includes(y);
    const outputs = f.outputs.filter(isComputed);
    const used = new Set(reachable(outputs));
    const kept = f.inputs.flatMap((x, i) => (used.has(x) ? [i] : []));
    return { body: { inputs: kept.map((i) => f.inputs[i]), outputs }, kept };
  });
}

/** The node of a call of `body`, whose inputs it uses all; its results are "result" nodes. */
export function callNode(b: Builder, body: Graph, args: readonly Node[]): Node {
  const number = remembered(body, "number", () => count++);
  const [{ shape, dtype }] = body.outputs;
  return b.make("call", args, { function: number }, shape, dtype, body);
}

/** f(x…), where a result that is an argument or a constant is that itself. */
export function call(b: Builder, f: Graph, args: readonly Node[]): Node[] {
  const { body, kept } = calleeOf(f);
  const own = kept.map((i) => args[i]);
  const node = body.outputs.length > 0 ? callNode(b, body, own) : undefined;
  return f.outputs.map((y) => {
    const index = body.outputs.indexOf(y);
    if (index >= 0) return b.make("result", [node!], { index }, y.shape, y.dtype);
    return args[f.inputs.indexOf(y)] ?? y;
  });
}

export function isCallResult({ op, inputs }: Node): boolean {
  return op === "result" && inputs[0].op === "call";
}
