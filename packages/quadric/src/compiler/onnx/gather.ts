/**
 * Gather and its transpose. jax-js's gather takes x at indices along several axes at once; the axes of the indices, which
 * broadcast together, come to stand at `outDim` of the result.
 */
import { broadcastShapes } from "../builder.ts";
import { elementCount, type Node } from "../graph.ts";
import { type Emitter, typeCode, zeroOf } from "./emitter.ts";
import type { Scope } from "./lower.ts";

interface GatherAttributes {
  readonly axis: readonly number[];
  readonly outDim: number;
}

export function lowerGather(scope: Scope, node: Node): string {
  const { emitter, name } = scope;
  const { axis, outDim } = node.attributes as unknown as GatherAttributes;
  const [x, ...indices] = node.inputs;
  if (axis.length === 1) {
    const gathered = emitter.emit("Gather", [name(x), name(indices[0])], { axis: axis[0] });
    return moveAxes(emitter, gathered, node.shape.length, axis[0], indices[0].shape.length, outDim);
  }
  const first = emitter.emit("Transpose", [name(x)], { perm: indexedFirst(axis, x.shape.length) });
  const gathered = emitter.emit("GatherND", [first, points(scope, indices)]);
  return moveAxes(emitter, gathered, node.shape.length, 0, indexShape(indices).length, outDim);
}

/** Adds what a gather would have taken back to where it was taken. */
export function lowerScatterAdd(scope: Scope, node: Node): string {
  const { emitter, name } = scope;
  const { axis, outDim } = node.attributes as unknown as GatherAttributes;
  const [u, ...indices] = node.inputs;
  const updates = moveAxes(emitter, name(u), u.shape.length, outDim, indexShape(indices).length, 0);
  const perm = indexedFirst(axis, node.shape.length);
  const shape = emitter.integers(perm.map((i) => node.shape[i]));
  const zeros = emitter.emit("ConstantOfShape", [shape], { value: zeroOf(node.dtype) });
  const sums = emitter.emit("ScatterND", [zeros, points(scope, indices), updates], { reduction: "add" });
  return emitter.emit("Transpose", [sums], { perm: perm.map((_, i) => perm.indexOf(i)) });
}

function indexShape(indices: readonly Node[]): number[] {
  return broadcastShapes(...indices.map(({ shape }) => shape));
}

/** The indices broadcast together, their coordinates along a new last axis. */
function points({ emitter, name }: Scope, indices: readonly Node[]): string {
  const shape = indexShape(indices);
  const column = emitter.integers([...shape, 1]);
  const coordinates = indices.map((index) => {
    const same = elementCount(index.shape) === elementCount(shape);
    const wide = same ? name(index) : emitter.emit("Expand", [name(index), emitter.integers(shape)]);
    return emitter.emit("Reshape", [emitter.emit("Cast", [wide], { to: typeCode("int64") }), column]);
  });
  return coordinates.length === 1 ? coordinates[0] : emitter.emit("Concat", coordinates, { axis: shape.length });
}

/** The axes of x with the indexed ones first. */
function indexedFirst(axis: readonly number[], rank: number): number[] {
  return [...axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => !axis.includes(i))];
}

/** Moves `count` axes from `from` to `to`. */
function moveAxes(emitter: Emitter, name: string, rank: number, from: number, count: number, to: number): string {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const perm = axes.toSpliced(from, count).toSpliced(to, 0, ...axes.slice(from, from + count));
  return perm.every((p, i) => p === i) ? name : emitter.emit("Transpose", [name], { perm });
}
