/** From graph to ONNX: one small rule a primitive. */
import { UnsupportedPrimitiveError } from "../../../errors.ts";
import { factorGraph } from "../../functions/factors.ts";
import { formulaOf } from "../../functions/formula.ts";
import { type Graph, type Node, type Op, type UnaryOp, usesIn } from "../../ir/graph.ts";
import { isStatic, lowerResults, lowerUndefined, ownNames, severalOps } from "./control.ts";
import { lowerConv } from "./conv.ts";
import { asin64, atan64 } from "./elementary.ts";
import { type Emitter, finishProgram, type LoweredProgram, makeEmitter, reversed, typeCode } from "./emitter.ts";
import { lowerGather, lowerScatterAdd } from "./gather.ts";
import { lowerPool, lowerPoolTranspose, lowerWindowReduction } from "./pooling.ts";
import { boundaryType, fromBoundary, lowerBitcast, lowerRandomBits, moduloWord, toBoundary } from "./random.ts";
import type { Rule, Scope } from "./scope.ts";
import { gemm, isGemm, lowerProduct, lowerSum } from "./sums.ts";

const unaryOperators: Partial<Record<UnaryOp, string>> = {
  exp: "Exp",
  log: "Log",
  reciprocal: "Reciprocal",
  sqrt: "Sqrt",
  sin: "Sin",
  cos: "Cos",
  tanh: "Tanh",
  floor: "Floor",
  ceil: "Ceil",
};

const compareOperators: Record<string, string> = { less: "Less", less_equal: "LessOrEqual", equal: "Equal" };

const reduceOperators: Record<string, string> = {
  sum: "ReduceSum",
  max: "ReduceMax",
  min: "ReduceMin",
};

const operator =
  (op: string): Rule =>
  ({ emitter, name }, node) =>
    emitter.emit(op, node.inputs.map(name));

/** (c ∧ x) ∨ (¬c ∧ y), since Where takes numbers only. */
function chooseBool({ emitter, name }: Scope, { inputs }: Node): string {
  const [c, x, y] = inputs.map(name);
  const otherwise = emitter.emit("And", [emitter.emit("Not", [c]), y]);
  return emitter.emit("Or", [emitter.emit("And", [c, x]), otherwise]);
}

const convolution: Rule = ({ emitter, name }, node) => lowerConv(emitter, node, node.inputs.map(name));

function swapLastAxes({ emitter }: Scope, name: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return emitter.emit("Transpose", [name], { perm });
}

const rules: Partial<Record<Op, Rule>> = {
  add: lowerSum,
  mul: lowerProduct,
  max: operator("Max"),
  min: operator("Min"),
  idiv: ({ emitter, name }, node) => {
    const quotient = emitter.emit("Div", node.inputs.map(name));
    if (node.dtype.endsWith("int32")) return quotient;
    // trunc(q) = sign(q)·⌊|q|⌋
    const floor = emitter.emit("Floor", [emitter.emit("Abs", [quotient])]);
    return emitter.emit("Mul", [emitter.emit("Sign", [quotient]), floor]);
  },
  pow: operator("Pow"),
  mod: ({ emitter, name }, node) => emitter.emit("Mod", node.inputs.map(name), { fmod: 1 }),
  compare: ({ emitter, name }, node) => {
    const operands = node.inputs.map(name);
    const op = node.attributes.op as string;
    if (op === "not_equal") return emitter.emit("Not", [emitter.emit("Equal", operands)]);
    return emitter.emit(compareOperators[op], operands);
  },
  and: operator("And"),
  or: operator("Or"),
  where: (scope, node) => (node.dtype === "bool" ? chooseBool(scope, node) : operator("Where")(scope, node)),
  cast: ({ emitter, name }, node) => emitter.emit("Cast", [name(node.inputs[0])], { to: typeCode(node.dtype) }),
  // The operator Sigmoid is right absolutely only: 0 from −20 on in float32.
  sigmoid: ({ emitter, name }, node) => {
    const exponential = emitter.emit("Exp", [emitter.emit("Neg", [name(node.inputs[0])])]);
    return emitter.emit("Reciprocal", [emitter.emit("Add", [exponential, emitter.scalar(1, node.dtype)])]);
  },
  // log(1 + eˣ) = max(x, 0) + log(1 + t), t = e^{−|x|}. What u = 1 + t loses of t is added: log(1 + t) = log u + (t −
  // (u − 1))/u.
  softplus: ({ emitter: { emit, scalar }, name }, node) => {
    const x = name(node.inputs[0]);
    const [zero, one] = [scalar(0, node.dtype), scalar(1, node.dtype)];
    const t = emit("Exp", [emit("Neg", [emit("Abs", [x])])]);
    const u = emit("Add", [t, one]);
    const lost = emit("Div", [emit("Sub", [t, emit("Sub", [u, one])]), u]);
    return emit("Add", [emit("Max", [x, zero]), emit("Add", [emit("Log", [u]), lost])]);
  },
  erf: ({ emitter, name }, node) => emitter.emit("Erf", [name(node.inputs[0])]),
  erfc: ({ emitter, name }, node) =>
    emitter.emit("Sub", [emitter.scalar(1, node.dtype), emitter.emit("Erf", [name(node.inputs[0])])]),
  asin: ({ emitter, name }, { dtype, inputs }) =>
    dtype === "float64" ? asin64(emitter, name(inputs[0])) : emitter.emit("Asin", [name(inputs[0])]),
  atan: ({ emitter, name }, { dtype, inputs }) =>
    dtype === "float64" ? atan64(emitter, name(inputs[0])) : emitter.emit("Atan", [name(inputs[0])]),
  reduce: (scope, node) => {
    const windows = lowerWindowReduction(scope, node);
    if (windows !== undefined) return windows;
    const { emitter, name } = scope;
    const axes = emitter.integers(node.attributes.axes as number[]);
    return emitter.emit(reduceOperators[node.attributes.op as string], [name(node.inputs[0]), axes], { keepdims: 0 });
  },
  matmul: (scope, node) => {
    if (isGemm(node)) return gemm(scope, node, 1);
    const { transposeA, transposeB } = node.attributes;
    const [a, b] = node.inputs.map(scope.name);
    const rank = node.shape.length;
    return scope.emitter.emit("MatMul", [
      transposeA ? swapLastAxes(scope, a, rank) : a,
      transposeB ? swapLastAxes(scope, b, rank) : b,
    ]);
  },
  expand: ({ emitter, name }, node) => emitter.emit("Expand", [name(node.inputs[0]), emitter.integers(node.shape)]),
  reshape: ({ emitter, name }, node) => emitter.emit("Reshape", [name(node.inputs[0]), emitter.integers(node.shape)]),
  transpose: ({ emitter, name }, node) =>
    emitter.emit("Transpose", [name(node.inputs[0])], { perm: node.attributes.perm as number[] }),
  slice: ({ emitter, name }, node) => {
    const { begin, end } = node.attributes as { begin: number[]; end: number[] };
    const axes = node.shape.flatMap((n, i) => (n === node.inputs[0].shape[i] ? [] : [i]));
    return emitter.emit("Slice", [
      name(node.inputs[0]),
      emitter.integers(axes.map((i) => begin[i])),
      emitter.integers(axes.map((i) => end[i])),
      emitter.integers(axes),
    ]);
  },
  pad: ({ emitter, name }, node) => {
    const width = node.attributes.width as [number, number][];
    const pads = [...width.map(([before]) => before), ...width.map(([, after]) => after)];
    return emitter.emit("Pad", [name(node.inputs[0]), emitter.integers(pads), emitter.scalar(0, node.dtype)]);
  },
  flip: ({ emitter, name }, node) => reversed(emitter, name(node.inputs[0]), node.attributes.axes as number[]),
  concatenate: ({ emitter, name }, node) =>
    emitter.emit("Concat", node.inputs.map(name), { axis: node.attributes.axis as number }),
  random_bits: lowerRandomBits,
  bitcast: lowerBitcast,
  gather: lowerGather,
  // All of them, the smallest first; of equal ones the operator takes the first.
  argsort: ({ emitter, name }, { shape, inputs }) => {
    const count = emitter.integers([shape.at(-1)!]);
    const [, places] = emitter.emitAll("TopK", [name(inputs[0]), count], 2, { largest: 0 });
    return emitter.emit("Cast", [places], { to: typeCode("int32") });
  },
  scatter_add: lowerScatterAdd,
  conv: convolution,
  conv_input: convolution,
  conv_kernel: convolution,
  pool: lowerPool,
  pool_transpose: lowerPoolTranspose,
  result: ({ results }, { inputs, attributes }) => results(inputs[0])[attributes.index as number],
  undefined: lowerUndefined,
};

function unsupported(what: string): UnsupportedPrimitiveError {
  return new UnsupportedPrimitiveError(
    `compileObjective: no onnx rule for primitive "${what}". Use backend: jax(), or keep it outside the loss.`,
    what,
  );
}

function lowerNode(scope: Scope, node: Node): string {
  const { emitter, name } = scope;
  if (node.op === "constant") return emitter.constant(node.data!, node.shape, node.dtype);
  const formula = formulaOf(node) ?? factorGraph(node);
  if (formula) {
    const given = new Map(formula.inputs.map((input, i) => [input, name(node.inputs[i])]));
    return lowerNodes(emitter, formula.outputs, given)[0];
  }
  const rule = rules[node.op];
  if (rule && node.dtype === "uint32" && ["add", "mul", "cast"].includes(node.op)) {
    return moduloWord(emitter, rule(scope, node));
  }
  if (rule) return rule(scope, node);
  const unary = unaryOperators[node.op as UnaryOp];
  if (unary === undefined) throw unsupported(node.op);
  return emitter.emit(unary, [name(node.inputs[0])]);
}

/**
 * Writes what `outputs` need. `given` holds the names of values that exist already: inputs of the graph, or values of
 * an enclosing one. Returns the outputs' names.
 */
export function lowerNodes(
  emitter: Emitter,
  outputs: readonly Node[],
  given: ReadonlyMap<Node, string>,
  transposed: Map<Node, string> = new Map(),
): string[] {
  const uses = usesIn([...needed(outputs, given, ({ inputs }) => inputs)], outputs);
  // The sides of a choice are written inside it.
  const here = needed(outputs, given, ({ op, inputs }) => (op === "cond" ? inputs.slice(0, 1) : inputs));

  const names = new Map(given);
  const several = new Map<Node, readonly string[]>();
  const scope: Scope = {
    emitter,
    transposed,
    name(node) {
      let known = names.get(node);
      if (known === undefined) {
        known = lowerNode(scope, node);
        names.set(node, known);
      }
      return known;
    },
    results(node) {
      const known = several.get(node) ?? lowerResults(scope, node);
      several.set(node, known);
      return known;
    },
    usedOnce: (node) => uses.get(node) === 1 && !given.has(node),
    nested(inner, results, within = new Map()) {
      const outside = new Map([...names, ...within]);
      return ownNames(inner, lowerNodes(inner, results, outside, new Map(transposed)), outside.values());
    },
  };
  // In order of ids, so that deep graphs need no deep recursion; what a user may absorb is left to the user.
  const absorbable = (node: Node) =>
    scope.usedOnce(node) && ["matmul", "mul", "add", "reciprocal", "pool", "expand"].includes(node.op);
  for (const node of [...here].sort((a, b) => a.id - b.id)) {
    if (severalOps.has(node.op)) scope.results(node);
    else if (node.op !== "constant" && !absorbable(node)) scope.name(node);
  }
  return outputs.map(scope.name);
}

/** The nodes that have to be written for `outputs`, continuing from each to what `inputsOf` says. */
function needed(
  outputs: readonly Node[],
  given: ReadonlyMap<Node, string>,
  inputsOf: (node: Node) => readonly Node[],
): Set<Node> {
  const found = new Set<Node>();
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (found.has(node) || given.has(node)) continue;
    found.add(node);
    stack.push(...inputsOf(node));
  }
  return found;
}

/** A graph as a model file: inputs and outputs in the graph's order, under names of no meaning. */
export function lowerGraph(graph: Graph): LoweredProgram {
  const emitter = makeEmitter();
  const inputs = graph.inputs.map(({ shape, dtype }) => ({ name: emitter.fresh(), shape, type: boundaryType(dtype) }));
  const given = graph.inputs.map(({ dtype }, i) =>
    dtype === "uint32" ? fromBoundary(emitter, inputs[i].name) : inputs[i].name,
  );
  const results = lowerNodes(emitter, graph.outputs, new Map(graph.inputs.map((node, i) => [node, given[i]])));
  const names = ownNames(
    emitter,
    results.map((name, i) => (graph.outputs[i].dtype === "uint32" ? toBoundary(emitter, name) : name)),
    inputs.map(({ name }) => name),
  );
  const outputs = graph.outputs.map((node, i) => {
    return { name: names[i], shape: isStatic(node) ? node.shape : undefined, type: boundaryType(node.dtype) };
  });
  return finishProgram(emitter, inputs, outputs);
}
