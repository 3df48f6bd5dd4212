/**
 * Finds the operation that made a loss or its gradient NaN or infinite, by computing all of its intermediate values
 * once.
 */
import type { Tensor } from "../vector/tensor.ts";
import type { Backend } from "./backends/backend.ts";
import { broadcastShapes, constantValue, type Node, reachable } from "./ir/graph.ts";

/** What is asked about: its name, and its values as nodes. */
export interface Stage {
  readonly name: string;
  readonly outputs: readonly Node[];
}

/** Values of nodes; a constant is one number. */
type Values = ReadonlyMap<Node, Tensor["data"]>;

/**
 * @param inputs - of the stages' graphs, with `tensors` as their values.
 * @param stages - in order; the first that is not finite is explained.
 * @returns a sentence, or undefined if all is finite.
 */
export async function explainNonfinite(
  backend: Backend,
  inputs: readonly Node[],
  tensors: readonly Tensor[],
  stages: readonly Stage[],
): Promise<string | undefined> {
  for (const { name, outputs } of stages) {
    const values = await evaluate(backend, inputs, tensors, outputs);
    const failed = outputs.find((node) => firstNonfinite(values, node) !== undefined);
    if (failed === undefined) continue;
    const origin = originOf(values, failed);
    return `The ${name} is not finite: ${describe(values, origin)}.`;
  }
  return undefined;
}

async function evaluate(
  backend: Backend,
  inputs: readonly Node[],
  tensors: readonly Tensor[],
  outputs: readonly Node[],
): Promise<Values> {
  const values = new Map(inputs.map((node, i) => [node, tensors[i].data]));
  const nodes = reachable(outputs).filter((node) => node.op !== "constant" && !values.has(node));
  const program = await backend.compile({ inputs, outputs: nodes });
  const results = await program.run(tensors);
  program.dispose();
  nodes.forEach((node, i) => {
    values.set(node, results[i].data);
  });
  return values;
}

/** The place of the first entry that is not finite. */
function firstNonfinite(values: Values, node: Node): number | undefined {
  const place = (values.get(node) ?? node.data ?? []).findIndex((x) => !Number.isFinite(x));
  return place < 0 ? undefined : place;
}

/** The node, going back from inputs to inputs, none of whose computed inputs is not finite. */
function originOf(values: Values, node: Node): Node {
  const before = node.inputs.find((x) => constantValue(x) === undefined && firstNonfinite(values, x) !== undefined);
  return before === undefined ? node : originOf(values, before);
}

/** Operations whose entries depend on whole rows of operands of the same shape. */
const ofWholeRows: ReadonlySet<string> = new Set(["cholesky", "triangular_solve", "matmul"]);

/** "log of 0 at [2] of [8] is -Infinity". */
function describe(values: Values, node: Node): string {
  const { op, inputs, shape } = node;
  const place = firstNonfinite(values, node)!;
  const index = indexOf(place, shape);
  const value = valueAt(values, node, index);
  const at = shape.length > 0 ? ` at [${index}] of [${shape}]` : "";
  if (op === "input") return `${node.attributes.name} is ${value}${at}`;
  const isElementwise = !ofWholeRows.has(op) && `${broadcastShapes(...inputs.map((x) => x.shape))}` === `${shape}`;
  const operands = isElementwise ? ` of ${inputs.map((x) => valueAt(values, x, index)).join(" and ")}` : "";
  return `${op}${operands}${at} is ${value}`;
}

function indexOf(place: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = place;
  for (const n of shape.toReversed()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return index;
}

/** The entry of a node that meets `index` by broadcasting. */
function valueAt(values: Values, node: Node, index: readonly number[]): number {
  const constant = constantValue(node);
  if (constant !== undefined) return constant;
  const offset = index.length - node.shape.length;
  const place = node.shape.reduce((sum, n, i) => sum * n + (n === 1 ? 0 : index[i + offset]), 0);
  return (values.get(node) ?? node.data!)[place];
}
