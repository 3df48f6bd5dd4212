/** From a jax-js function to a graph: traced to a jaxpr, inlined, and rebuilt node by node. */
import { type Jaxpr, makeJaxpr, numpy as np } from "@jax-js/jax";
import { UnsupportedPrimitiveError } from "../../errors.ts";
import type { TensorData } from "../../vector/tensor.ts";
import { onDevice } from "../device.ts";
import type { Builder } from "../ir/builder.ts";
import type { CompareOp, ElementType, Node, ReduceOp, UnaryOp } from "../ir/graph.ts";
import { contract } from "../ir/rules/contract.ts";
import { importConv, type JaxConvolution } from "../ir/rules/conv.ts";
import "./float16-array.ts";
import { withExactLiterals } from "./literals.ts";
import { importTanh } from "./tanh.ts";

type JaxEquation = Jaxpr["eqns"][number];

/** A function of flat arguments as nodes over `inputs`, which fix the shapes; one node a result. */
export function trace(b: Builder, f: (...args: np.Array[]) => np.Array | np.Array[], inputs: readonly Node[]): Node[] {
  // Always there; and unlike "cpu" it reads a literal without rounding it in place.
  return onDevice("wasm", () => {
    const placeholders = inputs.map(({ shape, dtype }) => np.zeros([...shape], { dtype: dtype as np.DType }));
    const { jaxpr } = withExactLiterals(() =>
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
    `compileObjective: ${where} has element type ${dtype}; the compiler knows float32, float64, int32 and bool. Cast it ` +
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
  return b.scalar(Number(value), dtype);
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
    `compileObjective: no rule for primitive "${primitive}". Keep it outside the loss, or give the objective as closures ` +
      "{ value, gradient, hvp }.",
    primitive,
  );
}
