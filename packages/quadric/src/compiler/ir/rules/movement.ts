/** Operations that move elements: constants stay constants, scalars float outward, two moves become one. */
import type { Builder } from "../builder.ts";
import { isEmpty } from "../empty.ts";
import { constantValue, type Node, sameShape, splitScalar, swapsLastTwo } from "../graph.ts";

export function reshape(b: Builder, x: Node, shape: readonly number[]): Node {
  if (sameShape(x.shape, shape)) return x;
  const value = constantValue(x);
  if (value !== undefined) return b.full(value, shape, x.dtype);
  if (x.op === "reshape") return b.reshape(x.inputs[0], shape);
  const [factor, c] = splitScalar(x);
  if (c !== 1 && sameShape(factor.shape, x.shape)) return b.scale(b.reshape(factor, shape), c);
  return b.make("reshape", [x], {}, shape, x.dtype);
}

export function transpose(b: Builder, x: Node, perm: readonly number[]): Node {
  if (perm.every((p, i) => p === i)) return x;
  const shape = perm.map((p) => x.shape[p]);
  const value = constantValue(x);
  if (value !== undefined) return b.full(value, shape, x.dtype);
  if (x.op === "transpose") {
    const first = x.attributes.perm as number[];
    return b.transpose(
      x.inputs[0],
      perm.map((p) => first[p]),
    );
  }
  // Moving axes of size 1 only is a reshape.
  const moved = perm.filter((p) => x.shape[p] !== 1);
  if (moved.every((p, i) => i === 0 || p > moved[i - 1])) return b.reshape(x, shape);
  const [factor, c] = splitScalar(x);
  if (c !== 1 && sameShape(factor.shape, x.shape)) return b.scale(b.transpose(factor, perm), c);
  const candidate = b.make("transpose", [x], { perm: [...perm] }, shape, x.dtype);
  // (AB)ᵀ = BᵀAᵀ
  if (x.op === "matmul" && swapsLastTwo(candidate)) {
    const { transposeA, transposeB } = x.attributes as { transposeA: boolean; transposeB: boolean };
    return b.matmul(x.inputs[1], x.inputs[0], !transposeB, !transposeA);
  }
  return candidate;
}

export function slice(b: Builder, x: Node, begin: readonly number[], end: readonly number[]): Node {
  const shape = begin.map((start, i) => end[i] - start);
  if (sameShape(shape, x.shape)) return x;
  const value = constantValue(x);
  if (value !== undefined) return b.full(value, shape, x.dtype);
  return b.make("slice", [x], { begin: [...begin], end: [...end] }, shape, x.dtype);
}

export function pad(b: Builder, x: Node, width: readonly (readonly [number, number])[]): Node {
  if (width.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((n, i) => n + width[i][0] + width[i][1]);
  if (constantValue(x) === 0) return b.full(0, shape, x.dtype);
  return b.make("pad", [x], { width }, shape, x.dtype);
}

export function flip(b: Builder, x: Node, axes: readonly number[]): Node {
  const moving = axes.filter((i) => x.shape[i] !== 1);
  if (moving.length === 0 || constantValue(x) !== undefined) return x;
  if (x.op === "flip" && sameShape(x.attributes.axes as number[], moving)) return x.inputs[0];
  // A transposed flip over the same axes
  const [inner] = x.op === "transpose" ? x.inputs : [];
  const perm = x.attributes.perm as number[];
  if (inner?.op === "flip" && `${moving.map((i) => perm[i]).toSorted()}` === `${inner.attributes.axes}`) {
    return b.transpose(inner.inputs[0], perm);
  }
  // A flipped vector that became a column
  const [vector] = x.op === "reshape" ? x.inputs : [];
  const wide = (y: Node) => [...y.shape.keys()].filter((i) => y.shape[i] !== 1);
  if (vector?.op === "flip" && wide(vector).length === 1 && wide(x).length === 1)
    return b.reshape(vector.inputs[0], x.shape);
  return b.make("flip", [x], { axes: moving }, x.shape, x.dtype);
}

export function concatenate(b: Builder, parts: readonly Node[], axis: number): Node {
  const full = parts.filter((x) => !isEmpty(x));
  const xs = full.length > 0 ? full : parts;
  if (xs.length === 1) return xs[0];
  const shape = xs[0].shape.map((n, i) => (i === axis ? xs.reduce((total, x) => total + x.shape[axis], 0) : n));
  const first = constantValue(xs[0]);
  if (first !== undefined && xs.every((x) => constantValue(x) === first)) return b.full(first, shape, xs[0].dtype);
  return b.make("concatenate", xs, { axis }, shape, xs[0].dtype);
}
