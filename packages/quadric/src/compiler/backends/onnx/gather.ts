/**
 * Gather and its transpose. jax-js's gather takes x at indices along several axes at once; the axes of the indices,
 * which broadcast together, come to stand at `outDim` of the result.
 */
import { broadcastShapes, elementCount, gatherOf, indexedFirst, type Node } from "../../ir/graph.ts";
import { type Emitter, typeCode, zeroOf } from "./emitter.ts";
import type { Scope } from "./scope.ts";

export function lowerGather(scope: Scope, node: Node): string {
  const { emitter, name } = scope;
  const { axis, outDim } = gatherOf(node);
  const [x, ...indices] = node.inputs;
  if (axis.length === 1) {
    const gathered = emitter.emit("Gather", [name(x), name(indices[0])], { axis: axis[0] });
    return moveAxes(emitter, gathered, node.shape.length, axis[0], indices[0].shape.length, outDim);
  }
  const first = emitter.emit("Transpose", [name(x)], { perm: indexedFirst(axis, x.shape.length) });
  const gathered = emitter.emit("GatherND", [first, points(scope, indices)]);
  return moveAxes(emitter, gathered, node.shape.length, 0, indexShape(indices).length, outDim);
}

/**
 * Adds what a gather would have taken back to where it was taken. By elements of a table whose rows are the places of
 * the indexed axes, since ScatterND, ten times as fast, loses additions when it runs on several threads.
 */
export function lowerScatterAdd(scope: Scope, node: Node): string {
  const { emitter, name } = scope;
  const { axis, outDim } = gatherOf(node);
  const [u, ...indices] = node.inputs;
  const order = indexedFirst(axis, node.shape.length);
  const sizes = order.map((i) => node.shape[i]);
  const columns = elementCount(sizes.slice(axis.length));
  const count = elementCount(indexShape(indices));
  const table = emitter.integers([elementCount(sizes.slice(0, axis.length)), columns]);
  const updates = moveAxes(emitter, name(u), u.shape.length, outDim, indexShape(indices).length, 0);
  const rows = emitter.emit("Reshape", [rowNumbers(scope, indices, sizes), emitter.integers([count, 1])]);
  const sums = emitter.emit(
    "ScatterElements",
    [
      emitter.emit("ConstantOfShape", [table], { value: zeroOf(node.dtype) }),
      emitter.emit("Expand", [rows, emitter.integers([count, columns])]),
      emitter.emit("Reshape", [updates, emitter.integers([count, columns])]),
    ],
    { axis: 0, reduction: "add" },
  );
  const shaped = emitter.emit("Reshape", [sums, emitter.integers(sizes)]);
  return emitter.emit("Transpose", [shaped], { perm: order.map((_, i) => order.indexOf(i)) });
}

/** Where indices along the first axes of a tensor point when those axes are one; broadcast together. */
function rowNumbers({ emitter, name }: Scope, indices: readonly Node[], sizes: readonly number[]): string {
  const shape = emitter.integers(indexShape(indices));
  const number = indices.map(name).reduce((row, index, i) => {
    return emitter.emit("Add", [emitter.emit("Mul", [row, emitter.scalar(sizes[i], "int32")]), index]);
  });
  return emitter.emit("Expand", [number, shape]);
}

function indexShape(indices: readonly Node[]): readonly number[] {
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

/** Moves `count` axes from `from` to `to`. */
function moveAxes(emitter: Emitter, name: string, rank: number, from: number, count: number, to: number): string {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const perm = axes.toSpliced(from, count).toSpliced(to, 0, ...axes.slice(from, from + count));
  return perm.every((p, i) => p === i) ? name : emitter.emit("Transpose", [name], { perm });
}
