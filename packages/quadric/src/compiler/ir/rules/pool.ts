/**
 * Pooling: a reduction over windows, which the primitive `pool` of x [*l, i…] puts into new last axes, [*l, o…, w…].
 *
 * Two rules keep windows from being written out. An increasing function waits until its argument is pooled,
 *   max f(x) = f(max x),   so that bias and activation of a convolution touch a fraction of its elements;
 * and if windows do not overlap, derivatives of max and min are formed on x itself:
 *   d max x = (1/c) Σ_window m ⊙ dx,   m = (x attains the maximum of its window),  c = Σ_window m.
 */
import type { Builder } from "../builder.ts";
import {
  constantValue,
  type Node,
  type ReduceOp,
  sameShape,
  splitScalar,
  type UnaryOp,
  type Windows,
  windowsOf,
} from "../graph.ts";

/** Whether every element of x is in one window at most. */
export function areDisjoint({ window, strides }: Windows): boolean {
  return window.every((w, i) => w <= strides[i]);
}

/** Whether the axes of a reduction are the window axes of what it reduces. */
export function reducesWindows(x: Node, axes: readonly number[]): boolean {
  if (x.op !== "pool") return false;
  const n = windowsOf(x).window.length;
  return axes.length === n && axes.every((axis) => axis >= x.shape.length - n);
}

export function pool(b: Builder, x: Node, { window, strides }: Windows): Node {
  const n = window.length;
  const output = x.shape.slice(-n).map((size, i) => Math.ceil((size - window[i] + 1) / strides[i]));
  return b.linear("pool", x, [], { window, strides }, [...x.shape.slice(0, -n), ...output, ...window]);
}

/** Σ over each window. */
function sumWindows(b: Builder, x: Node, windows: Windows): Node {
  const windowed = pool(b, x, windows);
  return b.sum(windowed, windowAxes(windowed, windows));
}

function windowAxes(windowed: Node, { window }: Windows): number[] {
  return window.map((_, i) => windowed.shape.length - window.length + i);
}

const increasing = new Set<string>(["exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "erf", "asin", "atan"]);

/** A simpler form of the reduction of windows of x, if there is one. */
export function reduceWindows(b: Builder, op: ReduceOp, windowed: Node): Node | undefined {
  if (op !== "max" && op !== "min") return undefined;
  const windows = windowsOf(windowed);
  const [x] = windowed.inputs;
  const again = (argument: Node, by: "max" | "min" = op) => {
    const inner = pool(b, argument, windows);
    return b.reduce(by, inner, windowAxes(inner, windows));
  };
  if (increasing.has(x.op)) return b.unary(x.op as UnaryOp, again(x.inputs[0]));
  if (x.inputs.length !== 2) return undefined;
  for (const [argument, other] of [x.inputs, x.inputs.toReversed()]) {
    if (!sameShape(argument.shape, x.shape)) continue;
    const c = constantValue(other);
    if (x.op === "add" && isConstantOverWindows(other, windows)) return b.add(again(argument), other);
    if ((x.op === "max" || x.op === "min") && c !== undefined) return b.binary(x.op, again(argument), other);
    if (x.op === "mul" && c !== undefined) {
      return b.scale(again(argument, c > 0 === (op === "max") ? "max" : "min"), c);
    }
  }
  return undefined;
}

/** Whether x, broadcast, is the same all over the pooled axes, so that its shape fits the pooled result too. */
function isConstantOverWindows({ shape }: Node, { window }: Windows): boolean {
  return shape.slice(-window.length).every((n) => n === 1);
}

/** The derivative of max or min over windows that lie apart, along the tangent dx of x. */
export function extremumTangent(b: Builder, pooled: Node, dx: Node): Node {
  const [windowed] = pooled.inputs;
  const windows = windowsOf(windowed);
  const [x] = windowed.inputs;
  const ones = windows.window.map(() => 1);
  const repeated = b.expand(b.reshape(pooled, [...pooled.shape, ...ones]), windowed.shape);
  const extremum = b.linear("pool_transpose", repeated, [], { ...windows }, x.shape);
  const attains = b.cast(b.compare("equal", x, extremum), x.dtype);
  const count = sumWindows(b, attains, windows);
  return b.mul(sumWindows(b, b.mul(attains, dx), windows), b.unary("reciprocal", count));
}

/**
 * x = y for y an extremum of windows of x. Equal values of a function are taken as equal arguments: engines may round f
 * of a few elements otherwise than f of many, and then nothing would attain the extremum. Undefined for other operands.
 */
export function equalsExtremum(b: Builder, x: Node, y: Node): Node | undefined {
  if (!isExtremum(y)) return undefined;
  const [p, q] = [x, y].map((node) => withoutFunction(b, node));
  return p && q && p.f === q.f ? b.compare("equal", p.bare, q.bare) : undefined;
}

const moving = new Set<string>(["expand", "reshape", "pool", "pool_transpose"]);

/** f and u where elements are f(u), f an increasing function or a multiple. */
function withoutFunction(b: Builder, node: Node): { readonly f: string; readonly bare: Node } | undefined {
  const { op, inputs, attributes, shape } = node;
  if (increasing.has(op)) return { f: op, bare: inputs[0] };
  const [factor, c] = splitScalar(node);
  if (c !== 1 && c !== 0 && sameShape(factor.shape, shape)) return { f: `${c}`, bare: factor };
  const inner = moving.has(op) ? withoutFunction(b, inputs[0]) : undefined;
  if (inner === undefined) return undefined;
  const { f, bare } = inner;
  if (op === "expand") return { f, bare: b.expand(bare, shape) };
  if (op === "reshape") return { f, bare: b.reshape(bare, shape) };
  return { f, bare: b.linear(op, bare, [], attributes, shape) };
}

function isExtremum(node: Node): boolean {
  const { op, inputs, attributes } = node;
  if (op === "reduce") return attributes.op !== "sum" && splitScalar(inputs[0])[0].op === "pool";
  const [factor] = splitScalar(node);
  return (factor !== node || increasing.has(op) || moving.has(op)) && isExtremum(factor !== node ? factor : inputs[0]);
}

/**
 * The windows of a reduction of x = reshape y from [*l, o₁w₁, o₂w₂, …] to [*l, o₁, w₁, o₂, w₂, …] over the w, which
 * is how pooling is written without windows; undefined if it is none. One axis alone is an ordinary reduction.
 */
export function windowsOfReshape(x: Node, axes: readonly number[]): Windows | undefined {
  const n = axes.length;
  if (x.op !== "reshape" || n < 2) return undefined;
  const { shape } = x.inputs[0];
  const lead = x.shape.length - 2 * n;
  const interleaved = axes.toSorted((p, q) => p - q).every((axis, i) => axis === lead + 2 * i + 1);
  if (!interleaved || shape.length !== lead + n || shape.slice(0, lead).some((size, i) => size !== x.shape[i])) {
    return undefined;
  }
  const window = Array.from({ length: n }, (_, i) => x.shape[lead + 2 * i + 1]);
  const fits = window.every((w, i) => shape[lead + i] === x.shape[lead + 2 * i] * w);
  return fits ? { window, strides: window } : undefined;
}
