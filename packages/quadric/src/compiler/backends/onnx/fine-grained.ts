/**
 * Programs of many tiny operations, such as an unrolled solver of a small differential equation.
 *
 * An operation costs ONNX Runtime a microsecond, however small, and making a session of tens of thousands of them costs
 * seconds; the compiler of the wasm backend makes them loops or lines of one function, a nanosecond an element.
 */
import { elementCount, type Graph, type Node, reachable } from "../../ir/graph.ts";

/** Operations of a program from which compilation counts. */
const many = 1000;

/** Elements that an operation computes on average, at most: less than a microsecond's work of simple loops. */
export const tiny = 32;

export function isFineGrained({ outputs }: Graph): boolean {
  const nodes = reachable(outputs).filter(({ op }) => op !== "input" && op !== "constant");
  if (nodes.some(({ op }) => op === "call")) return true;
  if (nodes.length < many) return false;
  const work = nodes.reduce((sum, node) => sum + workOf(node), 0);
  return work < tiny * nodes.length;
}

/** Multiplications or elements. */
function workOf({ op, inputs, attributes, shape }: Node): number {
  if (op === "loop" || op === "cond" || op.startsWith("conv")) return Number.POSITIVE_INFINITY;
  const [x] = inputs;
  if (op === "matmul") return elementCount(shape) * x.shape.at(attributes.transposeA ? -2 : -1)!;
  return elementCount(op === "reduce" ? x.shape : shape);
}
