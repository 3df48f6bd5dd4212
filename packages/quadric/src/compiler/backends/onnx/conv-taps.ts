/**
 * The three convolutions of ir/rules/conv.ts as sums over the taps t of the kernel, one batched product each: slow, and
 * there for every type that multiplies.
 *
 *   conv          y = Σ_t k_t·x_t                      x_t[o] = x[s·o + d·t − p]
 *   conv_input    x = Σ_t k_tᵀ·ŷ_t                     ŷ_t[j] = ŷ[j + p − d·t],  ŷ with s − 1 zeros between its elements
 *   conv_kernel   k_t = Σ_n y·x_tᵀ
 */

import { type ConvGeometry, elementCount, type Node } from "../../ir/graph.ts";
import type { Emitter } from "./emitter.ts";
import type { Value } from "./scope.ts";

export function convolveByTaps(
  emitter: Emitter,
  op: Node["op"],
  a: Value,
  b: Value,
  geometry: ConvGeometry,
  shape: readonly number[],
): string {
  const { strides, dilations, padding, groups } = geometry;
  const kernel = op === "conv_kernel" ? shape : b.shape;
  const [features, perGroup, ...taps] = kernel;
  const count = elementCount(taps);
  // [G·M, C, t…] → one [1, G, M, C] a tap
  const split = () => {
    const tapsFirst = emitter.emit("Transpose", [b.name], { perm: [...taps.map((_, i) => i + 2), 0, 1] });
    const sizes = emitter.integers([count, groups, features / groups, perGroup]);
    const blocks = emitter.emit("Reshape", [tapsFirst, sizes]);
    return emitter.emitAll("Split", [blocks], count, { axis: 0, num_outputs: count });
  };
  const sum = (terms: readonly string[]) => terms.reduce((x, y) => emitter.emit("Add", [x, y]));
  const finish = (name: string) => emitter.emit("Reshape", [name, emitter.integers(shape)]);

  if (op === "conv") {
    const xs = shifted(emitter, a, geometry, taps, shape.slice(2));
    return finish(sum(split().map((k, t) => emitter.emit("MatMul", [k, xs[t]]))));
  }
  if (op === "conv_input") {
    // x[j] = Σ_t k_tᵀ·ŷ[j + p − d·t] with strides − 1 zeros between the neighbours of y; t counts from the other end.
    const before = padding.map((p, i) => (taps[i] - 1) * dilations[i] - p);
    const unit = { ...geometry, strides: strides.map(() => 1), padding: before };
    const ys = shifted(emitter, dilate(emitter, a, strides), unit, taps, shape.slice(2)).toReversed();
    const transposed = (k: string) => emitter.emit("Transpose", [k], { perm: [0, 1, 3, 2] });
    return finish(sum(split().map((k, t) => emitter.emit("MatMul", [transposed(k), ys[t]]))));
  }
  const [batch, , ...output] = b.shape;
  const ys = emitter.emit("Reshape", [
    b.name,
    emitter.integers([batch, groups, features / groups, elementCount(output)]),
  ]);
  const blocks = shifted(emitter, a, geometry, taps, output).map((x) => {
    const product = emitter.emit("MatMul", [ys, emitter.emit("Transpose", [x], { perm: [0, 1, 3, 2] })]);
    return emitter.emit("ReduceSum", [product, emitter.integers([0])], { keepdims: 1 });
  });
  const stacked = emitter.emit("Concat", blocks, { axis: 0 });
  const flat = emitter.emit("Reshape", [stacked, emitter.integers([count, features, perGroup])]);
  return finish(emitter.emit("Transpose", [flat], { perm: [1, 2, 0] }));
}

/** x_t for every tap t, as [N, G, C, o₁·o₂·…]. */
function shifted(
  emitter: Emitter,
  { name, shape }: Value,
  { strides, dilations, padding, groups }: ConvGeometry,
  taps: readonly number[],
  output: readonly number[],
): string[] {
  const [batch, channels, ...input] = shape;
  const reach = output.map((n, i) => (n - 1) * strides[i] + 1);
  const after = reach.map((n, i) => n + (taps[i] - 1) * dilations[i] - input[i] - padding[i]);
  const padded = emitter.emit("Pad", [name, emitter.integers([0, 0, ...padding, 0, 0, ...after])]);
  const sizes = emitter.integers([batch, groups, channels / groups, elementCount(output)]);
  return Array.from({ length: elementCount(taps) }, (_, flat) => {
    const tap = taps.map((_, i) => Math.floor(flat / elementCount(taps.slice(i + 1))) % taps[i]);
    const begin = tap.map((t, i) => t * dilations[i]);
    const part = emitter.emit("Slice", [
      padded,
      emitter.integers(begin),
      emitter.integers(begin.map((start, i) => start + reach[i])),
      emitter.integers(begin.map((_, i) => i + 2)),
      emitter.integers(strides),
    ]);
    return emitter.emit("Reshape", [part, sizes]);
  });
}

/** strides − 1 zeros after every element. */
function dilate(emitter: Emitter, { name, shape }: Value, strides: readonly number[]): Value {
  const [batch, channels, ...output] = shape;
  const sizes = [batch, channels, ...output.flatMap((n) => [n, 1])];
  const width = [0, 0, ...strides.flatMap((s) => [0, s - 1])];
  const column = emitter.emit("Reshape", [name, emitter.integers(sizes)]);
  const padded = emitter.emit("Pad", [column, emitter.integers([...width.map(() => 0), ...width])]);
  const spread = [batch, channels, ...output.map((n, i) => n * strides[i])];
  return { name: emitter.emit("Reshape", [padded, emitter.integers(spread)]), shape: spread };
}
