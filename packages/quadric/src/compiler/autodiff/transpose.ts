/**
 * Transposition of linear functions: from v ↦ Jv to u ↦ Jᵀu, which turns forward into reverse differentiation.
 *
 * One rule a primitive that is linear in the arguments that depend on v; the others are constants of the function.
 */
import type { Builder } from "../ir/builder.ts";
import { call, isCallResult, remembered } from "../ir/call.ts";
import { dependents, type Node, type Op, reachable, sameShape, triangleOf } from "../ir/graph.ts";
import { convCotangent } from "../ir/rules/conv.ts";
import { triangularSolve } from "../ir/rules/factors.ts";

/** The cotangents that a node hands to its inputs; asked for only where `isLinear` holds. */
type Rule = (b: Builder, node: Node, cotangent: Node, isLinear: readonly boolean[]) => readonly (Node | undefined)[];

/** Sums a cotangent over the axes along which its argument was broadcast. */
export function unbroadcast(b: Builder, cotangent: Node, shape: readonly number[]): Node {
  if (sameShape(cotangent.shape, shape)) return cotangent;
  const offset = cotangent.shape.length - shape.length;
  const axes = cotangent.shape.flatMap((n, i) => (i < offset || (shape[i - offset] === 1 && n !== 1) ? [i] : []));
  return b.reshape(b.sum(cotangent, axes), shape);
}

const convolution: Rule = (b, node, u, isLinear) =>
  ([0, 1] as const).map((i) => (isLinear[i] ? convCotangent(b, node, u, i) : undefined));

const rules: Partial<Record<Op, Rule>> = {
  add: (b, node, u) => node.inputs.map((x) => unbroadcast(b, u, x.shape)),
  mul: (b, node, u) => {
    const [x, y] = node.inputs;
    return [unbroadcast(b, b.mul(u, y), x.shape), unbroadcast(b, b.mul(u, x), y.shape)];
  },
  where: (b, node, u) => {
    const [condition, x, y] = node.inputs;
    const part = (factor: Node) => b.mul(b.cast(factor, node.dtype), u);
    return [undefined, unbroadcast(b, part(condition), x.shape), unbroadcast(b, part(b.not(condition)), y.shape)];
  },
  cast: (b, node, u) => [b.cast(u, node.inputs[0].dtype)],
  reduce: (b, node, u) => {
    const [x] = node.inputs;
    const axes = node.attributes.axes as number[];
    return [
      b.expand(
        b.reshape(
          u,
          x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
        ),
        x.shape,
      ),
    ];
  },
  // Y = op(A)·op(B):  Ā = U·op(B)ᵀ, transposed once more when A was;  B̄ = op(A)ᵀ·U likewise.
  matmul: (b, node, u, isLinear) => {
    const [x, y] = node.inputs;
    const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
    const toA = () => (transposeA ? b.matmul(y, u, transposeB, true) : b.matmul(u, y, false, !transposeB));
    const toB = () => (transposeB ? b.matmul(u, x, true, transposeA) : b.matmul(x, u, !transposeA, false));
    return [isLinear[0] ? toA() : undefined, isLinear[1] ? toB() : undefined];
  },
  conv: convolution,
  conv_input: convolution,
  conv_kernel: convolution,
  expand: (b, node, u) => [unbroadcast(b, u, node.inputs[0].shape)],
  reshape: (b, node, u) => [b.reshape(u, node.inputs[0].shape)],
  transpose: (b, node, u) => {
    const perm = node.attributes.perm as number[];
    return [
      b.transpose(
        u,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ];
  },
  slice: (b, node, u) => {
    const { begin, end } = node.attributes as { begin: number[]; end: number[] };
    return [
      b.pad(
        u,
        node.inputs[0].shape.map((n, i) => [begin[i], n - end[i]] as const),
      ),
    ];
  },
  pad: (b, node, u) => {
    const width = node.attributes.width as [number, number][];
    return [
      b.slice(
        u,
        width.map(([before]) => before),
        node.shape.map((n, i) => n - width[i][1]),
      ),
    ];
  },
  flip: (b, node, u) => [b.flip(u, node.attributes.axes as number[])],
  concatenate: (b, node, u) => {
    const axis = node.attributes.axis as number;
    let start = 0;
    return node.inputs.map((x) => {
      const begin = x.shape.map((_, i) => (i === axis ? start : 0));
      start += x.shape[axis];
      return b.slice(
        u,
        begin,
        x.shape.map((n, i) => (i === axis ? start : n)),
      );
    });
  },
  gather: (b, node, u) => [b.linear("scatter_add", u, node.inputs.slice(1), node.attributes, node.inputs[0].shape)],
  scatter_add: (b, node, u) => [b.linear("gather", u, node.inputs.slice(1), node.attributes, node.inputs[0].shape)],
  pool: (b, node, u) => [b.linear("pool_transpose", u, [], node.attributes, node.inputs[0].shape)],
  pool_transpose: (b, node, u) => [b.linear("pool", u, [], node.attributes, node.inputs[0].shape)],
  // X = A⁻¹B:  B̄ = A⁻ᵀU
  triangular_solve: (b, node, u) => {
    const triangle = triangleOf(node);
    return [triangularSolve(b, node.inputs[1], u, { ...triangle, transposed: !triangle.transposed })];
  },
};

/** The cotangents of a call's arguments, by one function of what it is not linear in and the cotangents that there are. */
function callCotangents(
  b: Builder,
  { body, inputs }: Node,
  cotangents: readonly (Node | undefined)[],
  isLinear: readonly boolean[],
): (Node | undefined)[] {
  const { inputs: xs, outputs } = body!;
  const given = outputs.map((_, k) => cotangents[k] !== undefined);
  const f = remembered(body!, `transpose ${isLinear} ${given}`, () => {
    const ys = outputs.filter((_, k) => given[k]);
    const us = ys.map(({ shape, dtype }) => b.input("cotangent", shape, dtype));
    const linear = xs.filter((_, i) => isLinear[i]);
    return {
      inputs: [...xs.filter((_, i) => !isLinear[i]), ...us],
      outputs: transposeLinear(b, ys, us, linear),
    };
  });
  const results = call(b, f, [
    ...inputs.filter((_, i) => !isLinear[i]),
    ...cotangents.filter((cotangent) => cotangent !== undefined),
  ]);
  let next = 0;
  return isLinear.map((is) => (is ? results[next++] : undefined));
}

/**
 * Σ_k Jₖᵀuₖ with respect to `inputs`, of which the `outputs` are a linear function; an output that is undefined is
 * zero.
 */
export function transposeLinear(
  b: Builder,
  outputs: readonly (Node | undefined)[],
  cotangents: readonly Node[],
  inputs: readonly Node[],
): Node[] {
  const live = outputs.filter((output) => output !== undefined);
  const nodes = reachable(live);
  const linear = dependents(nodes, inputs);
  const sums = new Map<Node, Node>();
  const accumulate = (node: Node, cotangent: Node) => {
    const sum = sums.get(node);
    sums.set(node, sum === undefined ? cotangent : b.add(sum, cotangent));
  };
  outputs.forEach((output, k) => {
    if (output !== undefined && linear.has(output)) accumulate(output, b.expand(cotangents[k], output.shape));
  });
  const ofCalls = new Map<Node, (Node | undefined)[]>();
  function contributions(node: Node, isLinear: readonly boolean[]): readonly (Node | undefined)[] {
    const ofResults = ofCalls.get(node);
    if (ofResults) return callCotangents(b, node, ofResults, isLinear);
    const cotangent = sums.get(node);
    if (cotangent === undefined || node.op === "input") return [];
    if (isCallResult(node)) {
      const known = ofCalls.get(node.inputs[0]) ?? [];
      known[node.attributes.index as number] = cotangent;
      ofCalls.set(node.inputs[0], known);
      return [];
    }
    const rule = rules[node.op];
    if (!rule) throw new Error(`internal: "${node.op}" is not linear.`);
    return rule(b, node, cotangent, isLinear);
  }
  for (const node of nodes.toReversed()) {
    const isLinear = node.inputs.map((x) => linear.has(x));
    contributions(node, isLinear).forEach((contribution, i) => {
      if (contribution !== undefined && isLinear[i]) accumulate(node.inputs[i], contribution);
    });
  }
  return inputs.map((x) => sums.get(x) ?? b.full(0, x.shape, x.dtype));
}
