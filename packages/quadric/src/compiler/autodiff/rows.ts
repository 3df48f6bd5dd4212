/**
 * Transposition row by row: for z = Jv of n rows, the cotangents of v of every row of z at once, [n, …v].
 *
 *   v̄_i = J_iᵀu_i,   i = 1 … n        where transposition as such gives Σᵢ v̄_i
 *
 * A node on the way is one of two kinds. Its rows belong to the examples, as in activations: then row i of z sees only
 * row i of it, and the n cotangents lie side by side in one tensor of its own shape. Or all rows see all of it, as of
 * weights and biases: then the cotangent gets an axis of n in front. The step from one to the other is where a sum over
 * examples would be. What mixes examples otherwise (statistics of a batch, differences of neighbours) has no rule here:
 * the answer is undefined. One exception: residuals multiplied by the inverse of a known triangle have rows that are
 * multiplied by it too.
 */
import type { Builder } from "../ir/builder.ts";
import { dependents, elementCount, type Node, type Op, reachable, triangleOf } from "../ir/graph.ts";
import { triangularSolve } from "../ir/rules/factors.ts";
import { ordinals } from "../ir/rules/ordinals.ts";
import { unbroadcast } from "./transpose.ts";

/** Rows along `axis`, `each` neighbouring entries of it a row; undefined: shared by all rows. */
type Place = { readonly axis: number; readonly each: number } | undefined;

/** Of the node's shape where its rows have a place, with n in front where it is shared. */
interface Cotangent {
  readonly value: Node;
  readonly place: Place;
}

/** One linear node and what is known where it is met. */
interface Visit extends Cotangent {
  readonly b: Builder;
  readonly n: number;
  readonly node: Node;
}

/** The cotangent of an input, asked for only where it is linear; undefined where rows are mixed. */
type Rule = (visit: Visit, input: number) => Cotangent | undefined;

/**
 * How many entries all rows may share, as a multiple of those of v: beyond, it is data of the examples that is shared.
 */
const sharedLimit = 4;

/** [n, …y] of a cotangent of y: its rows brought to the front, `each` of them left at the axis. */
function bringForward({ b, n, value, place }: Pick<Visit, "b" | "n" | "value" | "place">): Node {
  if (place === undefined) return value;
  const { axis, each } = place;
  const { shape } = value;
  const split = b.reshape(value, [...shape.slice(0, axis), n, each, ...shape.slice(axis + 1)]);
  return b.transpose(split, [axis, ...[...split.shape.keys()].filter((i) => i !== axis)]);
}

/** The cotangent of x that was broadcast to y, from that of y. */
function collect(visit: Visit, value: Node, x: Node): Cotangent {
  const { b, n, node, place } = visit;
  const missing = node.shape.length - x.shape.length;
  if (place !== undefined) {
    const axis = place.axis - missing;
    if (axis >= 0 && x.shape[axis] === node.shape[place.axis]) {
      return { value: unbroadcast(b, value, x.shape), place: { axis, each: place.each } };
    }
  }
  const rows = bringForward({ b, n, value, place });
  const kept = unbroadcast(b, rows, [n, ...Array(missing).fill(1), ...x.shape]);
  return { value: b.reshape(kept, [n, ...x.shape]), place: undefined };
}

/** A factor of y to go with a cotangent of y. */
const factorRule: Rule = (visit, input) => {
  const { b, node, value } = visit;
  return collect(visit, b.mul(value, node.inputs[1 - input]), node.inputs[input]);
};

/** Primitives that move entries: the cotangent moved back, with the axes before n out of the way. */
function moved(visit: Visit, place: Place | "mixed", move: (value: Node, lead: 0 | 1) => Node): Cotangent | undefined {
  if (place === "mixed") return undefined;
  return { value: move(visit.value, visit.place === undefined ? 1 : 0), place };
}

const rules: Partial<Record<Op, Rule>> = {
  add: (visit, input) => collect(visit, visit.value, visit.node.inputs[input]),
  mul: factorRule,
  where: (visit, input) => {
    const { b, node, value } = visit;
    const condition = input === 1 ? node.inputs[0] : b.not(node.inputs[0]);
    return collect(visit, b.mul(value, b.cast(condition, node.dtype)), node.inputs[input]);
  },
  cast: ({ b, node, value, place }) => ({ value: b.cast(value, node.inputs[0].dtype), place }),
  expand: (visit) => collect(visit, visit.value, visit.node.inputs[0]),
  reduce: (visit) => {
    const { b, n, node, place } = visit;
    const [x] = node.inputs;
    const axes = node.attributes.axes as number[];
    const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const axis = [...x.shape.keys()].filter((i) => !axes.includes(i))[place?.axis ?? 0];
    return moved(visit, place && { axis, each: place.each }, (value, lead) => {
      const front = Array(lead).fill(n);
      return b.expand(b.reshape(value, [...front, ...kept]), [...front, ...x.shape]);
    });
  },
  // The axis of x after as many entries as that of y, if it holds whole rows.
  reshape: (visit) => {
    const { b, n, node, place } = visit;
    const [x] = node.inputs;
    const before = (shape: readonly number[], axis: number) => elementCount(shape.slice(0, axis));
    const axis =
      place && x.shape.findIndex((size, i) => size % n === 0 && before(x.shape, i) === before(node.shape, place.axis));
    const to = place && (axis === -1 ? "mixed" : { axis: axis!, each: x.shape[axis!] / n });
    return moved(visit, to, (value, lead) => b.reshape(value, [...Array(lead).fill(n), ...x.shape]));
  },
  transpose: (visit) => {
    const { b, node, place } = visit;
    const perm = node.attributes.perm as number[];
    const back = perm.map((_, i) => perm.indexOf(i));
    return moved(visit, place && { ...place, axis: perm[place.axis] }, (value, lead) =>
      b.transpose(value, lead ? [0, ...back.map((i) => i + 1)] : back),
    );
  },
  slice: (visit) => {
    const { b, node, place } = visit;
    const [x] = node.inputs;
    const { begin, end } = node.attributes as { begin: number[]; end: number[] };
    const cut = place !== undefined && x.shape[place.axis] !== node.shape[place.axis];
    return moved(visit, cut ? "mixed" : place, (value, lead) =>
      b.pad(value, [...Array(lead).fill([0, 0]), ...x.shape.map((size, i) => [begin[i], size - end[i]] as const)]),
    );
  },
  pad: (visit) => {
    const { b, n, node, place } = visit;
    const width = node.attributes.width as [number, number][];
    const cut = place !== undefined && node.inputs[0].shape[place.axis] !== node.shape[place.axis];
    return moved(visit, cut ? "mixed" : place, (value, lead) =>
      b.slice(
        value,
        [...Array(lead).fill(0), ...width.map(([before]) => before)],
        [...Array(lead).fill(n), ...node.shape.map((size, i) => size - width[i][1])],
      ),
    );
  },
  flip: (visit) => {
    const { b, node, place } = visit;
    const axes = node.attributes.axes as number[];
    return moved(visit, place && axes.includes(place.axis) ? "mixed" : place, (value, lead) =>
      b.flip(
        value,
        axes.map((i) => i + lead),
      ),
    );
  },
  concatenate: (visit, input) => {
    const { b, n, node, place } = visit;
    const axis = node.attributes.axis as number;
    const start = node.inputs.slice(0, input).reduce((sum, x) => sum + x.shape[axis], 0);
    const [x] = node.inputs.slice(input);
    return moved(visit, place?.axis === axis ? "mixed" : place, (value, lead) =>
      b.slice(
        value,
        [...Array(lead).fill(0), ...x.shape.map((_, i) => (i === axis ? start : 0))],
        [...Array(lead).fill(n), ...x.shape.map((size, i) => (i === axis ? start + size : size))],
      ),
    );
  },
  matmul: (visit, input) => {
    const { b, n, node, value, place } = visit;
    const rank = node.shape.length;
    const [A, B] = node.inputs;
    const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
    const other = input === 0 ? B : A;
    const [ownTransposed, otherTransposed] = input === 0 ? [transposeA, transposeB] : [transposeB, transposeA];
    // The axis of Y that the operand has: rows of A, columns of B.
    const ownAxis = input === 0 ? rank - 2 : rank - 1;
    const towards = (u: Node, against: Node) => {
      if (input === 0) {
        return ownTransposed
          ? b.matmul(against, u, otherTransposed, true)
          : b.matmul(u, against, false, !otherTransposed);
      }
      return ownTransposed
        ? b.matmul(u, against, true, otherTransposed)
        : b.matmul(against, u, !otherTransposed, false);
    };
    if (place !== undefined && place.axis < rank - 2) return { value: towards(value, other), place };
    if (place?.axis === ownAxis) {
      const axis = (input === 0) === ownTransposed ? rank - 1 : rank - 2;
      return { value: towards(value, other), place: { ...place, axis } };
    }
    if (rank > 2) return undefined;
    if (place === undefined) return { value: towards(value, b.expand(other, [n, ...other.shape])), place };
    // Every row contributes the product of its part of `other` with its part of u, [each, …] both.
    const otherAxis = (input === 0) === otherTransposed ? 0 : 1;
    const part = bringForward({ b, n, value: other, place: { axis: otherAxis, each: place.each } });
    const u = bringForward(visit);
    return {
      value: place.each === 1 ? outer(visit, u, part, input, ownTransposed) : towards(u, part),
      place: undefined,
    };
  },
  // X = A⁻¹B, B̄ = A⁻ᵀU: columns and matrices of a batch keep apart, a row of X sees all of B.
  triangular_solve: (visit) => {
    const { b, n, node, value, place } = visit;
    const [B, A] = node.inputs;
    const rows = B.shape.length - 2;
    const [m, k] = B.shape.slice(rows);
    const triangle = triangleOf(node);
    const solve = (u: Node) => triangularSolve(b, A, u, { ...triangle, transposed: !triangle.transposed });
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    if (place === undefined) {
      // [n, …, m, k] as […, m, n·k]: one solve for all.
      const apart = b.transpose(value, [...range(1, rows + 2), 0, rows + 2]);
      const solved = b.reshape(solve(b.reshape(apart, [...B.shape.slice(0, -1), n * k])), apart.shape);
      return { value: b.transpose(solved, [rows + 1, ...range(0, rows + 1), rows + 2]), place };
    }
    if (place.axis !== rows) return { value: solve(value), place };
    const isDiagonal = b.compare("equal", b.reshape(ordinals(b, m), [m, 1]), ordinals(b, m));
    const inverse = solve(b.expand(b.cast(isDiagonal, node.dtype), A.shape));
    // [n, …, m, each]
    const part = bringForward({ b, n, value: inverse, place: { axis: rows + 1, each: place.each } });
    return { value: b.matmul(part, bringForward(visit)), place: undefined };
  },
};

/** The product of one column and one row for each of n, as a broadcast. */
function outer({ b, n }: Visit, u: Node, part: Node, input: number, transposed: boolean): Node {
  const [k, m] = [elementCount(part.shape) / n, elementCount(u.shape) / n];
  // A is [rows of Y, k], B [k, columns of Y]; u runs along Y's axis of the operand, `part` along k.
  const uFirst = (input === 0) !== transposed;
  return b.mul(b.reshape(u, uFirst ? [n, m, 1] : [n, 1, m]), b.reshape(part, uFirst ? [n, 1, k] : [n, k, 1]));
}

/**
 * The cotangents of `inputs`, of which `output` is a linear function, one a row of it: [n, …input] each.
 *
 * @param output - [n, …].
 * @param cotangent - u, of its shape.
 * @returns undefined if a row depends on other examples, or on a primitive without a rule.
 */
export function transposeRows(b: Builder, output: Node, cotangent: Node, inputs: readonly Node[]): Node[] | undefined {
  const [n] = output.shape;
  const pulled = pull(b, output, cotangent, inputs);
  if (pulled === undefined) return undefined;
  const [[last, sum]] = pulled;
  if (last.op === "concatenate" && last.attributes.axis === sum.place?.axis) return byGroup(b, last, sum, inputs);
  if (isWhitening(last, sum.place)) return solved(b, last, sum, inputs);
  const parts = inputs.map((x) => pulled.get(x) ?? { value: b.full(0, [n, ...x.shape], x.dtype), place: undefined });
  return parts.some(({ place }) => place !== undefined) ? undefined : parts.map(({ value }) => value);
}

/** Whether row i of `output`, a linear function of `input`, depends on row i of that alone. */
export function isRowwise(b: Builder, output: Node, input: Node): boolean {
  const pulled = pull(b, output, b.full(1, output.shape, output.dtype), [input]);
  const place = pulled?.get(input)?.place;
  return place?.axis === 0 && place.each === 1;
}

/**
 * The cotangents of those inputs that `output` depends on, itself if of none; or of the one node to which all of it leads.
 * Such nodes are concatenated groups of examples, as points inside and on the boundary, and a solve for all examples.
 */
function pull(b: Builder, output: Node, cotangent: Node, inputs: readonly Node[]): Map<Node, Cotangent> | undefined {
  const [n] = output.shape;
  const nodes = reachable([output]);
  const linear = dependents(nodes, inputs);
  const limit = sharedLimit * inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const sums = new Map<Node, Cotangent>([[output, { value: cotangent, place: { axis: 0, each: 1 } }]]);

  for (const node of nodes.toReversed()) {
    const sum = sums.get(node);
    if (sum === undefined || node.op === "input" || !linear.has(node)) continue;
    if (node.op === "concatenate" && sum.place && sum.place.axis === node.attributes.axis) {
      return sums.size === 1 && sum.place.each === 1 ? sums : undefined;
    }
    if (isWhitening(node, sum.place) && sums.size === 1) return sums;
    sums.delete(node);
    const rule = rules[node.op];
    if (rule === undefined) return undefined;
    for (const [i, x] of node.inputs.entries()) {
      if (!linear.has(x)) continue;
      const part = rule({ b, n, node, ...sum }, i);
      if (part === undefined || (part.place === undefined && elementCount(x.shape) > limit)) return undefined;
      const known = sums.get(x);
      if (known && !samePlace(known.place, part.place)) return undefined;
      sums.set(x, known ? { ...known, value: b.add(known.value, part.value) } : part);
    }
  }
  return sums;
}

/** Whether a node is X = A⁻¹B for one B, a number an example: residuals that a factor of their covariance makes white. */
function isWhitening({ op, shape }: Node, place: Place): boolean {
  return (
    op === "triangular_solve" && place?.each === 1 && elementCount(shape) === shape[place.axis] && shape.at(-1) === 1
  );
}

/** Row i of X = A⁻¹B, uᵢ times row i of A⁻¹ times the rows of B. */
function solved(b: Builder, node: Node, { value }: Cotangent, inputs: readonly Node[]): Node[] | undefined {
  const [B, A] = node.inputs;
  const n = elementCount(B.shape);
  const rows = transposeRows(b, b.reshape(B, [n]), b.full(1, [n], B.dtype), inputs);
  if (rows === undefined) return undefined;
  const flat = b.concatenate(
    rows.map((x) => b.reshape(x, [n, elementCount(x.shape) / n])),
    1,
  );
  const all = triangularSolve(b, A, b.reshape(flat, [...B.shape.slice(0, -1), flat.shape[1]]), triangleOf(node));
  const scaled = b.mul(b.reshape(all, flat.shape), b.reshape(value, [n, 1]));
  let end = 0;
  return rows.map(({ shape }) => {
    const begin = end;
    end += elementCount(shape) / n;
    return b.reshape(b.slice(scaled, [0, begin], [n, end]), shape);
  });
}

function samePlace(a: Place, b: Place): boolean {
  return a?.axis === b?.axis && a?.each === b?.each;
}

function byGroup(b: Builder, node: Node, { value, place }: Cotangent, inputs: readonly Node[]): Node[] | undefined {
  const { axis } = place!;
  const groups: Node[][] = [];
  let start = 0;
  for (const x of node.inputs) {
    const end = start + x.shape[axis];
    const range = (at: number) => value.shape.map((size, i) => (i === axis ? at : at === start ? 0 : size));
    const u = b.slice(value, range(start), range(end));
    const first = (y: Node) => b.transpose(y, [axis, ...[...y.shape.keys()].filter((i) => i !== axis)]);
    const rows = transposeRows(b, first(x), first(u), inputs);
    if (rows === undefined) return undefined;
    groups.push(rows);
    start = end;
  }
  return inputs.map((_, i) =>
    b.concatenate(
      groups.map((rows) => rows[i]),
      0,
    ),
  );
}
