/**
 * A whole Steihaug–Toint solve as one program: the recurrence of subproblem/steihaug/recurrence.ts over nodes of a
 * graph, the curvature product inside its loop.
 *
 *   (fixed…, g…, a…, settings, [S, Y, R⁻¹]) → s…, p…, numbers, [rows of S and Y, columns of SYᵀ, numbers of the path]
 *
 * with A = diag(a). Vectors are float32 or float64 as the product is and lie in blocks (staged-blocks.ts); sums end in
 * float64, as do all numbers. For Gauss–Newton κ = ⟨Jp, H_ℓJp⟩ is known after half of a product, and the lowering
 * leaves out the other half of the last one.
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
import { elementCount, type Graph, type Node } from "./ir/graph.ts";
import { substitute } from "./ir/rebuild.ts";
import { type BlockLayout, type Blocks, blockLayout, blockOperations } from "./staged-blocks.ts";
import { type StagedMemory, stagedLbfgs } from "./staged-lbfgs.ts";

/** The numbers of a segment of the path, in the order of a row of them. */
export const segmentNumbers: readonly (keyof Direction)[] = ["gamma", "kappa", "ss", "sp", "pp"];

export interface StagedSolve {
  readonly graph: Graph;
  readonly layout: BlockLayout;
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
  const layout = blockLayout(tensors, memory > 0);
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

/** The state of the loop as a list of nodes, and back. */
function flatten({ s, r, p, ...numbers }: CgState<Blocks, Node>): Node[] {
  return [...s, ...r, ...p, ...cgNumbers.map((name) => numbers[name])];
}

function unflatten(nodes: readonly Node[]): CgState<Blocks, Node> {
  const blocks = (nodes.length - cgNumbers.length) / 3;
  const [s, r, p] = [0, 1, 2].map((k) => nodes.slice(k * blocks, (k + 1) * blocks));
  const numbers = Object.fromEntries(cgNumbers.map((name, i) => [name, nodes[3 * blocks + i]]));
  return { s, r, p, ...(numbers as CgNumbers<Node>) };
}

/** Nodes as vectors and numbers; `rows` of a loop that is written: p, q and the numbers of its turns. */
function stagedAlgebra(
  b: Builder,
  product: Graph,
  tensors: readonly Node[],
  layout: BlockLayout,
  { g, a, pairs }: StagedModel,
): Algebra<Blocks, Node, Node> & { rows(): readonly Node[] } {
  const type = tensors[0].dtype;
  const narrow = (x: Node) => b.cast(x, type);
  const { each, plus, times, minus, dot, toTensors, toBlocks } = blockOperations(b, tensors, layout);
  const diagonal = a.map(narrow);
  const inverse = diagonal.map((x) => b.unary("reciprocal", x));
  const preconditionPairs = pairs && stagedLbfgs(b, pairs).preconditioner(inverse[0]);
  const precondition = (r: Blocks): Blocks => (preconditionPairs ? [preconditionPairs(r[0])] : each(times, r, inverse));
  const innerProducts = (s: Blocks, p: Blocks) => {
    const Ap = each(times, p, diagonal);
    return { ss: dot(s, each(times, s, diagonal)), sp: dot(s, Ap), pp: dot(p, Ap) };
  };

  let collected: readonly Node[] = [];
  let rows: readonly Node[] = [];
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
      const form = layout.isFlat ? [] : outputs.slice(tensors.length);
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
      return { state: unflatten(chosen.slice(0, -1)), continues: chosen[chosen.length - 1] };
    },
    async loop(enters, initial, turn) {
      const start = flatten(initial);
      const inputs = start.map(({ shape, dtype }) => b.input("state", shape, dtype));
      const { state, continues } = await turn(unflatten(inputs));
      const results = loop(b, enters, start, { inputs, outputs: [continues, ...flatten(state), ...collected] });
      rows = results.slice(start.length);
      return unflatten(results.slice(0, start.length));
    },
    rows: () => rows,
  };
}
