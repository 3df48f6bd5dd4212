/**
 * A whole Steihaug–Toint solve as one program: the recurrence of subproblem/steihaug/recurrence.ts over nodes of a graph, the curvature
 * product inside its loop.
 *
 *   (fixed…, g…, a…, settings, [S, Y, R⁻¹]) → s…, p…, numbers, [rows of S and Y, columns of SYᵀ, numbers of the path]      A = diag(a)
 *
 * Vectors are float32 or float64 as the product is; sums end in float64, as do all numbers. Few parameters are one flat vector, since
 * there an operation costs more than its arithmetic; many stay in their tensors. For Gauss–Newton κ = ⟨Jp, H_ℓJp⟩ is known after
 * half of a product, and the lowering leaves out the other half of the last one.
 */
import type { StoppingRule } from "../subproblem/solver.ts";
import {
  type Algebra,
  type CgNumbers,
  type CgState,
  cgNumbers,
  cgSettings,
  conjugateGradients,
  type Direction,
} from "../subproblem/steihaug/recurrence.ts";
import type { Builder } from "./ir/builder.ts";
import { cond, loop, split, undefinedLike } from "./ir/control.ts";
import { elementCount, type Graph, type Node, sameShape } from "./ir/graph.ts";
import { substitute } from "./ir/rebuild.ts";
import { type StagedMemory, stagedLbfgs } from "./staged-lbfgs.ts";

/** Below this many parameters a vector is flat: fewer operations beat the copies to and from the tensors. */
const flatBelow = 2 ** 15;

/** A vector in blocks: one flat one, or those of the parameters' tensors. */
type Blocks = readonly Node[];

/** How vectors lie in the program. */
export interface BlockLayout {
  readonly shapes: readonly (readonly number[])[];
  readonly isFlat: boolean;
}

/** The numbers of a segment of the path, in the order of a row of them. */
export const segmentNumbers: readonly (keyof Direction)[] = ["gamma", "kappa", "ss", "sp", "pp"];

export interface StagedSolve {
  readonly graph: Graph;
  readonly layout: BlockLayout;
}

/** A scalar among the parameters is a block of one number. */
function blocksOf(tensors: readonly { readonly shape: readonly number[] }[], memory: number): BlockLayout {
  const size = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const isFlat = memory > 0 || size < flatBelow;
  const shapes = isFlat ? [[size]] : tensors.map(({ shape }) => (shape.length === 0 ? [1] : shape));
  return { isFlat, shapes };
}

/**
 * @param product - (fixed…, v…) → Bv…, the last inputs being v; then x… and y… if vᵀBv = Σ⟨x, y⟩ is known without Bv.
 * @param memory - m, the number of correction pairs that precondition the solve; 0: none.
 */
export async function stagedSteihaug(
  b: Builder,
  product: Graph,
  tensorCount: number,
  rule: StoppingRule,
  memory: number,
): Promise<StagedSolve> {
  const fixed = product.inputs.slice(0, -tensorCount);
  const tensors = product.inputs.slice(-tensorCount);
  const layout = blocksOf(tensors, memory);
  const { shapes } = layout;
  const type = tensors[0].dtype;
  const g = shapes.map((shape) => b.input("g", shape, type));
  const a = shapes.map((shape) => b.input("a", shape, "float64"));
  const numbers = b.input("settings", [cgSettings.length], "float64");
  const size = elementCount(shapes[0]);
  const pairs: StagedMemory | undefined =
    memory > 0
      ? {
          s: b.input("s", [memory, size], type),
          y: b.input("y", [memory, size], type),
          inverse: b.input("inverse", [memory, memory], "float64"),
        }
      : undefined;

  const algebra = stagedAlgebra(b, product, tensors, layout, { g, a, pairs });
  const scalars = split(
    b,
    numbers,
    cgSettings.map(() => 1),
  ).map((x) => b.reshape(x, []));
  const [radius, stop, gradientNorm, maxProducts] = scalars;
  const end = await conjugateGradients(algebra, { radius, stop, gradientNorm, maxProducts }, rule);
  const path = pairs ? stagedLbfgs(b, pairs).append(algebra.rows(), segmentNumbers.indexOf("kappa")) : [];
  return {
    layout,
    graph: {
      inputs: [...fixed, ...g, ...a, numbers, ...(pairs ? [pairs.s, pairs.y, pairs.inverse] : [])],
      outputs: [
        ...end.s,
        ...end.p,
        row(
          b,
          cgNumbers.map((name) => end[name]),
        ),
        ...path,
      ],
    },
  };
}

/** Numbers side by side. */
function row(b: Builder, numbers: readonly Node[]): Node {
  return b.concatenate(
    numbers.map((x) => b.reshape(x, [1])),
    0,
  );
}

interface StagedModel {
  readonly g: Blocks;
  readonly a: Blocks;
  readonly pairs: StagedMemory | undefined;
}

/** Nodes as vectors and numbers; `rows` of a loop that is written: p, q and the numbers of its turns. */
function stagedAlgebra(
  b: Builder,
  product: Graph,
  tensors: readonly Node[],
  { isFlat, shapes }: BlockLayout,
  { g, a, pairs }: StagedModel,
): Algebra<Blocks, Node, Node> & { rows(): readonly Node[] } {
  const sizes = tensors.map(({ shape }) => elementCount(shape));
  const type = tensors[0].dtype;
  const narrow = (x: Node) => b.cast(x, type);
  // The bare primitives: the rules of the builder would float scalars out, to where they cost a pass a product.
  const plus = (x: Node, y: Node) => b.binary("add", x, y);
  const times = (x: Node, y: Node) => b.binary("mul", x, y);
  const each = (f: (x: Node, y: Node) => Node, x: Blocks, y: Blocks | Node): Node[] =>
    x.map((block, i) => f(block, Array.isArray(y) ? y[i] : (y as Node)));
  const minus = (x: Blocks) => x.map((block) => b.scale(block, -1));

  /** Σ xᵢyᵢ. Large blocks in two levels: over the last axes in the vectors' type, then in float64. */
  const dot = (x: Blocks, y: Blocks): Node =>
    each(times, x, y)
      .map((products) => {
        const axes = products.shape.map((_, axis) => axis);
        const rows = isFlat ? products : b.sum(products, axes.slice(1));
        return b.sum(b.cast(rows, "float64"), rows.shape.length > 0 ? [0] : []);
      })
      .reduce(plus);

  const diagonal = a.map(narrow);
  const inverse = diagonal.map((x) => b.unary("reciprocal", x));
  const preconditionPairs = pairs && stagedLbfgs(b, pairs).preconditioner(inverse[0]);
  const precondition = (r: Blocks): Blocks => (preconditionPairs ? [preconditionPairs(r[0])] : each(times, r, inverse));
  const innerProducts = (s: Blocks, p: Blocks) => {
    const Ap = each(times, p, diagonal);
    return { ss: dot(s, each(times, s, diagonal)), sp: dot(s, Ap), pp: dot(p, Ap) };
  };

  const toTensors = (v: Blocks): Node[] => {
    const pieces = isFlat ? split(b, v[0], sizes) : v;
    return pieces.map((piece, i) => b.reshape(piece, tensors[i].shape));
  };
  // As it is: the builder would take the factor of a product out of it, which the lowering makes a factor of Gemm.
  const bareReshape = (x: Node, shape: readonly number[]) =>
    sameShape(x.shape, shape) ? x : b.make("reshape", [x], {}, shape, x.dtype);
  const toBlocks = (list: readonly Node[]): Blocks => {
    if (!isFlat) return list.map((x, i) => bareReshape(x, shapes[i]));
    return [
      b.concatenate(
        list.map((x, i) => bareReshape(x, [sizes[i]])),
        0,
      ),
    ];
  };

  let collected: readonly Node[] = [];
  let rows: readonly Node[] = [];
  const flatten = (state: CgState<Blocks, Node>): Node[] => [
    ...state.s,
    ...state.r,
    ...state.p,
    ...cgNumbers.map((name) => state[name]),
  ];
  const unflatten = (nodes: readonly Node[]): CgState<Blocks, Node> => {
    const n = shapes.length;
    const [s, r, p] = [0, 1, 2].map((k) => nodes.slice(k * n, (k + 1) * n));
    const numbers = Object.fromEntries(cgNumbers.map((name, i) => [name, nodes[3 * n + i]]));
    return { s, r, p, ...(numbers as CgNumbers<Node>) };
  };

  return {
    number: (value) => b.scalar(value, "float64"),
    add: plus,
    mul: times,
    div: (x, y) => times(x, b.unary("reciprocal", y)),
    less: (x, y) => b.compare("less", x, y),
    and: (x, y) => b.logical("and", x, y),
    truth: (value) => b.scalar(Number(value), "bool"),
    unread: <X extends Blocks | Node>(like: X): X =>
      (Array.isArray(like) ? like.map((x) => undefinedLike(b, x)) : undefinedLike(b, like as Node)) as X,
    start() {
      const v = precondition(g);
      const [p, gamma] = [minus(v), dot(g, v)];
      const s = g.map((x) => b.full(0, x.shape, type));
      return { s, r: g, p, gamma, pp: pairs ? innerProducts(p, p).pp : gamma };
    },
    product(p) {
      const inputs = new Map(toTensors(p).map((x, i) => [tensors[i], x]));
      const outputs = substitute(b, product.outputs, inputs);
      const q = toBlocks(outputs.slice(0, tensors.length));
      const form = isFlat ? [] : outputs.slice(tensors.length);
      const half = form.length / 2;
      return { q, kappa: half > 0 ? dot(form.slice(0, half), form.slice(half)) : dot(p, q) };
    },
    residual(alpha, q, r) {
      const next = each(plus, r, each(times, q, narrow(alpha)));
      const v = precondition(next);
      return { r: next, v, gamma: dot(next, v), square: () => dot(next, next) };
    },
    advance(alpha, beta, { s, p }, v) {
      return {
        s: each(plus, s, each(times, p, narrow(alpha))),
        p: each(plus, each(times, p, narrow(beta)), minus(v)),
      };
    },
    innerProducts,
    recursInnerProducts: !pairs,
    collect({ p, q, ...numbers }) {
      if (pairs)
        collected = [
          ...p,
          ...q,
          row(
            b,
            segmentNumbers.map((name) => numbers[name]),
          ),
        ];
    },
    async cond(test, yes, no) {
      const sides = await Promise.all([yes(), no()]);
      const [x, y] = sides.map(({ state, continues }) => [...flatten(state), continues]);
      const chosen = cond(b, test, x, y);
      return { state: unflatten(chosen), continues: chosen[chosen.length - 1] };
    },
    async loop(enters, initial, turn) {
      const start = flatten(initial);
      const inputs = start.map(({ shape, dtype }) => b.input("state", shape, dtype));
      const { state, continues } = await turn(unflatten(inputs));
      const results = loop(b, enters, start, { inputs, outputs: [continues, ...flatten(state), ...collected] });
      rows = results.slice(start.length);
      return unflatten(results);
    },
    rows: () => rows,
  };
}
