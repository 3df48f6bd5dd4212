/**
 * The three convolutions of ir/rules/conv.ts, straight from their sum:
 *
 *   T(x, k, y) = Σ  y[n, g·M + m, o] · k[g·M + m, c, t] · x̂[n, g·C + c, s·o + d·t]
 *
 * x̂ is x with zeros around it, shifted by the padding p: exactly the places that are read.
 */
import { type ConvGeometry, type ElementType, elementCount, geometryOf, type Node } from "../../ir/graph.ts";
import { elementOf, promoted, rounded, type Scope } from "./elements.ts";
import {
  type Affine,
  type Buffer,
  combine,
  type Expressions,
  makeExpressions,
  rowMajor,
  valueType,
} from "./expression.ts";
import { counters, multiplied, nest, type Rule, reduction, type Step, type Surroundings } from "./nests.ts";

interface Sizes {
  readonly batch: number;
  readonly groups: number;
  /** M and C, of one group. */
  readonly features: number;
  readonly channels: number;
  readonly input: readonly number[];
  readonly taps: readonly number[];
  readonly output: readonly number[];
  /** The shape of x̂. */
  readonly padded: readonly number[];
}

function sizesOf({ strides, dilations, groups }: ConvGeometry, x: Node, k: Node, y: Node): Sizes {
  const [taps, output] = [k.shape.slice(2), y.shape.slice(2)];
  const read = strides.map((s, i) => (output[i] - 1) * s + (taps[i] - 1) * dilations[i] + 1);
  return {
    batch: x.shape[0],
    groups,
    features: k.shape[0] / groups,
    channels: k.shape[1],
    input: x.shape.slice(2),
    taps,
    output,
    padded: [...x.shape.slice(0, 2), ...read],
  };
}

/** Which elements of x are in x̂: from `begin` of x and `place` of x̂ on, `count` along every spatial axis. */
function overlap({ padding }: ConvGeometry, { input, padded }: Sizes) {
  const place = padding.map((p) => Math.max(0, p));
  const begin = padding.map((p) => Math.max(0, -p));
  const count = padding.map((p, i) => Math.max(0, Math.min(padded[i + 2], input[i] + p) - place[i]));
  return { place, begin, count };
}

const shifted = (index: readonly Affine[], by: readonly number[]) =>
  index.map((at, i) => combine([[1, at]], i < 2 ? 0 : by[i - 2]));

function padInput(surroundings: Surroundings, x: Node, geometry: ConvGeometry, sizes: Sizes): [Buffer, Step[]] {
  const { padded } = sizes;
  const target = surroundings.scratch(elementCount(padded), x.dtype);
  const scope = { ...surroundings, expressions: makeExpressions() };
  const { place, begin, count: common } = overlap(geometry, sizes);
  const index = counters(scope.expressions, padded.length);
  const value = elementOf(scope, x, shifted(index, begin));
  const loops = [...padded.slice(0, 2), ...common];
  return [
    target,
    [{ kind: "fill", target }, nest(scope, loops, value, target, rowMajor(padded, shifted(index, place)))],
  ];
}

/** Counters of the loops over all that the sum runs over, by the order of the names. */
function places(expressions: Expressions, { strides, dilations }: ConvGeometry, sizes: Sizes, order: string) {
  const { batch, groups, features, channels, taps, output } = sizes;
  const extents: Record<string, readonly number[]> = {
    n: [batch],
    g: [groups],
    m: [features],
    c: [channels],
    o: output,
    t: taps,
  };
  const loops: number[] = [];
  const at: Record<string, Affine[]> = {};
  for (const name of order) {
    at[name] = counters(expressions, extents[name].length, loops.length);
    loops.push(...extents[name]);
  }
  const [[n], [g], [m], [c]] = [at.n, at.g, at.m, at.c];
  const feature = combine([[features, g], [1, m]]); // biome-ignore format: a sum
  const channel = combine([[channels, g], [1, c]]); // biome-ignore format: a sum
  return {
    loops,
    x: [n, channel, ...strides.map((s, i) => combine([[s, at.o[i]], [dilations[i], at.t[i]]]))], // biome-ignore format: a sum
    k: [feature, c, ...at.t],
    y: [n, feature, ...at.o],
  };
}

export const conv: Rule = (surroundings, node, target) => {
  const [x, k] = node.inputs;
  const geometry = geometryOf(node);
  const sizes = sizesOf(geometry, x, k, node);
  const [padded, steps] = padInput(surroundings, x, geometry, sizes);
  const scope = { ...surroundings, expressions: makeExpressions() };
  const at = places(scope.expressions, geometry, sizes, "ngmoct");
  const left = scope.expressions.load(padded, rowMajor(sizes.padded, at.x));
  const element = multiplied(scope.expressions, left, elementOf(scope, k, at.k));
  const from = 3 + sizes.output.length;
  return [...steps, reduction(scope, "sum", at.loops, from, element, target)];
};

export const convKernel: Rule = (surroundings, node, target) => {
  const [x, y] = node.inputs;
  const geometry = geometryOf(node);
  const sizes = sizesOf(geometry, x, node, y);
  const [padded, steps] = padInput(surroundings, x, geometry, sizes);
  const scope = { ...surroundings, expressions: makeExpressions() };
  const at = places(scope.expressions, geometry, sizes, "gmctno");
  const left = scope.expressions.load(padded, rowMajor(sizes.padded, at.x));
  const element = multiplied(scope.expressions, left, elementOf(scope, y, at.y));
  return [...steps, reduction(scope, "sum", at.loops, 3 + sizes.taps.length, element, target)];
};

export const convInput: Rule = (surroundings, node, target) => {
  const [y, k] = node.inputs;
  const geometry = geometryOf(node);
  const sizes = sizesOf(geometry, node, k, y);
  const sums = surroundings.scratch(elementCount(sizes.padded), "float64");
  const scope = { ...surroundings, expressions: makeExpressions() };
  const at = places(scope.expressions, geometry, sizes, "ngmoct");
  const element = multiplied(scope.expressions, elementOf(scope, y, at.y), elementOf(scope, k, at.k));
  const spread = nest(scope, at.loops, promoted(scope.expressions, element), sums, rowMajor(sizes.padded, at.x), true);
  return [{ kind: "fill", target: sums }, spread, ...cropped(surroundings, node, geometry, sizes, sums, target)];
};

/** x from the sums over the places of x̂; what no window reaches is zero. */
function cropped(
  surroundings: Surroundings,
  { shape, dtype }: Node,
  geometry: ConvGeometry,
  sizes: Sizes,
  sums: Buffer,
  target: Buffer,
): Step[] {
  const { place, begin, count: common } = overlap(geometry, sizes);
  const scope: Scope = { ...surroundings, expressions: makeExpressions() };
  const index = counters(scope.expressions, shape.length);
  const sum = scope.expressions.load(sums, rowMajor(sizes.padded, shifted(index, place)));
  const value = narrowed(scope, sum, dtype);
  const loops = [...shape.slice(0, 2), ...common];
  return [{ kind: "fill", target }, nest(scope, loops, value, target, rowMajor(shape, shifted(index, begin)))];
}

const narrowed = ({ expressions }: Scope, x: ReturnType<typeof promoted>, dtype: ElementType) =>
  x.type === valueType[dtype] ? x : rounded(expressions, x);
