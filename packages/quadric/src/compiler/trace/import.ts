/** From a jax-js function to a graph: traced to a jaxpr, inlined, and rebuilt node by node. */
import { type Jaxpr, makeJaxpr, numpy as np, random } from "@jax-js/jax";
import { UnsupportedPrimitiveError } from "../../errors.ts";
import type { TensorData } from "../../vector/tensor.ts";
import type { Backend } from "../backends/backend.ts";
import { onDevice } from "../device.ts";
import type { Builder } from "../ir/builder.ts";
import {
  type BinaryOp,
  type CompareOp,
  type ElementType,
  elementCount,
  type Node,
  type ReduceOp,
  type UnaryOp,
} from "../ir/graph.ts";
import { contract } from "../ir/rules/contract.ts";
import { importConv, type JaxConvolution } from "../ir/rules/conv.ts";
import { lu, luParts, swapped, triangularSolve } from "../ir/rules/factors.ts";
import { fourier } from "../ir/rules/fourier.ts";
import { argsort, takeInOrder } from "../ir/rules/sort.ts";
import { type BlockAt, blocks } from "./blocks.ts";
import { explain, nameArguments } from "./complaints.ts";
import "./float16-array.ts";
import { importFunction } from "./functions.ts";
import { requireExact, requireUnrounded, withExactLiterals } from "./literals.ts";
import { repeatsOf } from "./repeats.ts";
import { makeTypes, type Target, type Typed, type Types } from "./types.ts";

type JaxEquation = Jaxpr["eqns"][number];
type CallsPay = Backend["callsPay"];

/**
 * A function of flat arguments as nodes over `inputs`, which fix the shapes; one node a result. If one of the inputs is
 * float64, so is all arithmetic of the function, whatever jax-js calls float32 in it.
 *
 * @param what - the function, as messages call it.
 * @param callsPay - whether blocks that come often become calls of one function; see Backend.
 */
export function trace(
  b: Builder,
  f: (...args: np.Array[]) => np.Array | np.Array[],
  inputs: readonly Node[],
  what = "compileObjective: a function",
  callsPay: CallsPay = () => false,
): Node[] {
  try {
    return traced(b, f, inputs, callsPay);
  } catch (error) {
    explain(error, what, inputs);
    throw error;
  }
}

function traced(
  b: Builder,
  f: (...args: np.Array[]) => np.Array | np.Array[],
  inputs: readonly Node[],
  callsPay: CallsPay,
): Node[] {
  // Always there; and unlike "cpu" it reads a literal without rounding it in place.
  return onDevice("wasm", () => {
    const placeholders = inputs.map(({ shape, dtype }) => np.zeros([...shape], { dtype: dtype as np.DType }));
    const { jaxpr } = withExactLiterals(() =>
      makeJaxpr((...args: np.Array[]) => {
        nameArguments(args, inputs);
        const result = f(...args);
        return Array.isArray(result) ? result : [result];
      })(...placeholders),
    );
    const types = makeTypes(inputs.some(({ dtype }) => dtype === "float64"));
    const constants = jaxpr.consts.map((value, i) => {
      const uses = jaxpr.jaxpr.eqns.filter(({ inputs: atoms }) => atoms.includes(jaxpr.jaxpr.inBinders[i]));
      // x.astype(np.float64) says that what x holds is meant.
      const isMeant = uses.every(({ primitive }) => primitive === "cast");
      return importConstant(b, types, value as np.Array, isMeant);
    });
    const repeats = repeatsOf(jaxpr.jaxpr);
    const target = { b, types };
    const blockAt =
      repeats && callsPay(repeats.work)
        ? blocks(b, jaxpr.jaxpr, repeats, {
            literal: (atom) => importLiteral(target, atom as never),
            equation: (equation, operands) => importEquation(target, equation, operands),
          })
        : undefined;
    const outputs = importJaxpr(target, jaxpr.jaxpr, [...constants, ...inputs], undefined, blockAt);
    jaxpr.dispose();
    return outputs;
  });
}

function importConstant(b: Builder, types: Types, value: np.Array, isMeant: boolean): Node {
  const { shape, dtype } = value;
  const type = dtype === "uint32" ? dtype : types.of(value, "a constant");
  const data = value.ref.dataSync() as TensorData; // of random keys a Uint32Array
  if (type === "float64" && dtype === "float32" && !isMeant) requireExact(data as Float32Array, shape);
  return b.constant(type === "bool" ? Uint8Array.from(data, Number) : data, shape, type);
}

/**
 * Stands for the name of a function of jax-js's `random`, whose literals are float32 in every precision. It then makes
 * the same numbers of the same bits, whether or not jax-js had rounded them in a call before.
 */
const ofRandomNumbers = "random.";

function isRandom(name: string, jaxpr: Jaxpr): boolean {
  const draws = ({ eqns }: Jaxpr): boolean =>
    eqns.some(({ primitive, params }) => primitive === "random_bits" || (params.jaxpr && draws(params.jaxpr as Jaxpr)));
  return name.replace(/(_jvp|_vmap)+$/, "") in random && draws(jaxpr);
}

/** The equations of a jaxpr replayed on the given arguments. */
export function importJaxpr(
  target: Target,
  jaxpr: Jaxpr,
  args: readonly Node[],
  name?: string,
  blockAt?: BlockAt,
): Node[] {
  const values = new Map<unknown, Node>();
  jaxpr.inBinders.forEach((binder, i) => {
    values.set(binder, args[i]);
  });
  const read = (atom: JaxEquation["inputs"][number]): Node =>
    "value" in atom ? importLiteral(target, atom, name) : values.get(atom)!;
  for (let i = 0; i < jaxpr.eqns.length; i++) {
    const block = blockAt?.(i, read);
    if (block) {
      for (const [binder, node] of block.values) values.set(binder, node);
      i += block.length - 1;
      continue;
    }
    const equation = jaxpr.eqns[i];
    const results = importEquation(target, equation, equation.inputs.map(read));
    equation.outBinders.forEach((binder, i) => {
      values.set(binder, results[i]);
    });
  }
  return jaxpr.outs.map(read);
}

function importLiteral({ b, types }: Target, { value, aval }: { value: number; aval: Typed }, jitted?: string): Node {
  const dtype = types.of(aval, "a literal");
  if (jitted === ofRandomNumbers) return b.scalar(dtype === "float64" ? Math.fround(value) : Number(value), dtype);
  if (dtype === "float64" && jitted !== undefined) requireUnrounded(Number(value), jitted);
  return b.scalar(Number(value), dtype);
}

type Rule = (b: Builder, inputs: Node[], params: Record<string, unknown>, equation: TypedEquation) => Node | Node[];

/** An equation of a jaxpr, and the type and shape of its first result. */
interface TypedEquation {
  readonly equation: JaxEquation;
  readonly target: Target;
  readonly type: ElementType;
  readonly shape: number[];
}

/** @throws {TypeError} of integers, of which jax-js has none of these functions either. */
const unary =
  (op: UnaryOp): Rule =>
  (b, [x]) => {
    if (x.dtype === "float32" || x.dtype === "float64") return b.unary(op, x);
    throw new TypeError(
      `compileObjective: "${op}" must be of floating-point numbers, got ${x.dtype}[${x.shape}]. Cast them: x.astype(np.float32)` +
        `${op === "reciprocal" ? ", as the divisor of a quotient, too" : ""}.`,
    );
  };

/** To an integer, which an integer is. */
const rounding =
  (op: "floor" | "ceil"): Rule =>
  (b, [x], _params, { type }) =>
    type === "int32" ? x : b.unary(op, x);

/** An operation of operands in one type, that of its result. */
const elementwise =
  (op: BinaryOp): Rule =>
  (b, xs, _params, { type }) => {
    const [x, y] = xs.map((operand) => b.cast(operand, type));
    if (type === "bool") return b.logical(op === "mul" || op === "min" ? "and" : "or", x, y);
    return op === "add" ? b.add(x, y) : op === "mul" ? b.mul(x, y) : b.binary(op, x, y);
  };

const reduceOps: Record<string, ReduceOp | "product"> = { Add: "sum", Mul: "product", Max: "max", Min: "min" };

/** Sums and maxima of bools are their "or", products and minima their "and". */
function reduceBool(b: Builder, op: ReduceOp | "product", x: Node, axes: number[]): Node {
  const isAnd = op === "product" || op === "min";
  if (elementCount(x.shape) === 0) {
    return b.full(
      Number(isAnd),
      x.shape.filter((_, i) => !axes.includes(i)),
      "bool",
    );
  }
  return b.cast(b.reduce(isAnd ? "min" : "max", b.cast(x, "int32"), axes), "bool");
}

/** Π over axes as products of halves, whose derivatives divide by nothing and so hold at zeros too. */
function product(b: Builder, x: Node, axes: readonly number[]): Node {
  const kept = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const shape = kept.map((i) => x.shape[i]);
  let n = elementCount(axes.map((i) => x.shape[i]));
  if (n === 0) return b.full(1, shape, x.dtype);
  let factors = b.reshape(b.transpose(x, [...axes, ...kept]), [n, ...shape]);
  const rows = (from: number, to: number) => b.slice(factors, [from, ...shape.map(() => 0)], [to, ...shape]);
  while (n > 1) {
    const half = Math.floor(n / 2);
    const products = b.mul(rows(0, half), rows(half, 2 * half));
    factors = n % 2 === 0 ? products : b.concatenate([products, rows(n - 1, n)], 0);
    n -= half;
  }
  return b.reshape(factors, shape);
}

/** What only floating-point numbers have, for integers by way of float64, which holds them all. */
function inFloat(b: Builder, type: ElementType, xs: readonly Node[], f: (...xs: Node[]) => Node): Node {
  if (type === "float32" || type === "float64") return f(...xs.map((x) => b.cast(x, type)));
  return b.cast(f(...xs.map((x) => b.cast(x, "float64"))), type);
}

const rules: Record<string, Rule> = {
  add: elementwise("add"),
  mul: elementwise("mul"),
  neg: (b, [x]) => b.scale(x, -1),
  max: elementwise("max"),
  min: elementwise("min"),
  idiv: elementwise("idiv"),
  mod: elementwise("mod"),
  exp: unary("exp"),
  log: unary("log"),
  reciprocal: unary("reciprocal"),
  sqrt: unary("sqrt"),
  sin: unary("sin"),
  cos: unary("cos"),
  asin: unary("asin"),
  atan: unary("atan"),
  erf: unary("erf"),
  erfc: unary("erfc"),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  stop_gradient: (b, [x]) => b.stopGradient(x),
  cast: (b, [x], _params, { type }) => b.cast(x, type),
  compare: (b, [x, y], { op }, { equation, target }) => {
    const [p, q] = equation.inputs.map(({ aval }) => aval);
    const common = x.dtype === "uint32" || y.dtype === "uint32" ? "uint32" : target.types.promote(p, q);
    const isOrder = op === "less" || op === "less_equal";
    const type = common === "bool" && isOrder ? "int32" : common;
    return b.compare(op as CompareOp, b.cast(x, type), b.cast(y, type));
  },
  where: (b, [condition, x, y], _params, { type }) =>
    b.where(b.cast(condition, "bool"), b.cast(x, type), b.cast(y, type)),
  reduce: (b, [x], { op, axis }, { equation }) => {
    const name = reduceOps[op as string];
    if (name === undefined) throw unsupported(`${equation.primitive} ${op}`);
    const axes = axis as number[];
    if (x.dtype === "bool") return reduceBool(b, name, x, axes);
    return name === "product" ? product(b, x, axes) : b.reduce(name, x, axes);
  },
  dot: (b, [x, y], _params, { type }) => contract(b, b.cast(x, type), b.cast(y, type)),
  conv: (b, xs, params, { type, shape }) =>
    inFloat(b, type, xs, (x, k) => importConv(b, x, k, params as unknown as JaxConvolution, shape)),
  pool: (b, xs, params, { type, shape }) => inFloat(b, type, xs, (x) => b.linear("pool", x, [], { ...params }, shape)),
  pool_transpose: (b, xs, { window, strides }, { type, shape }) =>
    inFloat(b, type, xs, (x) => b.linear("pool_transpose", x, [], { window, strides }, shape)),
  // The axes that `axis` names are new in the result and repeat; the others are those of x.
  broadcast: (b, [x], { shape, axis }) => {
    const target = shape as number[];
    const fresh = axis as number[];
    let next = 0;
    return b.expand(
      b.reshape(
        x,
        target.map((_, i) => (fresh.includes(i) ? 1 : x.shape[next++])),
      ),
      target,
    );
  },
  reshape: (b, [x], { shape }) => b.reshape(x, shape as number[]),
  transpose: (b, [x], { perm }) => b.transpose(x, perm as number[]),
  flip: (b, [x], { axis }) => b.flip(x, axis as number[]),
  shrink: (b, [x], { slice }) => {
    const ranges = slice as [number, number][];
    return b.slice(
      x,
      ranges.map(([begin]) => begin),
      ranges.map(([, end]) => end),
    );
  },
  pad: (b, [x], { width }) => b.pad(x, width as [number, number][]),
  concatenate: (b, xs, { axis }, { type }) =>
    b.concatenate(
      xs.map((x) => b.cast(x, type)),
      axis as number,
    ),
  split: (b, [x], { axis, sizes }) => {
    let start = 0;
    return (sizes as number[]).map((size) => {
      const begin = x.shape.map((_, i) => (i === axis ? start : 0));
      start += size;
      return b.slice(
        x,
        begin,
        x.shape.map((n, i) => (i === axis ? start : n)),
      );
    });
  },
  gather: (b, [x, ...indices], { axis, outDim }, { shape }) => b.linear("gather", x, indices, { axis, outDim }, shape),
  scatter: (b, [x, ...indices], { axis, outDim }, { shape }) =>
    b.linear("scatter_add", x, indices, { axis, outDim }, shape),
  sort: (b, [x]) => takeInOrder(b, x, argsort(b, x)),
  argsort: (b, [x]) => {
    const places = argsort(b, x);
    return [takeInOrder(b, x, places), places];
  },
  cholesky: (b, [A]) => b.make("cholesky", [A], {}, A.shape, A.dtype),
  // A Xᵀ = Bᵀ with A upper triangular.
  triangular_solve: (b, [A, B], { unitDiagonal }) => {
    const triangle = { lower: false, transposed: false, unit: unitDiagonal as boolean };
    return swapped(b, triangularSolve(b, A, swapped(b, B), triangle));
  },
  lu: (b, [A]) => {
    const [m, n] = A.shape.slice(-2);
    if (m !== n) throw unsupported(`lu of a matrix [${m}, ${n}] that is not square`);
    const { factors, pivots, permutation } = luParts(b, lu(b, A));
    return [factors, pivots, permutation];
  },
  fft: (b, [real, imaginary], { inverse }) => fourier(b, real, imaginary, inverse as boolean),
  random_bits: (b, keys, { mode }, { shape }) =>
    b.make(
      "random_bits",
      keys.map((key) => b.cast(key, "uint32")),
      { mode },
      shape,
      "uint32",
    ),
  bitcast: (b, [x], { dtype }, { type, shape }) => {
    if (x.dtype !== "uint32" || dtype !== "float32") throw unsupported(`bitcast of ${x.dtype} to ${dtype}`);
    return b.make("bitcast", [x], {}, shape, type);
  },
  jit: (_b, inputs, { jaxpr, name }, { equation, target }) =>
    importFunction(target, equation, inputs) ??
    importJaxpr(
      target,
      jaxpr as Jaxpr,
      inputs,
      isRandom(String(name), jaxpr as Jaxpr) ? ofRandomNumbers : String(name),
    ),
};

/** jax-js's primitives that a loss may hold; docs/compiler.md says what each backend makes of them. */
export const primitives: readonly string[] = Object.keys(rules);

/** What unsigned integers are made of and become. */
const ofUnsigned = new Set(
  (
    "random_bits add mul idiv mod compare where cast bitcast stop_gradient broadcast reshape transpose flip shrink pad " +
    "concatenate split gather jit"
  ).split(" "),
);

function importEquation(target: Target, equation: JaxEquation, inputs: Node[]): Node[] {
  const { primitive, params, outBinders } = equation;
  const rule = rules[primitive];
  if (!rule) throw unsupported(primitive);
  const [{ aval }] = outBinders;
  const isUnsigned = primitive === "cast" || primitive === "random_bits" || inputs.some((x) => x.dtype === "uint32");
  if (isUnsigned && !ofUnsigned.has(primitive)) throw unsupported(`${primitive} of uint32`);
  // What a bool and a number make is called uint32 too.
  const type = isUnsigned && aval.dtype === "uint32" ? "uint32" : target.types.of(aval, `the result of "${primitive}"`);
  const result = rule(target.b, inputs, params, { equation, target, type, shape: aval.shape });
  return Array.isArray(result) ? result : [result];
}

function unsupported(primitive: string): UnsupportedPrimitiveError {
  return new UnsupportedPrimitiveError(
    `compileObjective: no rule for primitive "${primitive}". Keep it outside the loss, or give the objective as closures ` +
      "{ value, gradient, hvp }.",
    primitive,
  );
}
