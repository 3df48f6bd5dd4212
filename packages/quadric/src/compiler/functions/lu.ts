/**
 * Gaussian elimination with partial pivoting by blocks, PA = LU: the left half of the columns first, then what it
 * leaves of the right half below.
 *
 * A leaf takes a turn of a loop for each column; rows are exchanged exactly.
 * References: [GolubVanLoan2013, section 3.4], [Toledo1997].
 */
import type { Builder } from "../ir/builder.ts";
import { elementCount, type Node } from "../ir/graph.ts";
import { block } from "../ir/rules/factors.ts";
import { ordinals } from "../ir/rules/ordinals.ts";
import { forEachColumn } from "./columns.ts";
import { cut, difference, firstHalf, joined, leaf, solve } from "./triangular.ts";

interface Elimination {
  readonly factors: Node;
  /** The row of A at each row, and the row that was swapped with each. */
  readonly order: Node;
  readonly pivots: Node;
}

/** Rows of matrices at given places, [*, k] of a batch [*, m, n]. */
function rowsAt(b: Builder, x: Node, places: Node): Node {
  const [m, n] = x.shape.slice(-2);
  const lead = x.shape.slice(0, -2);
  const count = elementCount(lead);
  const starts = b.reshape(b.scale(ordinals(b, count), m), [...lead, 1]);
  const flat = b.reshape(x, [count * m, n]);
  return b.linear("gather", flat, [b.add(places, starts)], { axis: [0], outDim: 0 }, [...places.shape, n]);
}

function eliminate(b: Builder, A: Node): Elimination {
  const [m, n] = A.shape.slice(-2);
  if (n <= leaf) return eliminateLeaf(b, A);
  const h = firstHalf(n);
  const rank = A.shape.length;
  const left = eliminate(b, block(b, A, [0, m], [0, h]));
  const right = rowsAt(b, block(b, A, [0, m], [h, n]), left.order);
  const L = cut(b, block(b, left.factors, [0, h], [0, h]), true);
  const above = solve(b, L, block(b, right, [0, h], [0, n - h]), false);
  const below = block(b, left.factors, [h, m], [0, h]);
  const second = eliminate(b, difference(b, block(b, right, [h, m], [0, n - h]), b.matmul(below, above)));
  const upper = [block(b, left.factors, [0, h], [0, h]), above];
  const factors = joined(b, upper, [rowsAt(b, below, second.order), second.factors]);
  const part = (x: Node, begin: number, end: number) => {
    const lead = x.shape.slice(0, -1);
    return b.slice(x, [...lead.map(() => 0), begin], [...lead, end]);
  };
  const column = b.reshape(part(left.order, h, m), [...A.shape.slice(0, -2), m - h, 1]);
  const rest = b.reshape(rowsAt(b, column, second.order), second.order.shape);
  return {
    factors,
    order: b.concatenate([part(left.order, 0, h), rest], rank - 2),
    pivots: b.concatenate([left.pivots, b.add(second.pivots, b.scalar(h, "int32"))], rank - 2),
  };
}

/** Column by column: the largest entry from the diagonal on goes up, its multiples of the rows below are taken off. */
function eliminateLeaf(b: Builder, A: Node): Elimination {
  const [m, n] = A.shape.slice(-2);
  const lead = A.shape.slice(0, -2);
  const zero = b.scalar(0, A.dtype);
  const rows = b.reshape(ordinals(b, m), [m, 1]);
  const columns = ordinals(b, n);
  const order = b.expand(ordinals(b, m), [...lead, m]);
  const pivots = b.expand(b.scalar(0, "int32"), [...lead, n]);
  const [factors, permutation, swaps] = forEachColumn(b, n, [A, order, pivots], (j, [S, places, swapped]) => {
    const column = (x: Node) =>
      b.reshape(b.sum(b.where(b.compare("equal", columns, j), x, zero), [lead.length + 1]), [...lead, m, 1]);
    const row = (x: Node, at: Node) =>
      b.reshape(b.sum(b.where(b.compare("equal", rows, at), x, zero), [lead.length]), [...lead, 1, n]);
    const entries = column(S);
    const sizes = b.where(
      b.compare("less", rows, j),
      b.scalar(-1, A.dtype),
      b.binary("max", entries, b.scale(entries, -1)),
    );
    const largest = b.reshape(b.reduce("max", sizes, [lead.length]), [...lead, 1, 1]);
    const attains = b.where(b.compare("equal", sizes, largest), rows, b.scalar(m, "int32"));
    // NaN attains nothing: the row stays.
    const first = b.reshape(b.reduce("min", attains, [lead.length]), [...lead, 1, 1]);
    const pivot = b.where(b.compare("less", first, b.scalar(m, "int32")), first, j);
    const [isUp, isDown] = [b.compare("equal", rows, j), b.compare("equal", rows, pivot)];
    const up = row(S, pivot);
    const exchanged = b.where(isUp, up, b.where(isDown, row(S, j), S));
    const diagonal = b.reshape(b.sum(b.where(b.compare("equal", columns, j), up, zero), [lead.length + 1]), [
      ...lead,
      1,
      1,
    ]);
    const isZero = b.compare("equal", diagonal, zero);
    const divisor = b.where(isZero, b.scalar(1, A.dtype), diagonal);
    const isBelowDiagonal = b.compare("less", j, rows);
    const factor = b.where(isBelowDiagonal, b.mul(column(exchanged), b.unary("reciprocal", divisor)), zero);
    const eliminated = difference(b, exchanged, b.mul(factor, b.where(b.compare("less", j, columns), up, zero)));
    const isFactor = b.logical("and", isBelowDiagonal, b.compare("equal", columns, j));
    const flat = (x: Node) => b.reshape(x, [...x.shape.slice(0, -2), x.shape.at(-2)!]);
    const at = (place: Node) =>
      b.reshape(
        b.sum(b.where(b.compare("equal", ordinals(b, m), place), places, b.scalar(0, "int32")), [lead.length]),
        [...lead, 1],
      );
    const pivotPlace = b.reshape(pivot, [...lead, 1]);
    const nextPlaces = b.where(flat(isUp), at(pivotPlace), b.where(flat(isDown), at(j), places));
    const isNow = b.compare("equal", columns, j);
    return [b.where(isFactor, factor, eliminated), nextPlaces, b.where(isNow, pivotPlace, swapped)];
  });
  return { factors, order: permutation, pivots: swaps };
}

export function lu(b: Builder, A: Node): Node {
  const { factors, order, pivots } = eliminate(b, A);
  const column = (x: Node) => b.reshape(b.cast(x, A.dtype), [...x.shape, 1]);
  return b.concatenate([factors, column(order), column(pivots)], A.shape.length - 1);
}
