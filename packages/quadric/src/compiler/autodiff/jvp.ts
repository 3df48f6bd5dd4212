/**
 * Forward differentiation: the tangent of a function along tangents of its inputs.
 *
 *   y = f(x₁, …, x_n)   ↦   ẏ = Σ ∂f/∂x_i · ẋ_i
 *
 * One rule a primitive. A tangent that is zero is `undefined`, never a tensor of zeros.
 */
import type { Builder } from "../ir/builder.ts";
import { call, isCallResult, remembered } from "../ir/call.ts";
import {
  type ConvOp,
  geometryOf,
  type Node,
  type Op,
  reachable,
  triangleOf,
  type UnaryOp,
  windowsOf,
} from "../ir/graph.ts";
import { choleskyTangent, luTangent, movedTriangle, triangularSolve } from "../ir/rules/factors.ts";
import { polygamma } from "../ir/rules/polygamma.ts";
import { areDisjoint, extremumTangent, reducesWindows } from "../ir/rules/pool.ts";

type Tangent = Node | undefined;

/** f′(x) for y = f(x). */
const unaryDerivative: Record<UnaryOp, ((b: Builder, x: Node, y: Node) => Node) | undefined> = {
  exp: (_b, _x, y) => y,
  log: (b, x) => b.unary("reciprocal", x),
  reciprocal: (b, _x, y) => b.scale(b.mul(y, y), -1),
  sqrt: (b, _x, y) => b.scale(b.unary("reciprocal", y), 0.5),
  sin: (b, x) => b.unary("cos", x),
  cos: (b, x) => b.scale(b.unary("sin", x), -1),
  asin: (b, x) => b.unary("reciprocal", b.unary("sqrt", oneMinus(b, b.mul(x, x)))),
  atan: (b, x) => b.unary("reciprocal", b.add(b.mul(x, x), b.scalar(1, x.dtype))),
  tanh: (b, _x, y) => oneMinus(b, b.mul(y, y)),
  sigmoid: (b, _x, y) => b.mul(y, oneMinus(b, y)),
  softplus: (b, x) => b.unary("sigmoid", x),
  erf: (b, x) => b.scale(b.unary("exp", b.scale(b.mul(x, x), -1)), 2 / Math.sqrt(Math.PI)),
  erfc: (b, x) => b.scale(b.unary("exp", b.scale(b.mul(x, x), -1)), -2 / Math.sqrt(Math.PI)),
  floor: undefined,
  ceil: undefined,
};

function oneMinus(b: Builder, x: Node): Node {
  return b.add(b.scale(x, -1), b.scalar(1, x.dtype));
}

function sumTangents(b: Builder, ...terms: Tangent[]): Tangent {
  return terms.reduce((total, term) => (total && term ? b.add(total, term) : (total ?? term)));
}

/** The tangent of one node from the tangents of its inputs, of which at least one is not zero. */
type Rule = (b: Builder, node: Node, tangents: readonly Tangent[]) => Tangent;

/** x̄ = 0 for every input: piecewise constant or not differentiable. */
const constant: Rule = () => undefined;

/** Applies the primitive itself to the tangent of its first input; the others (indices) are not differentiated. */
const linearInFirst: Rule = (b, node, [dx]) =>
  dx && b.linear(node.op, dx, node.inputs.slice(1), node.attributes, node.shape);

/** max and min: the tangent of whichever argument is taken; of the first if they are equal, as jax-js has it. */
const select =
  (takesSecond: (b: Builder, x: Node, y: Node) => Node): Rule =>
  (b, node, [dx, dy]) =>
    choose(b, takesSecond(b, node.inputs[0], node.inputs[1]), dy, dx, node);

/** The tangent of a choice between two; of one alone by a factor of 0 and 1, which merges with others. */
function choose(b: Builder, condition: Node, dx: Tangent, dy: Tangent, node: Node): Tangent {
  if (dx && dy) return b.expand(b.where(condition, dx, dy), node.shape);
  const only = dx ?? dy;
  const factor = dx ? condition : b.not(condition);
  return only && b.expand(b.mul(b.cast(factor, node.dtype), only), node.shape);
}

/** Convolutions are linear in each operand. */
const convolution: Rule = (b, node, [dx, dy]) => {
  const [x, y] = node.inputs;
  const along = (p: Node, q: Node) => b.conv(node.op as ConvOp, p, q, geometryOf(node), node.shape);
  return sumTangents(b, dx && along(dx, y), dy && along(x, dy));
};

const rules: Partial<Record<Op, Rule>> = {
  add: (b, node, [dx, dy]) => {
    const sum = sumTangents(b, dx, dy);
    return sum && b.expand(sum, node.shape);
  },
  // d(xy) = y·dx + x·dy
  mul: (b, node, [dx, dy]) => {
    const [x, y] = node.inputs;
    const sum = sumTangents(b, dx && b.mul(dx, y), dy && b.mul(x, dy));
    return sum && b.expand(sum, node.shape);
  },
  max: select((b, x, y) => b.compare("less", x, y)),
  min: select((b, x, y) => b.compare("less", y, x)),
  // x mod y = x − y·trunc(x/y)
  mod: (b, node, [dx, dy]) => {
    const quotient = b.binary("idiv", node.inputs[0], node.inputs[1]);
    return sumTangents(b, dx && b.expand(dx, node.shape), dy && b.scale(b.mul(dy, quotient), -1));
  },
  // d xʸ = y·xʸ⁻¹·dx + xʸ·log x·dy. Where x = 0 the second term is 0, as its limit is; where y is 0 too, so is the first.
  pow: (b, node, [dx, dy]) => {
    const [x, y] = node.inputs;
    const [zero, one] = [b.scalar(0, x.dtype), b.scalar(1, x.dtype)];
    const isZero = b.compare("equal", x, zero);
    const isNeither = b.logical("and", isZero, b.compare("equal", y, zero));
    const power = () => b.pow(b.where(isNeither, one, x), b.add(y, b.scalar(-1, x.dtype)));
    const logarithm = () => b.unary("log", b.where(isZero, one, x));
    return sumTangents(
      b,
      dx && b.expand(b.mul(b.mul(y, power()), dx), node.shape),
      dy && b.expand(b.mul(b.mul(node, logarithm()), dy), node.shape),
    );
  },
  // d atan2(y, x) = (x·dy − y·dx)/(x² + y²)
  atan2: (b, node, [dy, dx]) => {
    const [y, x] = node.inputs;
    const inverse = b.unary("reciprocal", b.add(b.mul(x, x), b.mul(y, y)));
    return sumTangents(
      b,
      dy && b.expand(b.mul(b.mul(x, inverse), dy), node.shape),
      dx && b.expand(b.scale(b.mul(b.mul(y, inverse), dx), -1), node.shape),
    );
  },
  where: (b, node, [, dx, dy]) => choose(b, node.inputs[0], dx, dy, node),
  cast: (b, node, [dx]) => (isFloat(node) && isFloat(node.inputs[0]) && dx ? b.cast(dx, node.dtype) : undefined),
  reduce: (b, node, [dx]) => {
    const [x] = node.inputs;
    const axes = node.attributes.axes as number[];
    if (!dx) return undefined;
    if (node.attributes.op === "sum") return b.sum(dx, axes);
    if (dx.op === "pool" && reducesWindows(x, axes) && areDisjoint(windowsOf(x))) {
      return extremumTangent(b, node, dx.inputs[0]);
    }
    const kept = b.reshape(
      node,
      x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
    );
    // max, min: the mean over all that attain it, as jax-js has it.
    const attains = b.cast(b.compare("equal", x, kept), x.dtype);
    return b.mul(b.sum(b.mul(attains, dx), axes), b.unary("reciprocal", b.sum(attains, axes)));
  },
  matmul: (b, node, [dx, dy]) => {
    const [x, y] = node.inputs;
    const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
    return sumTangents(b, dx && b.matmul(dx, y, transposeA, transposeB), dy && b.matmul(x, dy, transposeA, transposeB));
  },
  conv: convolution,
  conv_input: convolution,
  conv_kernel: convolution,
  expand: (b, node, [dx]) => dx && b.expand(dx, node.shape),
  reshape: (b, node, [dx]) => dx && b.reshape(dx, node.shape),
  transpose: (b, node, [dx]) => dx && b.transpose(dx, node.attributes.perm as number[]),
  slice: (b, node, [dx]) => dx && b.slice(dx, node.attributes.begin as number[], node.attributes.end as number[]),
  pad: (b, node, [dx]) => dx && b.pad(dx, node.attributes.width as [number, number][]),
  flip: (b, node, [dx]) => dx && b.flip(dx, node.attributes.axes as number[]),
  concatenate: (b, node, tangents) => {
    const parts = node.inputs.map((x, i) => tangents[i] ?? b.full(0, x.shape, x.dtype));
    return b.concatenate(parts, node.attributes.axis as number);
  },
  gather: linearInFirst,
  scatter_add: linearInFirst,
  pool: linearInFirst,
  pool_transpose: linearInFirst,
  cholesky: (b, node, [dA]) => dA && choleskyTangent(b, node, dA),
  lu: (b, node, [dA]) => dA && luTangent(b, node, dA),
  // AX = B:  A·dX = dB − dA·X
  triangular_solve: (b, node, [dB, dA]) => {
    const moved = dA && movedTriangle(b, dA, node);
    const right = sumTangents(b, dB, moved && b.scale(moved, -1));
    return right && triangularSolve(b, node.inputs[1], right, triangleOf(node));
  },
  polygamma: (b, { inputs, attributes }, [dx]) =>
    dx && b.mul(polygamma(b, (attributes.order as number) + 1, inputs[0]), dx),
  argsort: constant,
  random_bits: constant,
  bitcast: constant,
  compare: constant,
  and: constant,
  or: constant,
  idiv: constant,
  stop_gradient: constant,
};

function isFloat({ dtype }: Node): boolean {
  return dtype === "float32" || dtype === "float64";
}

function tangentOf(b: Builder, node: Node, tangents: readonly Tangent[]): Tangent {
  if (node.op in unaryDerivative) {
    const derivative = unaryDerivative[node.op as UnaryOp];
    return derivative && b.mul(derivative(b, node.inputs[0], node), tangents[0]!);
  }
  const rule = rules[node.op];
  if (!rule) throw new Error(`internal: no derivative of "${node.op}".`);
  return rule(b, node, tangents);
}

/** The tangents of a call's results, by one function of (x…, ẋ…) for all calls whose arguments move alike. */
function callTangents(b: Builder, { body, inputs }: Node, incoming: readonly Tangent[]): Tangent[] {
  const { inputs: xs, outputs } = body!;
  const moves = incoming.map((tangent) => tangent !== undefined);
  const { f, moved } = remembered(body!, `tangent ${moves}`, () => {
    const directions = new Map(
      xs.flatMap((x, i) => (moves[i] ? [[x, b.input("tangent", x.shape, x.dtype)] as const] : [])),
    );
    const tangents = jvp(b, outputs, directions);
    const live = tangents.filter((tangent) => tangent !== undefined);
    return {
      f: { inputs: [...xs, ...directions.values()], outputs: live },
      moved: tangents.map((tangent) => tangent && live.indexOf(tangent)),
    };
  });
  if (f.outputs.length === 0) return moved.map(() => undefined);
  const results = call(b, f, [...inputs, ...incoming.filter((tangent) => tangent !== undefined)]);
  return moved.map((place) => (place === undefined ? undefined : results[place]));
}

/**
 * Tangents of `outputs` when the nodes in `seeds` move by the tangents given there; undefined where an output does not
 * depend on them.
 */
export function jvp(b: Builder, outputs: readonly Node[], seeds: ReadonlyMap<Node, Node>): Tangent[] {
  const tangents = new Map<Node, Tangent>(seeds);
  const ofCalls = new Map<Node, readonly Tangent[]>();
  for (const node of reachable(outputs)) {
    if (tangents.has(node)) continue;
    if (isCallResult(node)) tangents.set(node, ofCalls.get(node.inputs[0])?.[node.attributes.index as number]);
    const incoming = node.inputs.map((input) => tangents.get(input));
    if (incoming.every((tangent) => tangent === undefined)) continue;
    if (node.op === "call") ofCalls.set(node, callTangents(b, node, incoming));
    else tangents.set(node, tangentOf(b, node, incoming));
  }
  return outputs.map((output) => tangents.get(output));
}
