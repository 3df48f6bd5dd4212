/**
 * Programs of many tiny operations, such as an unrolled solver of a small differential equation.
 *
 * An operation costs ONNX Runtime a microsecond, however small, and making a session of tens of thousands of them costs
 * seconds. The compiler of the wasm backend makes them loops or lines of one function, a nanosecond an element.
 */
import { elementCount, type Graph, type Node, reachable } from "../../ir/graph.ts";

/** Operations of a program from which compilation counts. */
const many = 1000;

/**
 * Elements that an operation computes on average, at most: a microsecond's work of loops. Of nets with 100 blocks of
 * 8 × 16 numbers gradients and products take the engine two to ten times as long.
 */
export const tiny = 192;

export function isFineGrained({ outputs }: Graph): boolean {
  const nodes = reachable(outputs).filter(({ op }) => op !== "input" && op !== "constant");
  if (nodes.some(({ op }) => op === "call")) return true;
  if (nodes.length < many) return false;
  const work = nodes.reduce((sum, node) => sum + workOf(node), 0);
  return work < tiny * nodes.length;
}

/** Elements, or the multiplications of a product, of which eight take as long as an element. */
function workOf({ op, inputs, attributes, shape }: Node): number {
  if (op === "loop" || op === "cond" || op.startsWith("conv")) return Number.POSITIVE_INFINITY;
  const [x] = inputs;
  if (op === "matmul") return (elementCount(shape) * x.shape.at(attributes.transposeA ? -2 : -1)!) / 8;
  return elementCount(op === "reduce" ? x.shape : shape);
}
