/** From a jax-js function to a graph: traced to a jaxpr, inlined, and rebuilt node by node. */
import { type Device, defaultDevice, type Jaxpr, jvp as jaxJvp, makeJaxpr, numpy as np } from "@jax-js/jax";
import { UnsupportedPrimitiveError } from "../../errors.ts";
import type { TensorData } from "../../vector/tensor.ts";
import { jvp } from "../autodiff/jvp.ts";
import type { Builder } from "../ir/builder.ts";
import type { CompareOp, ElementType, Node, ReduceOp, UnaryOp } from "../ir/graph.ts";
import { substitute } from "../ir/rebuild.ts";
import { contract } from "../ir/rules/contract.ts";
import { importConv, type JaxConvolution } from "../ir/rules/conv.ts";

type JaxEquation = Jaxpr["eqns"][number];

/** Runs `body` with jax-js making its arrays on the given device. */
export function onDevice<T>(device: Device, body: () => T): T {
  const before = defaultDevice();
  defaultDevice(device);
  try {
    return body();
  } finally {
    defaultDevice(before);
  }
}

/** jax-js names `Float16Array` when it reads float64 data, which Node 20 lacks; it never makes one. */
export function ensureFloat16Array(): void {
  const scope = globalThis as { Float16Array?: unknown };
  scope.Float16Array ??= class Float16Array {};
}

/** Double-precision values of literals, by the float32 values that jaxprs hold. */
const exactLiterals = new Map<number, number>();

/**
 * Runs `body`, which traces, and remembers the literals it meets in full precision: a jaxpr stores `x.mul(Math.PI)` with
 * π rounded to float32, which would make a float64 loss another function. jax-js reads each literal through `dataSync`,
 * where the array still knows its double.
 */
function rememberingLiterals<T>(body: () => T): T {
  const { prototype } = np.Array;
  const read = prototype.dataSync;
  const literals: np.Array[] = [];
  prototype.dataSync = function (this: np.Array) {
    if (this.ndim === 0 && this.dtype === "float32" && this.device === "wasm") literals.push(this.ref);
    return read.call(this);
  };
  try {
    return body();
  } finally {
    prototype.dataSync = read;
    for (const literal of literals) {
      const [exact] = literal.astype(np.float64).dataSync();
      exactLiterals.set(Math.fround(exact), exact);
    }
  }
}

/** A function of flat arguments as nodes over `inputs`, which fix the shapes; one node a result. */
export function trace(b: Builder, f: (...args: np.Array[]) => np.Array | np.Array[], inputs: readonly Node[]): Node[] {
  ensureFloat16Array();
  // Always there; and unlike "cpu" it reads a literal without rounding it in place.
  return onDevice("wasm", () => {
    const placeholders = inputs.map(({ shape, dtype }) => np.zeros([...shape], { dtype: dtype as np.DType }));
    const { jaxpr } = rememberingLiterals(() =>
      makeJaxpr((...args: np.Array[]) => {
        const result = f(...args);
        return Array.isArray(result) ? result : [result];
      })(...placeholders),
    );
    const constants = jaxpr.consts.map((value) => importConstant(b, value as np.Array));
    const outputs = importJaxpr(b, jaxpr.jaxpr, [...constants, ...inputs]);
    jaxpr.dispose();
    return outputs;
  });
}

function importConstant(b: Builder, value: np.Array): Node {
  const dtype = elementType(value.dtype, "constant");
  const data = value.ref.dataSync() as TensorData;
  return b.constant(dtype === "bool" ? Uint8Array.from(data, Number) : data, value.shape, dtype);
}

function elementType(dtype: string, where: string): ElementType {
  if (dtype === "float32" || dtype === "float64" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedPrimitiveError(
    `compileLoss: ${where} has element type ${dtype}; the compiler knows float32, float64, int32 and bool. Cast it ` +
      "inside the loss, or compute it outside.",
    dtype,
  );
}

/** The equations of a jaxpr replayed on the given arguments. */
export function importJaxpr(b: Builder, jaxpr: Jaxpr, args: readonly Node[]): Node[] {
  const values = new Map<unknown, Node>();
  jaxpr.inBinders.forEach((binder, i) => {
    values.set(binder, args[i]);
  });
  const read = (atom: JaxEquation["inputs"][number]): Node =>
    "value" in atom ? importLiteral(b, atom) : values.get(atom)!;
  for (const equation of jaxpr.eqns) {
    const results = importEquation(b, equation, equation.inputs.map(read));
    equation.outBinders.forEach((binder, i) => {
      values.set(binder, results[i]);
    });
  }
  return jaxpr.outs.map(read);
}

function importLiteral(b: Builder, { value, aval }: { value: number; aval: { dtype: string } }): Node {
  const dtype = elementType(aval.dtype, "a literal");
  const number = Number(value);
  return b.scalar(dtype === "float32" ? (exactLiterals.get(number) ?? number) : number, dtype);
}

type Rule = (b: Builder, inputs: Node[], params: Record<string, unknown>, equation: JaxEquation) => Node | Node[];

const unary =
  (op: UnaryOp): Rule =>
  (b, [x]) =>
    b.unary(op, x);

const reduceOps: Record<string, ReduceOp> = { Add: "sum", Mul: "prod", Max: "max", Min: "min" };

const rules: Record<string, Rule> = {
  add: (b, [x, y]) => (x.dtype === "bool" && y.dtype === "bool" ? b.logical("or", x, y) : b.add(x, y)),
  mul: (b, [x, y]) => (x.dtype === "bool" && y.dtype === "bool" ? b.logical("and", x, y) : b.mul(x, y)),
  neg: (b, [x]) => b.scale(x, -1),
  max: (b, [x, y]) => b.binary("max", x, y),
  min: (b, [x, y]) => b.binary("min", x, y),
  idiv: (b, [x, y]) => b.binary("idiv", x, y),
  mod: (b, [x, y]) => b.binary("mod", x, y),
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
  floor: unary("floor"),
  ceil: unary("ceil"),
  stop_gradient: (b, [x]) => b.stopGradient(x),
  cast: (b, [x], { dtype }) => b.cast(x, elementType(dtype as string, "a cast")),
  compare: (b, [x, y], { op }) => b.compare(op as CompareOp, x, y),
  where: (b, [condition, x, y]) => b.where(condition, x, y),
  reduce: (b, [x], { op, axis }, { primitive }) => {
    const name = reduceOps[op as string];
    if (name === undefined) throw unsupported(`${primitive} ${op}`);
    return b.reduce(name, x, axis as number[]);
  },
  dot: (b, [x, y]) => contract(b, x, y),
  conv: (b, [x, k], params, { outBinders }) =>
    importConv(b, x, k, params as unknown as JaxConvolution, outBinders[0].aval.shape),
  pool: (b, [x], params, { outBinders }) => b.linear("pool", x, [], { ...params }, outBinders[0].aval.shape),
  pool_transpose: (b, [x], { window, strides }, { outBinders }) =>
    b.linear("pool_transpose", x, [], { window, strides }, outBinders[0].aval.shape),
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
  concatenate: (b, xs, { axis }) => b.concatenate(xs, axis as number),
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
  gather: (b, [x, ...indices], { axis, outDim }, { outBinders }) =>
    b.linear("gather", x, indices, { axis, outDim }, outBinders[0].aval.shape),
  scatter: (b, [x, ...indices], { axis, outDim }, { outBinders }) =>
    b.linear("scatter_add", x, indices, { axis, outDim }, outBinders[0].aval.shape),
  jit: (b, inputs, { jaxpr }, equation) => importTanh(b, equation, inputs) ?? importJaxpr(b, jaxpr as Jaxpr, inputs),
};

/** jax-js's primitives that a loss may hold; docs/compiler.md says what each backend makes of them. */
export const primitives: readonly string[] = Object.keys(rules);

function importEquation(b: Builder, equation: JaxEquation, inputs: Node[]): Node[] {
  const rule = rules[equation.primitive];
  if (!rule) throw unsupported(equation.primitive);
  const result = rule(b, inputs, equation.params, equation);
  return Array.isArray(result) ? result : [result];
}

function unsupported(primitive: string): UnsupportedPrimitiveError {
  return new UnsupportedPrimitiveError(
    `compileLoss: no rule for primitive "${primitive}". Keep it outside the loss, or give the objective as closures ` +
      "{ value, gradient, hvp }.",
    primitive,
  );
}

/**
 * jax-js's own tanh and its forward derivatives of any order, which appear when a loss holds derivatives of a network.
 * They arrive as one nested jaxpr, are compared with what jax-js makes of tanh now, and replaced by tanh and our rule.
 */
function importTanh(b: Builder, { params, inputs: atoms }: JaxEquation, inputs: Node[]): Node[] | undefined {
  const match = /^tanh((?:_jvp)*)$/.exec(String(params.name));
  if (!match || params.jaxpr === undefined) return undefined;
  const order = match[1].length / "_jvp".length;
  if (inputs.length !== 2 ** order || String(tanhJaxpr(order, atoms[0].aval)) !== String(params.jaxpr))
    return undefined;
  return derivativesOfTanh(b, order, inputs);
}

/** [tanh x] and its tangents: order n maps (x, ẋ) of order n − 1 to (y, ẏ). */
function derivativesOfTanh(b: Builder, order: number, args: readonly Node[]): Node[] {
  if (order === 0) return [b.unary("tanh", args[0])];
  const half = args.length / 2;
  const variables = args.slice(0, half).map(({ shape, dtype }) => b.input("t", shape, dtype));
  const values = derivativesOfTanh(b, order - 1, variables);
  const seeds = args.slice(half).map(({ shape, dtype }) => b.input("dt", shape, dtype));
  const tangents = jvp(b, values, new Map(variables.map((x, i) => [x, seeds[i]])));
  const all = [...values, ...tangents.map((t, i) => t ?? b.full(0, values[i].shape, values[i].dtype))];
  return substitute(b, all, new Map([...variables, ...seeds].map((x, i) => [x, args[i]])));
}

/** The jaxpr that jax-js nests for the `order`-th forward derivative of tanh at this shape. */
function tanhJaxpr(order: number, { shape, dtype }: { shape: number[]; dtype: np.DType }): unknown {
  const zeros = () => np.zeros(shape, { dtype });
  let f: (...args: np.Array[]) => np.Array[] = (x) => [np.tanh(x)];
  for (let n = 0; n < order; n++) {
    const previous = f;
    f = (...args) => {
      const half = args.length / 2;
      return jaxJvp(previous, args.slice(0, half), args.slice(half)).flat();
    };
  }
  const { jaxpr } = makeJaxpr(f)(...Array.from({ length: 2 ** order }, zeros));
  const nested = jaxpr.jaxpr.eqns.find((equation) => equation.params.jaxpr !== undefined);
  return nested?.params.jaxpr;
}
