/** Reductions: scalars float out of sums, repeated elements are counted, windows become pooling. */
import type { Builder } from "../builder.ts";
import { constantValue, floatOut, type Node, type ReduceOp, splitScalar } from "../graph.ts";
import { pool, reducesWindows, reduceWindows, windowsOfReshape } from "./pool.ts";

export function reduce(b: Builder, op: ReduceOp, x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return x;
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  if (axes.every((i) => x.shape[i] === 1)) return b.reshape(x, shape);
  const multiple = op === "sum" ? sumOfMultiple(b, x, axes, shape) : undefined;
  if (multiple) return multiple;
  const ofWindows = reducesWindows(x, axes) ? reduceWindows(b, op, x) : undefined;
  if (ofWindows) return ofWindows;
  const windows = x.dtype === "int32" ? undefined : windowsOfReshape(x, axes);
  if (windows) {
    const windowed = pool(b, x.inputs[0], windows);
    return b.reduce(op, windowed, windowed.shape.map((_, i) => i).slice(-axes.length));
  }
  return b.make("reduce", [x], { op, axes: axes.toSorted((i, j) => i - j) }, shape, x.dtype);
}

export function sum(b: Builder, x: Node, axes: readonly number[]): Node {
  return b.reduce("sum", x, axes);
}

/** Σ c·x = c·Σ x, and over axes along which x only repeats itself a multiple of x. */
function sumOfMultiple(b: Builder, x: Node, axes: readonly number[], shape: readonly number[]): Node | undefined {
  const [factor, c] = splitScalar(x);
  if (floatOut(c, 1)) return b.scale(b.sum(b.expand(factor, x.shape), axes), c);
  if (x.op !== "expand") return undefined;
  const count = axes.reduce((product, i) => product * x.shape[i], 1);
  const value = constantValue(x);
  if (value !== undefined) return b.full(value * count, shape, x.dtype);
  const [bare] = x.inputs;
  const offset = x.shape.length - bare.shape.length;
  if (!axes.every((i) => i < offset || bare.shape[i - offset] === 1)) return undefined;
  const kept = bare.shape.filter((_, i) => !axes.includes(i + offset));
  return b.scale(b.expand(b.reshape(bare, kept), shape), count);
}
