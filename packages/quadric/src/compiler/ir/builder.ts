/**
 * Builds graphs and simplifies them while they are built.
 *
 * Two rules keep curvature products as short as hand-derived ones:
 *   1. scalars and broadcasts float outward, towards the outputs, where they merge, vanish or become the α of a product;
 *   2. an expression that exists is found, not made again.
 * Simplification takes real arithmetic for granted: 0·x = 0 whatever x holds, x − x = 0, sums may be regrouped.
 */
import type { TensorData } from "../../vector/tensor.ts";
import {
  type Attributes,
  type BinaryOp,
  type CompareOp,
  type ConvOp,
  type ElementType,
  type Node,
  type Op,
  type ReduceOp,
  sameShape,
  type UnaryOp,
} from "./graph.ts";
import { recogniseProduct, recogniseUnary } from "./rules/activation.ts";
import type { ConvGeometry } from "./rules/conv.ts";
import { pool, reducesWindows, reduceWindows, windowsOfReshape } from "./rules/pool.ts";

/** One function a primitive. All of them find an equal expression before they make a new one. */
export interface Builder {
  /** A new argument of the function; never merged with another. */
  input(name: string, shape: readonly number[], dtype: ElementType): Node;
  scalar(value: number, dtype: ElementType): Node;
  /** A constant tensor; one whose elements are all equal becomes a broadcast scalar. */
  constant(data: TensorData, shape: readonly number[], dtype: ElementType): Node;
  /** A broadcast scalar. */
  full(value: number, shape: readonly number[], dtype: ElementType): Node;
  unary(op: UnaryOp, x: Node): Node;
  /** max, min, idiv, mod; and the bare "add" and "mul", without the rules of `add` and `mul`. */
  binary(op: BinaryOp, x: Node, y: Node): Node;
  add(x: Node, y: Node): Node;
  mul(x: Node, y: Node): Node;
  /** c·x. */
  scale(x: Node, c: number): Node;
  /** node = factor · c with a scalar constant c, which is 1 when there is none. */
  splitScalar(node: Node): [factor: Node, c: number];
  compare(op: CompareOp, x: Node, y: Node): Node;
  logical(op: "and" | "or", x: Node, y: Node): Node;
  not(x: Node): Node;
  where(condition: Node, x: Node, y: Node): Node;
  cast(x: Node, dtype: ElementType): Node;
  stopGradient(x: Node): Node;
  /** The reduction over `axes`, which disappear from the shape. */
  reduce(op: ReduceOp, x: Node, axes: readonly number[]): Node;
  sum(x: Node, axes: readonly number[]): Node;
  /** a·b over the last two axes, either of them transposed first; leading axes are a common batch. */
  matmul(a: Node, b: Node, transposeA?: boolean, transposeB?: boolean): Node;
  /** One of the three convolutions of conv.ts, of the two operands that it takes, to the given shape. */
  conv(op: ConvOp, a: Node, b: Node, geometry: ConvGeometry, shape: readonly number[]): Node;
  expand(x: Node, shape: readonly number[]): Node;
  reshape(x: Node, shape: readonly number[]): Node;
  transpose(x: Node, perm: readonly number[]): Node;
  /** x[begin_i … end_i) along every axis. */
  slice(x: Node, begin: readonly number[], end: readonly number[]): Node;
  /** Zeros around x: `width[i]` = [before, after] along axis i. */
  pad(x: Node, width: readonly (readonly [number, number])[]): Node;
  flip(x: Node, axes: readonly number[]): Node;
  concatenate(xs: readonly Node[], axis: number): Node;
  /** A primitive that is linear in x, with nothing else deciding: zero for x = 0. */
  linear(op: Op, x: Node, others: readonly Node[], attributes: Attributes, shape: readonly number[]): Node;
  /** Any primitive as it is. */
  make(op: Op, inputs: readonly Node[], attributes: Attributes, shape: readonly number[], dtype: ElementType): Node;
}

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
};

/** The shape of an elementwise result; NumPy's rule. */
export function broadcastShapes(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const size = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.some((n) => n !== 1 && n !== size)) {
      throw new Error(`internal: shapes do not broadcast: ${shapes.map((s) => `[${s}]`).join(", ")}.`);
    }
    return size;
  });
}

/** The value of a scalar constant, broadcast or not; undefined for everything else. */
export function constantValue(node: Node): number | undefined {
  if (node.op === "expand") return constantValue(node.inputs[0]);
  return node.op === "constant" && node.shape.length === 0 ? node.data![0] : undefined;
}

export function makeBuilder(): Builder {
  const known = new Map<string, Node>();
  const dataIds = new WeakMap<TensorData, number>();
  let nextId = 0;
  let nextDataId = 0;

  function make(
    op: Op,
    inputs: readonly Node[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: ElementType,
  ): Node {
    const key = `${op}|${inputs.map((node) => node.id)}|${JSON.stringify(attributes)}|${dtype}|${shape}`;
    let node = known.get(key);
    if (node === undefined) {
      node = { id: nextId++, op, inputs, attributes, shape, dtype };
      known.set(key, node);
    }
    return node;
  }

  function input(name: string, shape: readonly number[], dtype: ElementType): Node {
    return { id: nextId++, op: "input", inputs: [], attributes: { name }, shape, dtype };
  }

  function scalar(value: number, dtype: ElementType): Node {
    const key = `scalar|${Object.is(value, -0) ? 0 : value}|${dtype}`;
    let node = known.get(key);
    if (node === undefined) {
      node = {
        id: nextId++,
        op: "constant",
        inputs: [],
        attributes: {},
        shape: [],
        dtype,
        data: Float64Array.of(value),
      };
      known.set(key, node);
    }
    return node;
  }

  function constant(data: TensorData, shape: readonly number[], dtype: ElementType): Node {
    if (data.length > 0 && data.every((x) => x === data[0])) return expand(scalar(data[0], dtype), shape);
    const id = dataIds.get(data) ?? nextDataId++;
    dataIds.set(data, id);
    const key = `constant|${id}|${shape}|${dtype}`;
    let node = known.get(key);
    if (node === undefined) {
      node = { id: nextId++, op: "constant", inputs: [], attributes: { id }, shape, dtype, data };
      known.set(key, node);
    }
    return node;
  }

  function full(value: number, shape: readonly number[], dtype: ElementType): Node {
    return expand(scalar(value, dtype), shape);
  }

  /** Applies `build` below the broadcasts of its operands and broadcasts the result. */
  function belowBroadcasts(operands: readonly Node[], build: (...bare: Node[]) => Node): Node | undefined {
    if (!operands.some((node) => node.op === "expand")) return undefined;
    const bare = operands.map((node) => (node.op === "expand" ? node.inputs[0] : node));
    return expand(build(...bare), broadcastShapes(...operands.map((node) => node.shape)));
  }

  function unary(op: UnaryOp, x: Node): Node {
    const value = constantValue(x);
    const fold = unaryFold[op];
    if (value !== undefined && fold) return full(fold(value), x.shape, x.dtype);
    return (
      belowBroadcasts([x], (bare) => unary(op, bare)) ??
      recogniseUnary(builder, op, x) ??
      make(op, [x], {}, x.shape, x.dtype)
    );
  }

  /** Operands brought to the wider of their types, as jax-js promotes them. */
  function promote(a: Node, b: Node): [Node, Node] {
    if (a.dtype === b.dtype) return [a, b];
    const order: ElementType[] = ["bool", "int32", "float32", "float64"];
    const dtype = order[Math.max(order.indexOf(a.dtype), order.indexOf(b.dtype))];
    return [cast(a, dtype), cast(b, dtype)];
  }

  function binary(op: BinaryOp, left: Node, right: Node): Node {
    const [a, b] = promote(left, right);
    const shape = broadcastShapes(a.shape, b.shape);
    const x = constantValue(a);
    const y = constantValue(b);
    if (x !== undefined && y !== undefined) return full(binaryFold[op](x, y), shape, a.dtype);
    const below = belowBroadcasts([a, b], (p, q) => binary(op, p, q));
    if (below) return below;
    const commutes = op === "add" || op === "mul" || op === "max" || op === "min";
    return make(op, commutes && b.id < a.id ? [b, a] : [a, b], {}, shape, a.dtype);
  }

  function splitScalar(node: Node): [factor: Node, c: number] {
    if (node.op !== "mul") return [node, 1];
    const [a, b] = node.inputs;
    const x = constantValue(a);
    const y = constantValue(b);
    if (x !== undefined) return [b, x];
    return y !== undefined ? [a, y] : [node, 1];
  }

  /** x·c. Integer products are left alone by the float rules. */
  function scale(x: Node, c: number): Node {
    if (c === 1) return x;
    if (c === 0) return full(0, x.shape, x.dtype);
    const [factor, c0] = splitScalar(x);
    return c * c0 === 1 ? factor : binary("mul", factor, scalar(c * c0, x.dtype));
  }

  function mul(left: Node, right: Node): Node {
    const [a, b] = promote(left, right);
    if (a.op === "expand" || b.op === "expand") return belowBroadcasts([a, b], mul)!;
    const x = constantValue(a);
    const y = constantValue(b);
    const shape = broadcastShapes(a.shape, b.shape);
    if (x !== undefined && y !== undefined) return full(x * y, shape, a.dtype);
    if (x !== undefined) return expand(scale(b, x), shape);
    if (y !== undefined) return expand(scale(a, y), shape);
    // (p·c)(q·d) = (pq)·cd
    const [p, c] = splitScalar(a);
    const [q, d] = splitScalar(b);
    if (c !== 1 || d !== 1) return scale(mul(p, q), c * d);
    return recogniseProduct(builder, a, b) ?? binary("mul", a, b);
  }

  function add(left: Node, right: Node): Node {
    const [a, b] = promote(left, right);
    if (a.op === "expand" || b.op === "expand") {
      // A zero tangent or a broadcast bias; only broadcasts on both sides can float outward.
      const shape = broadcastShapes(a.shape, b.shape);
      if (constantValue(a) === 0) return expand(b, shape);
      if (constantValue(b) === 0) return expand(a, shape);
      return belowBroadcasts([a, b], add)!;
    }
    const shape = broadcastShapes(a.shape, b.shape);
    if (constantValue(a) === 0) return expand(b, shape);
    if (constantValue(b) === 0) return expand(a, shape);
    if (constantValue(a) !== undefined && constantValue(b) === undefined) return add(b, a);
    const y = constantValue(b);
    if (y !== undefined && a.op === "add") {
      const inner = a.inputs.find((node) => constantValue(node) !== undefined);
      const rest = a.inputs.find((node) => node !== inner);
      if (inner && rest) return add(rest, scalar(constantValue(inner)! + y, a.dtype));
    }
    // p·c + p·d = p·(c + d),  p·c + q·c = (p + q)·c,  p·c − q·c = (p − q)·c
    const [p, c] = splitScalar(a);
    const [q, d] = splitScalar(b);
    if (p === q) return expand(scale(p, c + d), shape);
    if (c === d && c !== 1) return scale(add(p, q), c);
    if (c === -d && Math.abs(c) !== 1) return scale(add(p, scale(q, -1)), c);
    return binary("add", a, b);
  }

  function compare(op: CompareOp, left: Node, right: Node): Node {
    const [a, b] = promote(left, right);
    return (
      belowBroadcasts([a, b], (p, q) => compare(op, p, q)) ??
      make("compare", [a, b], { op }, broadcastShapes(a.shape, b.shape), "bool")
    );
  }

  function logical(op: "and" | "or", a: Node, b: Node): Node {
    return (
      belowBroadcasts([a, b], (p, q) => logical(op, p, q)) ??
      make(op, [a, b], {}, broadcastShapes(a.shape, b.shape), "bool")
    );
  }

  function not(x: Node): Node {
    if (x.op !== "compare") return compare("equal", x, scalar(0, "bool"));
    const [a, b] = x.inputs;
    switch (x.attributes.op as CompareOp) {
      case "less":
        return compare("less_equal", b, a);
      case "less_equal":
        return compare("less", b, a);
      case "equal":
        return compare("not_equal", a, b);
      case "not_equal":
        return compare("equal", a, b);
    }
  }

  function where(condition: Node, left: Node, right: Node): Node {
    const [a, b] = promote(left, right);
    const shape = broadcastShapes(condition.shape, a.shape, b.shape);
    if (a === b) return expand(a, shape);
    const fixed = constantValue(condition);
    if (fixed !== undefined) return expand(fixed ? a : b, shape);
    return belowBroadcasts([condition, a, b], where) ?? make("where", [condition, a, b], {}, shape, a.dtype);
  }

  function cast(x: Node, dtype: ElementType): Node {
    if (x.dtype === dtype) return x;
    const value = constantValue(x);
    if (value !== undefined) {
      const kept = dtype === "int32" ? Math.trunc(value) : dtype === "bool" ? Number(value !== 0) : value;
      return full(kept, x.shape, dtype);
    }
    return belowBroadcasts([x], (bare) => cast(bare, dtype)) ?? make("cast", [x], {}, x.shape, dtype);
  }

  function stopGradient(x: Node): Node {
    return x.op === "constant" || x.dtype === "int32" || x.dtype === "bool"
      ? x
      : make("stop_gradient", [x], {}, x.shape, x.dtype);
  }

  function reduce(op: ReduceOp, x: Node, axes: readonly number[]): Node {
    if (axes.length === 0) return x;
    const shape = x.shape.filter((_, i) => !axes.includes(i));
    const gone = axes.reduce((product, i) => product * x.shape[i], 1);
    if (gone === 1) return reshape(x, shape);
    if (op === "sum") {
      const [factor, c] = splitScalar(x);
      if (c !== 1) return scale(reduce("sum", factor.shape === x.shape ? factor : expand(factor, x.shape), axes), c);
      if (x.op === "expand") {
        const value = constantValue(x);
        if (value !== undefined) return full(value * gone, shape, x.dtype);
        // Σ over axes along which x only repeats itself is a multiple.
        const bare = x.inputs[0];
        const offset = x.shape.length - bare.shape.length;
        if (axes.every((i) => i < offset || bare.shape[i - offset] === 1)) {
          const kept = bare.shape.filter((_, i) => !axes.includes(i + offset));
          return scale(expand(reshape(bare, kept), shape), gone);
        }
      }
    }
    if (reducesWindows(x, axes)) {
      const simpler = reduceWindows(builder, op, x);
      if (simpler) return simpler;
    }
    const windows = windowsOfReshape(x, axes);
    if (windows) {
      const windowed = pool(builder, x.inputs[0], windows);
      return reduce(
        op,
        windowed,
        shape
          .map((_, i) => i)
          .slice(-axes.length)
          .map((i) => i + axes.length),
      );
    }
    return make("reduce", [x], { op, axes: [...axes].sort((a, b) => a - b) }, shape, x.dtype);
  }

  function sum(x: Node, axes: readonly number[]): Node {
    return reduce("sum", x, axes);
  }

  function matmul(a: Node, b: Node, transposeA = false, transposeB = false): Node {
    const [p, c] = splitScalar(a);
    const [q, d] = splitScalar(b);
    if (c !== 1 || d !== 1) return scale(matmul(p, q, transposeA, transposeB), c * d);
    const batch = a.shape.slice(0, -2);
    const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    if (constantValue(a) === 0 || constantValue(b) === 0) return full(0, shape, a.dtype);
    if (swapsLastTwo(a)) return matmul(a.inputs[0], b, !transposeA, transposeB);
    if (swapsLastTwo(b)) return matmul(a, b.inputs[0], transposeA, !transposeB);
    return make("matmul", [a, b], { transposeA, transposeB }, shape, a.dtype);
  }

  function conv(op: ConvOp, a: Node, b: Node, geometry: ConvGeometry, shape: readonly number[]): Node {
    const [p, c] = splitScalar(a);
    const [q, d] = splitScalar(b);
    if (c !== 1 || d !== 1) return scale(conv(op, p, q, geometry, shape), c * d);
    if (constantValue(a) === 0 || constantValue(b) === 0) return full(0, shape, a.dtype);
    return make(op, [a, b], { ...geometry }, shape, a.dtype);
  }

  function swapsLastTwo(node: Node): boolean {
    if (node.op !== "transpose") return false;
    const perm = node.attributes.perm as number[];
    const n = perm.length;
    return perm.every((p, i) => p === (i === n - 1 ? n - 2 : i === n - 2 ? n - 1 : i));
  }

  function expand(x: Node, shape: readonly number[]): Node {
    if (sameShape(x.shape, shape)) return x;
    if (x.op === "expand") return expand(x.inputs[0], shape);
    return make("expand", [x], {}, shape, x.dtype);
  }

  function reshape(x: Node, shape: readonly number[]): Node {
    if (sameShape(x.shape, shape)) return x;
    const value = constantValue(x);
    if (value !== undefined) return full(value, shape, x.dtype);
    if (x.op === "reshape") return reshape(x.inputs[0], shape);
    const [factor, c] = splitScalar(x);
    if (c !== 1 && sameShape(factor.shape, x.shape)) return scale(reshape(factor, shape), c);
    return make("reshape", [x], {}, shape, x.dtype);
  }

  function transpose(x: Node, perm: readonly number[]): Node {
    if (perm.every((p, i) => p === i)) return x;
    const shape = perm.map((p) => x.shape[p]);
    const value = constantValue(x);
    if (value !== undefined) return full(value, shape, x.dtype);
    if (x.op === "transpose") {
      const first = x.attributes.perm as number[];
      return transpose(
        x.inputs[0],
        perm.map((p) => first[p]),
      );
    }
    // Moving axes of size 1 only is a reshape.
    const moved = perm.filter((p) => x.shape[p] !== 1);
    if (moved.every((p, i) => i === 0 || p > moved[i - 1])) return reshape(x, shape);
    const [factor, c] = splitScalar(x);
    if (c !== 1 && sameShape(factor.shape, x.shape)) return scale(transpose(factor, perm), c);
    const candidate = make("transpose", [x], { perm: [...perm] }, shape, x.dtype);
    // (AB)ᵀ = BᵀAᵀ
    if (x.op === "matmul" && swapsLastTwo(candidate)) {
      const { transposeA, transposeB } = x.attributes as { transposeA: boolean; transposeB: boolean };
      return matmul(x.inputs[1], x.inputs[0], !transposeB, !transposeA);
    }
    return candidate;
  }

  function slice(x: Node, begin: readonly number[], end: readonly number[]): Node {
    const shape = begin.map((b, i) => end[i] - b);
    if (sameShape(shape, x.shape)) return x;
    const value = constantValue(x);
    if (value !== undefined) return full(value, shape, x.dtype);
    return make("slice", [x], { begin: [...begin], end: [...end] }, shape, x.dtype);
  }

  function pad(x: Node, width: readonly (readonly [number, number])[]): Node {
    if (width.every(([before, after]) => before === 0 && after === 0)) return x;
    const shape = x.shape.map((n, i) => n + width[i][0] + width[i][1]);
    if (constantValue(x) === 0) return full(0, shape, x.dtype);
    return make("pad", [x], { width }, shape, x.dtype);
  }

  function flip(x: Node, axes: readonly number[]): Node {
    const moving = axes.filter((i) => x.shape[i] !== 1);
    if (moving.length === 0 || constantValue(x) !== undefined) return x;
    if (x.op === "flip" && sameShape(x.attributes.axes as number[], moving)) return x.inputs[0];
    return make("flip", [x], { axes: moving }, x.shape, x.dtype);
  }

  function concatenate(xs: readonly Node[], axis: number): Node {
    if (xs.length === 1) return xs[0];
    const shape = xs[0].shape.map((n, i) => (i === axis ? xs.reduce((total, x) => total + x.shape[axis], 0) : n));
    const first = constantValue(xs[0]);
    if (first !== undefined && xs.every((x) => constantValue(x) === first)) return full(first, shape, xs[0].dtype);
    return make("concatenate", xs, { axis }, shape, xs[0].dtype);
  }

  function linear(op: Op, x: Node, others: readonly Node[], attributes: Attributes, shape: readonly number[]): Node {
    if (constantValue(x) === 0) return full(0, shape, x.dtype);
    const bare = x.op === "expand" ? x.inputs[0] : x;
    const [factor, c] = splitScalar(bare);
    if (c !== 1 && sameShape(factor.shape, bare.shape)) {
      return scale(linear(op, expand(factor, x.shape), others, attributes, shape), c);
    }
    return make(op, [x, ...others], attributes, shape, x.dtype);
  }

  const builder: Builder = {
    input,
    scalar,
    constant,
    full,
    unary,
    binary,
    scale,
    add,
    mul,
    compare,
    logical,
    not,
    where,
    cast,
    stopGradient,
    reduce,
    sum,
    matmul,
    conv,
    expand,
    reshape,
    transpose,
    slice,
    pad,
    flip,
    concatenate,
    linear,
    splitScalar,
    make,
  };
  return builder;
}
