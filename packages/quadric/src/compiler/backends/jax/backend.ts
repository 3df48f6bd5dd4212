/** The jax backend: graphs replayed through jax-js and compiled by its `jit`. Runs wherever JavaScript runs. */
import "../../trace/float16-array.ts";
import { type Device, init, jit, lax, nn, numpy as np } from "@jax-js/jax";
import { UnsupportedPrimitiveError } from "../../../errors.ts";
import type { TensorData } from "../../../vector/tensor.ts";
import { onDevice } from "../../device.ts";
import { formulaOf } from "../../functions/formula.ts";
import { elementCount, type Graph, type Node, type Op, reachable, type UnaryOp, usesIn } from "../../ir/graph.ts";
import type { Backend, Executable } from "../backend.ts";
import { toArray } from "./arrays.ts";
import { conv, convInput, convKernel } from "./conv.ts";
import { argsort, cholesky, luPacked, triangularSolve } from "./factors.ts";
import { gather, pool, poolTranspose, scatterAdd } from "./indexing.ts";
import { isRepeated, materializeConstants, materialized } from "./materialize.ts";
import { piecesOf } from "./pieces.ts";
import { randomBits } from "./random.ts";

export interface JaxOptions {
  /**
   * Where jax-js computes. Defaults to "wasm", for float32. "cpu" is an interpreter, slow, with the functions of
   * float64: the others compute exp, log, sin … in float32 whatever the type, so in float64 they are refused.
   */
  readonly device?: Device;
}

/**
 * Runs losses with jax-js.
 *
 * @throws {RangeError} when compiling, if the device is not to be had here.
 * @example
 * const reference = await minimize(f, x0, { backend: jax({ device: "cpu" }), dtype: "float64" });
 */
export function jax({ device = "wasm" }: JaxOptions = {}): Backend {
  return {
    name: "jax",
    settings: { device },
    loopsPay: () => false,
    callsPay: () => true,
    async compile(graph) {
      const available = await init(device);
      if (!available.includes(device)) {
        throw new RangeError(`jax: device must be one of ${available.join(", ")} here, got "${device}".`);
      }
      requireAccurate(graph, device);
      return executable(graph, device);
    },
  };
}

/** What jax-js computes to seven digits in float64 too, on every device but "cpu". */
const inexact = new Set<Op>(
  "exp log sin cos asin atan tanh sigmoid softplus pow atan2 erf erfc polygamma".split(" ") as Op[],
);

/** @throws {UnsupportedPrimitiveError} if float64 would be float32 in all but name. */
function requireAccurate({ outputs }: Graph, device: Device): void {
  const node = reachable(outputs).find(({ op, dtype }) => dtype === "float64" && inexact.has(op));
  if (device === "cpu" || node === undefined) return;
  throw new UnsupportedPrimitiveError(
    `jax: "${node.op}" has float32 accuracy on device "${device}". For float64 use backend: wasm() or onnx(), or ` +
      'jax({ device: "cpu" }).',
    node.op,
  );
}

type ArrayFunction = (...args: np.Array[]) => np.Array[];
type Rule = (inputs: np.Array[], node: Node) => np.Array;

const unaryFunctions: Record<UnaryOp, (x: np.Array) => np.Array> = {
  exp: np.exp,
  log,
  reciprocal: np.reciprocal,
  sqrt: np.sqrt,
  sin: (x) => np.sin(withinTurn(x)),
  cos: (x) => np.cos(withinTurn(x)),
  asin: np.asin,
  atan: np.atan,
  tanh,
  sigmoid: nn.sigmoid,
  // log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|})
  softplus: (x) => np.maximum(x.ref, 0).add(log1p(np.exp(np.absolute(x).neg()))),
  erf: lax.erf,
  erfc: lax.erfc,
  floor: np.floor,
  ceil: np.ceil,
};

const comparisons: Record<string, (x: np.Array, y: np.Array) => np.Array> = {
  less: np.less,
  less_equal: np.lessEqual,
  equal: np.equal,
  not_equal: np.notEqual,
};

const reductions: Record<string, (x: np.Array, axes: number[]) => np.Array> = {
  sum: np.sum,
  max: np.max,
  min: np.min,
};

/** A rule that pads, or joins: see materializeConstants. */
const onWritten =
  (rule: Rule): Rule =>
  (xs, node) =>
    rule(materializeConstants(xs, node), node);

const rules: Partial<Record<Op, Rule>> = {
  add: ([x, y]) => np.add(x, y),
  mul: ([x, y]) => np.multiply(x, y),
  max: ([x, y]) => np.maximum(x, y),
  min: ([x, y]) => np.minimum(x, y),
  // jax-js takes trunc(x/y) for 0 if it knows x to be bounded, such as a constant or a sine.
  // For real numbers x/y is x·(1/y) here, which may miss an integer. x − (x mod y) is a multiple of y.
  idiv: ([x, y], { dtype }) =>
    dtype.endsWith("int32") ? materialized(x).div(y) : np.round(np.divide(x.ref.sub(x.mod(y.ref)), y)),
  mod: ([x, y]) => x.mod(y),
  pow: ([x, y]) => power(x, y),
  compare: ([x, y], { attributes }) => comparisons[attributes.op as string](x, y),
  and: ([x, y]) => np.multiply(x, y),
  or: ([x, y]) => np.add(x, y),
  where: ([condition, x, y]) => np.where(condition, x, y),
  cast: ([x], { dtype }) => x.astype(dtype as np.DType),
  reduce: ([x], { attributes }) => reductions[attributes.op as string](x, attributes.axes as number[]),
  matmul: ([x, y], { attributes }) =>
    np.matmul(attributes.transposeA ? np.matrixTranspose(x) : x, attributes.transposeB ? np.matrixTranspose(y) : y),
  expand: ([x], { shape }) => np.broadcastTo(x, [...shape]),
  reshape: ([x], { shape }) => np.reshape(x, [...shape]),
  transpose: ([x], { attributes }) => np.transpose(x, attributes.perm as number[]),
  slice: ([x], { attributes }) => {
    const { begin, end } = attributes as { begin: number[]; end: number[] };
    return x.slice(...begin.map((start, i): [number, number] => [start, end[i]]));
  },
  pad: onWritten(([x], { attributes }) => np.pad(x, attributes.width as [number, number][])),
  split: ([x]) => x,
  result: ([x], { attributes, shape }) => {
    const begin = attributes.begin as number;
    return x.slice([begin, begin + shape[0]]);
  },
  flip: ([x], { attributes }) => np.flip(x, attributes.axes as number[]),
  gather,
  scatter_add: scatterAdd,
  argsort,
  cholesky,
  lu: luPacked,
  random_bits: randomBits,
  bitcast: ([x], { dtype }) => lax.bitcastConvertType(x, np.float32).astype(dtype as np.DType),
  triangular_solve: triangularSolve,
  conv: onWritten(conv),
  conv_input: onWritten(convInput),
  conv_kernel: onWritten(convKernel),
  pool: onWritten(pool),
  pool_transpose: onWritten(poolTranspose),
  concatenate: onWritten((xs, { attributes }) => np.concatenate(xs, attributes.axis as number)),
};

/** tanh x = −E/(E + 2) with E = e^{−2|x|} − 1 and the sign of x: jax-js's own loses small x. */
function tanh(x: np.Array): np.Array {
  const sign = np.where(x.ref.less(0), -1, 1);
  const e = expm1(np.absolute(x).mul(-2));
  return np.divide(e.ref, e.add(2)).mul(sign).neg();
}

/** eˣ − 1. On "cpu" the coefficients of jax-js's own are float32; Kahan's (u − 1)·x/log u, u = eˣ, has none. */
function expm1(x: np.Array): np.Array {
  if (x.dtype === "float32") return np.expm1(x);
  const u = np.exp(x.ref);
  const isNear = np.logicalAnd(np.absolute(x.ref).less(1), u.ref.notEqual(1));
  const logarithm = np.log(np.where(isNear.ref, u.ref, 2));
  const near = u.ref.sub(1).mul(np.divide(x.ref, logarithm));
  return np.where(isNear, near, np.where(u.ref.equal(1), x, u.sub(1)));
}

/**
 * jax-js's logarithm on "wasm" is off by 1e-5. A step of Newton's on eʸ = x gives it its digits back; near 1, where they
 * are those of x − 1, log1p has them.
 */
function log(x: np.Array): np.Array {
  if (x.dtype === "float64") return np.log(x);
  const y = np.log(x.ref);
  const isOrdinary = np.isfinite(y.ref);
  const step = x.ref.mul(np.exp(y.ref.neg())).sub(1);
  const refined = np.where(isOrdinary, y.ref.add(step), y);
  return np.where(np.absolute(x.ref.sub(1)).less(0.2), np.log1p(x.sub(1)), refined);
}

/** xʸ from jax-js's own, which takes its logarithm: an error δ of that is a factor 1 − yδ. */
function power(x: np.Array, y: np.Array): np.Array {
  if (x.dtype === "float64") return np.power(x, y);
  const size = np.absolute(x.ref);
  const missing = log(size.ref).sub(np.log(size.ref)).mul(y.ref);
  const isOrdinary = np.logicalAnd(size.ref.greater(0), np.isfinite(size));
  return np.power(x, y).mul(np.where(isOrdinary, missing, 0).add(1));
}

/**
 * x less whole turns, since the sines of "wasm" lose digits as x grows. A turn is a sum of three parts, and k times the
 * first two are exact in float32 up to k = 2¹³ ([Cody1980]).
 */
function withinTurn(x: np.Array): np.Array {
  if (x.dtype === "float64") return x;
  const turns = np.floor(x.ref.mul(0.5 / Math.PI).add(0.5));
  return turnParts.reduce((rest, part) => rest.sub(turns.ref.mul(part)), x);
}

/** 2π in parts of 8, 11 and 24 bits. */
const turnParts: readonly number[] = [201 / 32, 2029 / 2 ** 20, 2 * Math.PI - 201 / 32 - 2029 / 2 ** 20];

/** log(1 + x) for x in [0, 1]: jax-js's own, and a step of Newton's on eʸ − 1 = x. */
function log1p(x: np.Array): np.Array {
  const y = np.log1p(x.ref);
  const rest = x.ref.sub(expm1(y.ref));
  return y.add(np.divide(rest, x.add(1)));
}

function evaluateNode(node: Node, inputs: np.Array[]): np.Array {
  const formula = formulaOf(node);
  if (formula) return replay(formula)(...inputs)[0];
  const unary = unaryFunctions[node.op as UnaryOp];
  if (unary) return unary(inputs[0]);
  const rule = rules[node.op];
  if (!rule) throw unsupported(node.op);
  return rule(inputs, node);
}

function unsupported(what: string): UnsupportedPrimitiveError {
  return new UnsupportedPrimitiveError(
    `compileObjective: no jax rule for primitive "${what}". Use backend: onnx(), or keep it outside the loss.`,
    what,
  );
}

/**
 * The graph as a function of jax arrays, each of which is used up exactly when its last user has it.
 *
 * @param nodes - what is computed, if it is not all that the outputs are made of.
 */
export function replay({ inputs, outputs }: Graph, nodes: readonly Node[] = reachable(outputs)): ArrayFunction {
  return (...args) => {
    const values = makeValues(usesIn(nodes, outputs), inputs, args);
    const sizes = new Map<Node, number>();
    for (const node of nodes) {
      if (node.op === "input") continue;
      const value = node.op === "constant" ? constantArray(node) : evaluateNode(node, node.inputs.map(values.take));
      values.set(node, isRepeated(node, values.left(node), sizes) ? materialized(value) : value);
    }
    return outputs.map(values.take);
  };
}

/** A program with calls, piece by piece; see pieces.ts. */
function staged({ inputs, outputs }: Graph, jitted: (body: Graph, nodes?: readonly Node[]) => ArrayFunction) {
  const pieces = piecesOf({ inputs, outputs }).map((piece) => ({ ...piece, run: jitted(piece.body, piece.nodes) }));
  const read = [...pieces.flatMap(({ args }) => args), ...outputs];
  return (...args: np.Array[]): np.Array[] => {
    const values = makeValues(usesIn([], read), inputs, args);
    const take = (node: Node) => (node.op === "constant" ? constantArray(node) : values.take(node));
    for (const piece of pieces) {
      piece.run(...piece.args.map(take)).forEach((value, i) => {
        values.set(piece.results[i], value);
      });
    }
    return outputs.map(take);
  };
}

/** The arrays of nodes: each use takes one away, and what has no use is disposed of. */
function makeValues(uses: Map<Node, number>, inputs: readonly Node[], args: readonly np.Array[]) {
  const values = new Map<Node, np.Array>();
  const left = (node: Node) => uses.get(node) ?? 0;
  const set = (node: Node | undefined, value: np.Array) => {
    if (node && left(node) > 0) values.set(node, value);
    else value.dispose();
  };
  const take = (node: Node) => {
    uses.set(node, left(node) - 1);
    const value = values.get(node)!;
    return left(node) > 0 ? value.ref : value;
  };
  inputs.forEach((node, i) => {
    set(node, args[i]);
  });
  return { left, set, take };
}

function constantArray({ data, shape, dtype }: Node): np.Array {
  return toArray(data!, shape, dtype);
}

function executable(graph: Graph, device: Device): Executable {
  const functions = new Map<Graph, ReturnType<typeof jit<ArrayFunction>>>();
  const jitted = (body: Graph, nodes?: readonly Node[]) => {
    const known = functions.get(body) ?? jit(replay(body, nodes));
    functions.set(body, known);
    return known as ArrayFunction;
  };
  const hasCalls = reachable(graph.outputs).some(({ op }) => op === "call");
  const compiled = onDevice(device, () => (hasCalls ? staged(graph, jitted) : jitted(graph)));
  return {
    async run(inputs, outputs) {
      const arrays = graph.inputs.map(({ shape, dtype }, i) => toArray(inputs[i].data, shape, dtype, device));
      const results = onDevice(device, () => compiled(...arrays));
      const fetched = await Promise.all(results.map(async (result) => (await result.data()) as TensorData));
      return graph.outputs.map(({ shape, dtype }, i) => {
        const data = dtype === "bool" ? Uint8Array.from(fetched[i], Number) : fetched[i];
        if (outputs === undefined) return { shape, data };
        outputs[i].data.set(data as Float32Array);
        return outputs[i];
      });
    },
    async warmUp() {
      const zeros = graph.inputs.map(({ shape, dtype }) =>
        toArray(new Float64Array(elementCount(shape)), shape, dtype, device),
      );
      const results = onDevice(device, () => compiled(...zeros));
      for (const result of results) await result.data();
    },
    dispose() {
      for (const it of functions.values()) it.dispose();
    },
  };
}
