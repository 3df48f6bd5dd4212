/** Sums, products and elementwise functions: constants fold, scalars float outward, equal terms and factors merge. */
import type { Builder } from "../builder.ts";
import {
  type Attributes,
  type BinaryOp,
  broadcastShapes,
  constantValue,
  floatOut,
  type Node,
  type Op,
  sameShape,
  splitScalar,
  type UnaryOp,
  widerType,
} from "../graph.ts";
import { recogniseLogSumExp, recogniseProduct, recogniseUnary } from "./activation.ts";
import { belowBroadcasts } from "./broadcast.ts";

const unaryFold: Partial<Record<UnaryOp, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  reciprocal: (x) => 1 / x,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  floor: Math.floor,
  ceil: Math.ceil,
};

const binaryFold: Record<BinaryOp, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
  idiv: (x, y) => Math.trunc(x / y),
  mod: (x, y) => x % y,
  pow: Math.pow,
  atan2: Math.atan2,
};

/** Operands brought to the wider of their types, as jax-js promotes them. */
export function promote(b: Builder, x: Node, y: Node): [Node, Node] {
  if (x.dtype === y.dtype) return [x, y];
  const dtype = widerType(x.dtype, y.dtype);
  return [b.cast(x, dtype), b.cast(y, dtype)];
}

export function unary(b: Builder, op: UnaryOp, x: Node): Node {
  const value = constantValue(x);
  const fold = unaryFold[op];
  if (value !== undefined && fold) return b.full(fold(value), x.shape, x.dtype);
  return (
    belowBroadcasts(b, [x], (bare) => b.unary(op, bare)) ??
    recogniseUnary(b, op, x) ??
    b.make(op, [x], {}, x.shape, x.dtype)
  );
}

export function binary(b: Builder, op: BinaryOp, left: Node, right: Node): Node {
  const [p, q] = promote(b, left, right);
  const shape = broadcastShapes(p.shape, q.shape);
  const x = constantValue(p);
  const y = constantValue(q);
  if (x !== undefined && y !== undefined && p.dtype !== "uint32") return b.full(binaryFold[op](x, y), shape, p.dtype);
  const below = belowBroadcasts(b, [p, q], (r, s) => b.binary(op, r, s));
  if (below) return below;
  // Not max and min: of equal operands the derivative is that of the first.
  const commutes = op === "add" || op === "mul";
  return b.make(op, commutes && q.id < p.id ? [q, p] : [p, q], {}, shape, p.dtype);
}

export function scale(b: Builder, x: Node, c: number): Node {
  if (c === 1) return x;
  if (c === 0) return b.full(0, x.shape, x.dtype);
  const [factor, c0] = splitScalar(x);
  return c * c0 === 1 ? factor : b.binary("mul", factor, b.scalar(c * c0, x.dtype));
}

export function mul(b: Builder, left: Node, right: Node): Node {
  const [x, y] = promote(b, left, right);
  if (x.op === "expand" || y.op === "expand") return belowBroadcasts(b, [x, y], b.mul)!;
  const [xValue, yValue] = [constantValue(x), constantValue(y)];
  const shape = broadcastShapes(x.shape, y.shape);
  if (xValue !== undefined && yValue !== undefined && x.dtype !== "uint32")
    return b.full(xValue * yValue, shape, x.dtype);
  if (xValue !== undefined) return b.expand(b.scale(y, xValue), shape);
  if (yValue !== undefined) return b.expand(b.scale(x, yValue), shape);
  // (p·c)(q·d) = (pq)·cd
  const [p, c] = splitScalar(x);
  const [q, d] = splitScalar(y);
  if (floatOut(c, d)) return b.scale(b.mul(p, q), c * d);
  return recogniseProduct(b, x, y) ?? b.binary("mul", x, y);
}

export function add(b: Builder, left: Node, right: Node): Node {
  const [x, y] = promote(b, left, right);
  const shape = broadcastShapes(x.shape, y.shape);
  if (constantValue(x) === 0) return b.expand(y, shape);
  if (constantValue(y) === 0) return b.expand(x, shape);
  if (x.op === "expand" || y.op === "expand") return belowBroadcasts(b, [x, y], b.add)!;
  return addConstant(b, x, y) ?? addMultiples(b, x, y, shape) ?? recogniseLogSumExp(b, x, y) ?? b.binary("add", x, y);
}

/** (r + c) + d = r + (c + d) for scalars c and d. */
function addConstant(b: Builder, x: Node, y: Node): Node | undefined {
  const [c, d] = [constantValue(x), constantValue(y)];
  if (c !== undefined && d === undefined) return b.add(y, x);
  if (d === undefined || x.op !== "add") return undefined;
  const inner = x.inputs.find((node) => constantValue(node) !== undefined);
  const rest = x.inputs.find((node) => node !== inner);
  return inner && rest && b.add(rest, b.scalar(constantValue(inner)! + d, x.dtype));
}

/** p·c + p·d = p·(c + d),  p·c + q·c = (p + q)·c,  p·c − q·c = (p − q)·c for scalars c and d. */
function addMultiples(b: Builder, x: Node, y: Node, shape: readonly number[]): Node | undefined {
  const [p, c] = splitScalar(x);
  const [q, d] = splitScalar(y);
  if (p === q) return b.expand(b.scale(p, c + d), shape);
  if (c === d && c !== 1) return b.scale(b.add(p, q), c);
  if (c === -d && Math.abs(c) !== 1) return b.scale(b.add(p, b.scale(q, -1)), c);
  return undefined;
}

/** Powers up to this one are written as products. */
const largestProduct = 16;

/** xⁿ as a product for small integers n, √x for x^½. */
export function pow(b: Builder, x: Node, y: Node): Node {
  const n = constantValue(y);
  const shape = broadcastShapes(x.shape, y.shape);
  if (n === 0.5) return b.expand(b.unary("sqrt", x), shape);
  if (n === undefined || !Number.isInteger(n) || Math.abs(n) > largestProduct) return b.binary("pow", x, y);
  if (n < 0) return b.unary("reciprocal", b.pow(x, b.full(-n, shape, y.dtype)));
  if (n === 0) return b.full(1, shape, x.dtype);
  // x²ᵏ = (xᵏ)², x²ᵏ⁺¹ = x²ᵏ·x
  const half = n === 1 ? undefined : b.pow(x, b.scalar(Math.floor(n / 2), y.dtype));
  const even = half && b.mul(half, half);
  return b.expand(even === undefined ? x : n % 2 === 0 ? even : b.mul(even, x), shape);
}

/** f(0) = 0 and f(c·x) = c·f(x). */
export function linear(
  b: Builder,
  op: Op,
  x: Node,
  others: readonly Node[],
  attributes: Attributes,
  shape: readonly number[],
): Node {
  if (constantValue(x) === 0) return b.full(0, shape, x.dtype);
  const bare = x.op === "expand" ? x.inputs[0] : x;
  const [factor, c] = splitScalar(bare);
  if (floatOut(c, 1) && sameShape(factor.shape, bare.shape)) {
    return b.scale(b.linear(op, b.expand(factor, x.shape), others, attributes, shape), c);
  }
  return b.make(op, [x, ...others], attributes, shape, x.dtype);
}
