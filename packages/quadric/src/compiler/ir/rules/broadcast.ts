/** Broadcasts float outward: an elementwise operation works below them, and its result is broadcast. */
import type { TensorData } from "../../../vector/tensor.ts";
import type { Builder } from "../builder.ts";
import { broadcastShapes, type ElementType, type Node, sameShape } from "../graph.ts";

export function expand(b: Builder, x: Node, shape: readonly number[]): Node {
  if (sameShape(x.shape, shape)) return x;
  if (x.op === "expand") return b.expand(x.inputs[0], shape);
  return b.make("expand", [x], {}, shape, x.dtype);
}

export function full(b: Builder, value: number, shape: readonly number[], dtype: ElementType): Node {
  return b.expand(b.scalar(value, dtype), shape);
}

export function constant(b: Builder, data: TensorData, shape: readonly number[], dtype: ElementType): Node {
  const isUniform = data.length > 0 && data.every((x) => x === data[0]);
  return isUniform ? b.full(data[0], shape, dtype) : b.tensor(data, shape, dtype);
}

/** Applies `build` below the broadcasts of its operands and broadcasts the result; undefined if there are none. */
export function belowBroadcasts(
  b: Builder,
  operands: readonly Node[],
  build: (...bare: Node[]) => Node,
): Node | undefined {
  if (!operands.some((node) => node.op === "expand")) return undefined;
  const bare = operands.map((node) => (node.op === "expand" ? node.inputs[0] : node));
  return b.expand(build(...bare), broadcastShapes(...operands.map((node) => node.shape)));
}
