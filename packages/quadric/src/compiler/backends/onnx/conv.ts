/**
 * The three convolutions of ir/rules/conv.ts in ONNX.
 *
 *   conv          Conv
 *   conv_input    ConvTranspose, whose kernel has the layout of Conv's; or Conv with the kernel rotated by 180°
 *   conv_kernel   Conv with batch and channels exchanged, and the channels of x interleaved
 *
 * ONNX Runtime convolves float32 only; for float64 see conv-taps.ts.
 */

import { type ConvGeometry, elementCount, geometryOf, type Node } from "../../ir/graph.ts";
import { paddingAfter } from "../../ir/rules/conv.ts";
import { convolveByTaps } from "./conv-taps.ts";
import { type Emitter, type OnnxType, reversed } from "./emitter.ts";
import type { Value } from "./scope.ts";

export function lowerConv(emitter: Emitter, node: Node, operands: readonly string[]): string {
  const values = operands.map((name, i) => ({ name, shape: node.inputs[i].shape }));
  return convolve(emitter, node.op, values[0], values[1], geometryOf(node), node.shape, node.dtype);
}

/** Any of the three, of operands [N, G·C, i…]-like, to the given shape. */
export function convolve(
  emitter: Emitter,
  op: Node["op"],
  a: Value,
  b: Value,
  geometry: ConvGeometry,
  shape: readonly number[],
  type: OnnxType,
): string {
  if (type === "float64") return convolveByTaps(emitter, op, a, b, geometry, shape);
  if (op === "conv") return conv(emitter, a, b, geometry, shape);
  if (op === "conv_input") return convInput(emitter, a, b, geometry, shape);
  return convKernel(emitter, a, b, geometry, shape);
}

function conv(emitter: Emitter, x: Value, k: Value, geometry: ConvGeometry, output: readonly number[]): string {
  const { strides, dilations, padding, groups } = geometry;
  const after = paddingAfter(geometry, x.shape, k.shape, output);
  // What strides leave out at the end is no padding; Conv rounds down to the same count.
  const cropped = crop(
    emitter,
    x,
    padding,
    after.map((p, i) => (p > -strides[i] ? 0 : p)),
  );
  return emitter.emit("Conv", [cropped, k.name], {
    strides,
    dilations,
    group: groups,
    pads: [...padding, ...after].map((p) => Math.max(p, 0)),
  });
}

/** Leaves out what a negative padding stands for. */
function crop(emitter: Emitter, { name, shape }: Value, before: readonly number[], after: readonly number[]): string {
  const begin = before.map((p) => Math.max(-p, 0));
  const end = after.map((p, i) => shape[i + 2] + Math.min(p, 0));
  const axes = begin.flatMap((n, i) => (n > 0 || end[i] < shape[i + 2] ? [i] : []));
  if (axes.length === 0) return name;
  return emitter.emit("Slice", [
    name,
    emitter.integers(axes.map((i) => begin[i])),
    emitter.integers(axes.map((i) => end[i])),
    emitter.integers(axes.map((i) => i + 2)),
  ]);
}

/**
 * ConvTranspose multiplies at every place of y, Conv with the kernel rotated by 180° at every place of x, in a layout
 * that suits products better: Conv where x is hardly larger than y.
 */
function convInput(emitter: Emitter, y: Value, k: Value, geometry: ConvGeometry, input: readonly number[]): string {
  const { strides, dilations, padding, groups } = geometry;
  const places = (shape: readonly number[]) => elementCount(shape.slice(2));
  if (groups === 1 && strides.every((s) => s === 1) && places(input) <= 1.25 * places(y.shape)) {
    const [features, channels, ...taps] = k.shape;
    const before = taps.map((t, i) => (t - 1) * dilations[i] - padding[i]);
    const kernel = { name: rotated(emitter, k), shape: [channels, features, ...taps] };
    return conv(emitter, y, kernel, { ...geometry, padding: before }, input);
  }
  const after = paddingAfter(geometry, input, k.shape, y.shape);
  // A negative padding is a part of x that no y reaches: zeros, at the end by output_padding if possible.
  const outputPadding = after.map((p, i) => (p < 0 && -p < strides[i] ? -p : 0));
  const result = emitter.emit("ConvTranspose", [y.name, k.name], {
    strides,
    dilations,
    group: groups,
    pads: [...padding, ...after].map((p) => Math.max(p, 0)),
    output_padding: outputPadding,
  });
  const missing = [padding, after.map((p, i) => p + outputPadding[i])].map((side) => side.map((p) => Math.max(-p, 0)));
  if (missing.flat().every((n) => n === 0)) return result;
  return emitter.emit("Pad", [result, emitter.integers(missing.flatMap((side) => [0, 0, ...side]))]);
}

/** A kernel with its channels exchanged and its taps in the opposite order. */
function rotated(emitter: Emitter, { name, shape }: Value): string {
  const axes = shape.slice(2).map((_, i) => i + 2);
  return reversed(emitter, emitter.emit("Transpose", [name], { perm: [1, 0, ...axes] }), axes);
}

/**
 * Batch and channels change places: y is the kernel, of which strides and dilations change places too. With the
 * channels of x interleaved in its last axis, [G·N, …, i·C], and y dilated by C along it, all channels are one image:
 * one large product.
 */
function convKernel(
  emitter: Emitter,
  x: Value,
  y: Value,
  { strides, dilations, padding, groups }: ConvGeometry,
  kernel: readonly number[],
): string {
  const [batch, channels, ...input] = x.shape;
  const [, features, ...output] = y.shape;
  const perGroup = channels / groups;
  // That takes steps of one along the last axis of k; else every channel is a separate image.
  const interleaved = dilations[dilations.length - 1] === 1;
  const last = (sizes: readonly number[]) =>
    sizes.map((n, i) => (interleaved && i === sizes.length - 1 ? n * perGroup : n));
  const images = interleaved ? 1 : perGroup;
  const axes = input.map((_, i) => i + 2);

  // [N, G·C, i…] → [1, G·N, …, i·C] or [C, G·N, i…];  [N, G·M, o…] → [G·M, N, o…]
  const shape = [images, groups * batch, ...last(input)];
  const order = interleaved ? [0, ...axes, 1] : [1, 0, ...axes];
  const stacked = emitter.emit("Reshape", [exchange(emitter, x, groups, order), emitter.integers(shape)]);
  const kernels = emitter.emit("Transpose", [y.name], { perm: [1, 0, ...output.map((_, i) => i + 2)] });

  const taps = kernel.slice(2);
  const result = conv(
    emitter,
    { name: stacked, shape },
    { name: kernels, shape: [features, batch, ...output] },
    { strides: dilations, dilations: last(strides), padding: last(padding), groups },
    [images, features, ...last(taps)],
  );
  if (!interleaved) return emitter.emit("Transpose", [result], { perm: [1, 0, ...taps.map((_, i) => i + 2)] });
  // [1, G·M, …, t·C] → [G·M, C, t…]
  const split = emitter.emit("Reshape", [result, emitter.integers([features, ...taps, perGroup])]);
  return emitter.emit("Transpose", [split], { perm: [0, taps.length + 1, ...taps.map((_, i) => i + 1)] });
}

/** [N, G·C, i…] with N, C, i… in the given order; groups of several channels come right before N. */
function exchange(emitter: Emitter, { name, shape }: Value, groups: number, order: readonly number[]): string {
  // A fourth axis less is a transposition that ONNX Runtime knows a short way for.
  if (groups === 1) return emitter.emit("Transpose", [name], { perm: order });
  const [batch, channels, ...input] = shape;
  const apart = emitter.emit("Reshape", [name, emitter.integers([batch, groups, channels / groups, ...input])]);
  const perm = order.flatMap((axis) => (axis === 0 ? [1, 0] : [axis + 1]));
  return emitter.emit("Transpose", [apart], { perm });
}
