/**
 * Matrix products, and how they are found.
 *
 * jax-js's `dot` is Σₖ x[…, k]·y[…, k] with broadcasting; this finds the matrix product in it.
 *
 * The operands of a product arrive as broadcast, reshaped and transposed views. Looking through those to the tensors
 * below, every axis of the result is one of four kinds: in both operands (a batch axis), only in x (a row), only in y
 * (a column), in neither. Materialising the broadcasts instead would cost three orders of magnitude.
 */
import type { Builder } from "../builder.ts";
import {
  broadcastShapes,
  constantValue,
  elementCount,
  floatOut,
  type Node,
  sameShape,
  splitScalar,
  swapsLastTwo,
} from "../graph.ts";

/** The rule of matrix products: scalars float out, a transposed operand becomes a flag. */
export function matmul(b: Builder, x: Node, y: Node, transposeA = false, transposeB = false): Node {
  const [p, c] = splitScalar(x);
  const [q, d] = splitScalar(y);
  if (floatOut(c, d)) return b.scale(b.matmul(p, q, transposeA, transposeB), c * d);
  const shape = [...x.shape.slice(0, -2), x.shape.at(transposeA ? -1 : -2)!, y.shape.at(transposeB ? -2 : -1)!];
  if (constantValue(x) === 0 || constantValue(y) === 0) return b.full(0, shape, x.dtype);
  if (swapsLastTwo(x)) return b.matmul(x.inputs[0], y, !transposeA, transposeB);
  if (swapsLastTwo(y)) return b.matmul(x, y.inputs[0], transposeA, !transposeB);
  return b.make("matmul", [x, y], { transposeA, transposeB }, shape, x.dtype);
}

/** A tensor seen through axes: `axes[i]` is the axis of `base` under axis i of the view, or undefined if it repeats. */
interface View {
  readonly base: Node;
  readonly axes: readonly (number | undefined)[];
}

/** Peels broadcasts, transposes and reshapes that only add or drop axes of size 1. */
function viewOf(node: Node): View {
  let view: View = { base: node, axes: node.shape.map((n, i) => (n === 1 ? undefined : i)) };
  for (;;) {
    const { base, axes } = view;
    let behind: (axis: number) => number | undefined;
    const inner = base.inputs[0];
    if (base.op === "transpose") {
      const perm = base.attributes.perm as number[];
      behind = (axis) => perm[axis];
    } else if (base.op === "expand") {
      const offset = base.shape.length - inner.shape.length;
      behind = (axis) => (axis < offset || inner.shape[axis - offset] === 1 ? undefined : axis - offset);
    } else if (base.op === "reshape") {
      const outer = base.shape.flatMap((n, i) => (n === 1 ? [] : [i]));
      const below = inner.shape.flatMap((n, i) => (n === 1 ? [] : [i]));
      if (
        !sameShape(
          outer.map((i) => base.shape[i]),
          below.map((i) => inner.shape[i]),
        )
      )
        return view;
      behind = (axis) => below[outer.indexOf(axis)];
    } else {
      return view;
    }
    view = { base: inner, axes: axes.map((axis) => (axis === undefined ? undefined : behind(axis))) };
  }
}

/** The base of a view with its axes in the given order of view axes, as a tensor of the given shape. */
function arrange(b: Builder, { base, axes }: View, order: readonly number[], shape: readonly number[]): Node {
  const perm = order.map((i) => axes[i]!);
  const rest = base.shape.flatMap((_, i) => (perm.includes(i) ? [] : [i]));
  return b.reshape(b.transpose(base, [...rest, ...perm]), shape);
}

/** Σₖ x[…, k]·y[…, k] with broadcasting, as a matrix product if it is one. */
export function contract(b: Builder, left: Node, right: Node): Node {
  const shape = broadcastShapes(left.shape, right.shape);
  const rank = shape.length;
  const dtype = left.dtype === right.dtype ? left.dtype : "float64";
  const padded = (x: Node) => b.reshape(b.cast(x, dtype), [...Array(rank - x.shape.length).fill(1), ...x.shape]);
  const [x, y] = [viewOf(padded(left)), viewOf(padded(right))];
  const k = rank - 1;
  const result = shape.slice(0, k);
  const kept = result.map((_, i) => i);
  const inX = (i: number) => x.axes[i] !== undefined;
  const inY = (i: number) => y.axes[i] !== undefined;
  const batch = kept.filter((i) => inX(i) && inY(i));
  const rows = kept.filter((i) => inX(i) && !inY(i));
  const columns = kept.filter((i) => !inX(i) && inY(i));
  const sizes = (axes: readonly number[]) => axes.map((i) => shape[i]);
  const contracted = shape[k] === 1 || (inX(k) && inY(k));

  if (!contracted || (rows.length === 0 && columns.length === 0)) {
    return b.expand(b.sum(b.expand(b.mul(padded(left), padded(right)), shape), [k]), result);
  }
  const depth = shape[k] === 1 ? [] : [k];
  const m = elementCount(sizes(rows));
  const n = elementCount(sizes(columns));
  const product = b.matmul(
    arrange(b, x, [...batch, ...rows, ...depth], [...sizes(batch), m, shape[k]]),
    arrange(b, y, [...batch, ...columns, ...depth], [...sizes(batch), n, shape[k]]),
    false,
    true,
  );
  // [batch, rows, columns] → the order of the result, where axes in neither operand repeat.
  const order = [...batch, ...rows, ...columns];
  const split = b.reshape(product, sizes(order));
  const present = order.toSorted((i, j) => i - j);
  const sorted = b.transpose(
    split,
    present.map((i) => order.indexOf(i)),
  );
  return b.expand(
    b.reshape(
      sorted,
      result.map((size, i) => (present.includes(i) ? size : 1)),
    ),
    result,
  );
}
