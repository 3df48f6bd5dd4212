/** An element of a node as an expression of the elements of tensors that lie in memory: one small rule a primitive. */
import { UnsupportedPrimitiveError } from "../../../errors.ts";
import {
  type CompareOp,
  constantValue,
  type ElementType,
  gatherOf,
  type Node,
  type Op,
  type RandomBits,
  windowsOf,
} from "../../ir/graph.ts";
import { type ElementaryName, elementaryFunctions } from "./elementary.ts";
import { instruction, unsigned, type ValueType } from "./encoder.ts";
import {
  type Affine,
  type Buffer,
  combine,
  type Expression,
  type Expressions,
  rowMajor,
  sameAffine,
  variable,
  zero,
} from "./expression.ts";
import { threefry } from "./threefry.ts";

/** What a nest of loops may use. */
export interface Scope {
  readonly expressions: Expressions;
  /** Where a node lies in memory; undefined if its users compute it. */
  bufferOf(node: Node): Buffer | undefined;
  /** The number of a function of the host, which the module then imports. */
  imported(name: ElementaryName): number;
}

type Index = readonly Affine[];

/** The element of `node` at `index`: loaded where the node lies in memory, else computed. */
export function elementOf(scope: Scope, node: Node, index: Index): Expression {
  const { elements, load } = scope.expressions;
  const buffer = scope.bufferOf(node);
  if (buffer) return load(buffer, rowMajor(node.shape, index));
  const known = elements.get(node) ?? [];
  let found = known.find((other) => other.index.every((at, i) => sameAffine(at, index[i])))?.element;
  if (found === undefined) {
    found = computeElement(scope, node, index);
    elements.set(node, [...known, { index, element: found }]);
  }
  return found;
}

/** The element of a node from those of its inputs, wherever the node itself lies. */
export function computeElement(scope: Scope, node: Node, index: Index): Expression {
  if (node.op === "constant") return scope.expressions.constant(typeOf(node.dtype), constantValue(node)!);
  const move = views[node.op];
  if (move) return elementOf(scope, node.inputs[0], move(node, index));
  if (node.op === "gather") return gathered(scope, node, index);
  if (node.op === "random_bits") return randomBits(scope, node, index);
  const inputs = node.inputs.map((input) => elementOf(scope, input, broadcastIndex(input, index)));
  return elementwise(scope, node, inputs);
}

const typeOf = (dtype: ElementType): ValueType => (dtype === "float64" ? "f64" : dtype === "float32" ? "f32" : "i32");

/** The index into an operand that broadcasts to the shape that `index` is for. */
function broadcastIndex({ shape }: Node, index: Index): Affine[] {
  return shape.map((n, i) => (n === 1 ? zero : index[i + index.length - shape.length]));
}

type View = (node: Node, index: Index) => Index;

/** Primitives that move elements: the index of the element of the input that stands at an index of the result. */
const views: Partial<Record<Op, View>> = {
  stop_gradient: (_, index) => index,
  expand: ({ inputs }, index) => broadcastIndex(inputs[0], index),
  transpose: ({ attributes }, index) => {
    const perm = attributes.perm as number[];
    return perm.map((_, i) => index[perm.indexOf(i)]);
  },
  slice: ({ attributes }, index) => index.map((at, i) => combine([[1, at]], (attributes.begin as number[])[i])),
  flip: ({ attributes, shape }, index) =>
    index.map((at, i) => ((attributes.axes as number[]).includes(i) ? combine([[-1, at]], shape[i] - 1) : at)),
  pool: windowIndex,
  // Of a split: nothing else here has several.
  result: ({ attributes }, [at]) => [combine([[1, at]], attributes.begin as number)],
  split: (_, index) => index,
  reshape: ({ inputs, shape }, index) => {
    const groups = splitAxes(inputs[0].shape, shape)!;
    return groups.map((axes) =>
      rowMajor(
        axes.map((i) => shape[i]),
        axes.map((i) => index[i]),
      ),
    );
  },
};

/** Where the element w of window o stands: at stride·o + w. */
export function windowIndex(node: Node, index: Index): Affine[] {
  const { window, strides } = windowsOf(node);
  const n = window.length;
  const lead = index.length - 2 * n;
  return [
    ...index.slice(0, lead),
    ...strides.map((stride, i) =>
      combine([
        [stride, index[lead + i]],
        [1, index[lead + n + i]],
      ]),
    ),
  ];
}

export function isView({ op }: Node): boolean {
  return op in views;
}

/** For each axis of `from` the axes of `to` that it is split into; undefined where a reshape also joins axes. */
export function splitAxes(from: readonly number[], to: readonly number[]): number[][] | undefined {
  let next = 0;
  const groups = from.map((size) => {
    const axes: number[] = [];
    for (let product = 1; product < size; product *= to[axes.at(-1)!]) {
      while (to[next] === 1) next++;
      if (next === to.length) return undefined;
      axes.push(next++);
    }
    return axes.reduce((product, i) => product * to[i], 1) === size ? axes : undefined;
  });
  return groups.every((axes) => axes !== undefined) ? (groups as number[][]) : undefined;
}

/** jax-js's gather: the axes of the indices, which broadcast together, stand at `outDim` of the result. */
function gathered(scope: Scope, node: Node, index: Index): Expression {
  const [x, ...indices] = node.inputs;
  const { axis, outDim } = gatherOf(node);
  const count = node.shape.length - (x.shape.length - axis.length);
  const places = indices.map((input) =>
    elementOf(scope, input, broadcastIndex(input, index.slice(outDim, outDim + count))),
  );
  const rest = index.toSpliced(outDim, count);
  return elementOf(scope, x, indexedPlace(scope, x.shape, axis, places, rest));
}

/** The index whose coordinates along `axis` are read from memory and along the other axes are `rest`. */
export function indexedPlace(
  { expressions }: Scope,
  shape: readonly number[],
  axis: readonly number[],
  places: readonly Expression[],
  rest: Index,
): Affine[] {
  let next = 0;
  return shape.map((n, i) => {
    const k = axis.indexOf(i);
    return k < 0 ? rest[next++] : variable(within(expressions, places[k], n));
  });
}

/** An index in [0, n): negative ones count from the end, and what lies outside is the last. */
function within({ apply, constant }: Expressions, index: Expression, n: number): Expression {
  const { add, and, shiftSigned, lessUnsigned } = instruction.i32;
  const size = constant("i32", n);
  const wrapped = apply(
    "i32",
    [add],
    index,
    apply("i32", [and], size, apply("i32", [shiftSigned], index, constant("i32", 31))),
  );
  const isWithin = apply("i32", [lessUnsigned], wrapped, size);
  return apply("i32", instruction.select, wrapped, constant("i32", n - 1), isWithin);
}

/** The bits of an element count on from 0 in the row of its key. */
function randomBits(scope: Scope, { inputs, shape, attributes }: Node, index: Index): Expression {
  const { expressions } = scope;
  const lead = inputs[0].shape.length;
  const [k0, k1] = inputs.map((input) => elementOf(scope, input, index.slice(0, lead)));
  const counter = expressions.place(rowMajor(shape.slice(lead), index.slice(lead)));
  return threefry(expressions, k0, k1, counter, (attributes as unknown as RandomBits).mode);
}

/** Instructions by type of number. */
type Opcodes = Readonly<Record<"f64" | "f32" | "i32", number>>;

export const opcodes: Readonly<Record<"add" | "mul" | "div" | CompareOp, Opcodes>> = {
  add: { f64: 0xa0, f32: 0x92, i32: 0x6a },
  mul: { f64: 0xa2, f32: 0x94, i32: 0x6c },
  div: { f64: 0xa3, f32: 0x95, i32: 0x6d },
  equal: { f64: 0x61, f32: 0x5b, i32: 0x46 },
  not_equal: { f64: 0x62, f32: 0x5c, i32: 0x47 },
  less: { f64: 0x63, f32: 0x5d, i32: 0x48 },
  less_equal: { f64: 0x65, f32: 0x5f, i32: 0x4c },
};

/** Those of floating-point numbers alone; min and max are NaN if an operand is. */
const floatOpcodes = {
  ceil: { f64: 0x9b, f32: 0x8d },
  floor: { f64: 0x9c, f32: 0x8e },
  trunc: { f64: 0x9d, f32: 0x8f },
  sqrt: { f64: 0x9f, f32: 0x91 },
  min: { f64: 0xa4, f32: 0x96 },
  max: { f64: 0xa5, f32: 0x97 },
} as const;

function elementwise(scope: Scope, node: Node, inputs: readonly Expression[]): Expression {
  const { expressions } = scope;
  const { apply, constant } = expressions;
  const [x, y] = inputs;
  switch (node.op) {
    case "add":
      return apply(x.type, [opcodes.add[numeric(x)]], x, y);
    case "mul":
      return product(scope, node, x, y);
    case "max":
    case "min":
      return extremum(expressions, node.op, x, y);
    case "idiv":
      if (node.dtype === "uint32") return unsignedDivision(expressions, "divideUnsigned", x, y);
      if (x.type === "i32") return integerDivision(expressions, "div", x, y);
      return apply(x.type, [floatOpcodes.trunc[real(x)]], apply(x.type, [opcodes.div[numeric(x)]], x, y));
    case "mod":
      if (node.dtype === "uint32") return unsignedDivision(expressions, "remainderUnsigned", x, y);
      return x.type === "i32" ? integerDivision(expressions, "mod", x, y) : called(scope, "mod", x, y);
    case "bitcast": {
      const float = apply("f32", [reinterpret], x);
      return node.dtype === "float64" ? promoted(expressions, float) : float;
    }
    case "compare":
      if (node.inputs[0].dtype === "uint32" && node.attributes.op === "less") {
        return apply("i32", [instruction.i32.lessUnsigned], x, y);
      }
      if (node.inputs[0].dtype === "uint32" && node.attributes.op === "less_equal") {
        return apply("i32", [instruction.i32.lessEqualUnsigned], x, y);
      }
      return apply("i32", [opcodes[node.attributes.op as CompareOp][numeric(x)]], x, y);
    case "and":
      return apply("i32", [instruction.i32.and], x, y);
    case "or":
      return apply("i32", [instruction.i32.or], x, y);
    case "where":
      return apply(inputs[1].type, instruction.select, inputs[1], inputs[2], x);
    case "cast":
      return converted(expressions, x, node.inputs[0].dtype, node.dtype);
    case "polygamma":
      return called(scope, "polygamma", constant(x.type, node.attributes.order as number), x);
    case "reciprocal":
      return apply(x.type, [opcodes.div[numeric(x)]], constant(x.type, 1), x);
    case "sqrt":
    case "floor":
    case "ceil":
      return apply(x.type, [floatOpcodes[node.op][real(x)]], x);
    default:
      if (!(node.op in elementaryFunctions)) throw unsupported(node.op);
      return called(scope, node.op as ElementaryName, ...inputs);
  }
}

function unsupported(what: string): UnsupportedPrimitiveError {
  return new UnsupportedPrimitiveError(
    `compileObjective: no wasm rule for primitive "${what}". Use backend: onnx() or jax(), or keep it outside the loss.`,
    what,
  );
}

const numeric = ({ type }: Expression) => type as "f64" | "f32" | "i32";
const real = ({ type }: Expression) => type as "f64" | "f32";

/** x·y, where a reciprocal that nothing else needs makes it a quotient. */
function product(scope: Scope, { inputs }: Node, x: Expression, y: Expression): Expression {
  const { apply } = scope.expressions;
  for (const [numerator, denominator, node] of [
    [x, y, inputs[1]],
    [y, x, inputs[0]],
  ] as const) {
    if (node.op === "reciprocal" && denominator.form === "apply") {
      return apply(x.type, [opcodes.div[numeric(x)]], numerator, denominator.inputs[1]);
    }
  }
  return apply(x.type, [opcodes.mul[numeric(x)]], x, y);
}

export function extremum({ apply }: Expressions, op: "max" | "min", x: Expression, y: Expression): Expression {
  if (x.type !== "i32") return apply(x.type, [floatOpcodes[op][real(x)]], x, y);
  const [first, second] = op === "min" ? [x, y] : [y, x];
  return apply("i32", instruction.select, x, y, apply("i32", [opcodes.less.i32], first, second));
}

/** x/y toward zero and its remainder, which trap in WebAssembly for y = 0 and overflow for y = −1: 0 and ∓x here. */
function integerDivision(
  { apply, constant }: Expressions,
  op: "div" | "mod",
  x: Expression,
  y: Expression,
): Expression {
  const { add, lessEqualUnsigned, remainder: modulo } = instruction.i32;
  const one = constant("i32", 1);
  const zeroOrMinusOne = apply("i32", [lessEqualUnsigned], apply("i32", [add], y, one), one);
  const safe = apply("i32", instruction.select, one, y, zeroOrMinusOne);
  const remainder = apply("i32", [modulo], x, safe);
  if (op === "mod") return remainder;
  const quotient = apply("i32", [opcodes.div.i32], x, safe);
  // y is −1, 0 or neither: x·y is −x, 0 there.
  return apply("i32", instruction.select, apply("i32", [opcodes.mul.i32], x, y), quotient, zeroOrMinusOne);
}

/** The same of unsigned integers, which trap for y = 0 only: ⌊x/1⌋ and x mod 1 there. */
function unsignedDivision(
  { apply, constant }: Expressions,
  op: "divideUnsigned" | "remainderUnsigned",
  x: Expression,
  y: Expression,
): Expression {
  const safe = apply("i32", instruction.select, y, constant("i32", 1), y);
  return apply("i32", [instruction.i32[op]], x, safe);
}

/** A function of the host, in float64; float32 rounds its result. */
function called({ expressions, imported }: Scope, name: ElementaryName, ...inputs: Expression[]): Expression {
  const wide = inputs.map((x) => promoted(expressions, x));
  const result = expressions.apply("f64", [...instruction.call, ...unsigned(imported(name))], ...wide);
  return inputs[0].type === "f32" ? rounded(expressions, result) : result;
}

const conversions = {
  promote: 0xbb,
  demote: 0xb6,
  fromSigned: { f64: 0xb7, f32: 0xb2 },
  fromUnsigned: { f64: 0xb8, f32: 0xb3 },
  toSigned: { f64: 0x02, f32: 0x00 },
  toUnsigned: { f64: 0x03, f32: 0x01 },
} as const;

/** The float32 number of these bits. */
const reinterpret = 0xbe;

/** A float32 number in float64. */
export function promoted({ apply }: Expressions, x: Expression): Expression {
  return x.type === "f32" ? apply("f64", [conversions.promote], x) : x;
}

/** A float64 number rounded to float32. */
export function rounded({ apply }: Expressions, x: Expression): Expression {
  return apply("f32", [conversions.demote], x);
}

function converted(expressions: Expressions, x: Expression, from: ElementType, to: ElementType): Expression {
  const { apply, constant } = expressions;
  const floats = from === "float32" || from === "float64";
  if (to === "bool") return apply("i32", [opcodes.not_equal[numeric(x)]], x, constant(x.type, 0));
  const [toInteger, fromInteger] = [to, from].map((type) => (type === "uint32" ? "Unsigned" : "Signed"));
  if (to === "int32" || to === "uint32") {
    return floats ? apply("i32", [0xfc, conversions[`to${toInteger as "Signed"}`][real(x)]], x) : x;
  }
  if (!floats) {
    return apply(typeOf(to), [conversions[`from${fromInteger as "Signed"}`][to === "float64" ? "f64" : "f32"]], x);
  }
  return to === "float64" ? promoted(expressions, x) : rounded(expressions, x);
}
