/**
 * Convolutions as the partial derivatives of one trilinear form, so that derivatives of convolutions are convolutions:
 *
 *   T(x, k, y) = Σ  y[n, m, o] · k[m, c, t] · x[n, c, s·o + d·t − p]
 *
 *   conv(x, k) = ∂T/∂y      conv_input(y, k) = ∂T/∂x      conv_kernel(x, y) = ∂T/∂k
 *
 * Symbols: x input [N, G·C, i…], k kernel [G·M, C, t…], y output [N, G·M, o…]; s strides, d dilations, p padding
 * before, one each a spatial axis; G groups, of which the channels of one do not meet those of another. Indices outside
 * of x read zero; p may be negative, which leaves out the beginning of x.
 */
import type { Builder } from "../builder.ts";
import {
  type ConvGeometry,
  type ConvOp,
  constantValue,
  elementCount,
  floatOut,
  geometryOf,
  type Node,
  splitScalar,
} from "../graph.ts";

/** The rule of all three: linear in each operand. */
export function conv(b: Builder, op: ConvOp, x: Node, y: Node, geometry: ConvGeometry, shape: readonly number[]): Node {
  const [p, c] = splitScalar(x);
  const [q, d] = splitScalar(y);
  if (floatOut(c, d)) return b.scale(b.conv(op, p, q, geometry, shape), c * d);
  if (constantValue(x) === 0 || constantValue(y) === 0) return b.full(0, shape, x.dtype);
  return b.make(op, [x, y], { ...geometry }, shape, x.dtype);
}

type Slot = "x" | "k" | "y";

/** The derivative of the form by each of its arguments. */
const derivatives: Record<Slot, ConvOp> = { x: "conv_input", k: "conv_kernel", y: "conv" };

/** Which argument of the form a convolution stands for, and which two it takes, in order. */
const slots: Record<ConvOp, { readonly result: Slot; readonly operands: readonly [Slot, Slot] }> = {
  conv: { result: "y", operands: ["x", "k"] },
  conv_input: { result: "x", operands: ["y", "k"] },
  conv_kernel: { result: "k", operands: ["x", "y"] },
};

/**
 * The cotangent of an operand of a convolution: the form's derivative by that operand, at the cotangent of the result.
 */
export function convCotangent(b: Builder, node: Node, cotangent: Node, operand: 0 | 1): Node {
  const { result, operands } = slots[node.op as ConvOp];
  const other = 1 - operand;
  const at = { [result]: cotangent, [operands[other]]: node.inputs[other] } as Record<Slot, Node>;
  const op = derivatives[operands[operand]];
  const [first, second] = slots[op].operands;
  return b.conv(op, at[first], at[second], geometryOf(node), node.inputs[operand].shape);
}

/** How much is read after the end of x: (o − 1)s + (t − 1)d + 1 − i − p, negative if the end of x is left out. */
export function paddingAfter(
  { strides, dilations, padding }: ConvGeometry,
  input: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
): number[] {
  return strides.map((s, i) => {
    const [size, taps, count] = [input, kernel, output].map((shape) => shape[i + 2]);
    return (count - 1) * s + (taps - 1) * dilations[i] + 1 - size - padding[i];
  });
}

/** jax-js's own parameters of x [*v, N, C, i…] and k [*v, M, C, t…]; padding is [before, after]. */
export interface JaxConvolution {
  readonly vmapDims: number;
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
}

/** A convolution as jax-js states it: axes that it maps over become groups, a dilated input becomes conv_input. */
export function importConv(b: Builder, x: Node, k: Node, params: JaxConvolution, shape: readonly number[]): Node {
  const { vmapDims: v, strides, lhsDilation, rhsDilation: dilations } = params;
  const spread = lhsDilation.some((s) => s !== 1);
  if (spread && strides.some((s) => s !== 1)) {
    const ones = lhsDilation.map(() => 1);
    return importConv(b, dilate(b, x, v + 2, lhsDilation), k, { ...params, lhsDilation: ones }, shape);
  }
  const mapped = shape.slice(0, v);
  const groups = elementCount(mapped);
  const [batch, channels, ...input] = x.shape.slice(v);
  const [features, , ...taps] = k.shape.slice(v);
  const output = shape.slice(v + 2);
  const axes = shape.map((_, i) => i);
  // [*v, N, C, i…] → [N, G·C, i…]
  const xMapped = b.expand(x, [...mapped, ...x.shape.slice(v)]);
  const xGrouped = b.reshape(b.transpose(xMapped, [v, ...axes.slice(0, v), ...axes.slice(v + 1)]), [
    batch,
    groups * channels,
    ...input,
  ]);
  const kMapped = b.expand(k, [...mapped, ...k.shape.slice(v)]);
  const before = params.padding.map(([p]) => p);
  const result = [batch, groups * features, ...output];

  function direct(): Node {
    const kernel = b.reshape(kMapped, [groups * features, channels, ...taps]);
    return b.conv("conv", xGrouped, kernel, { strides, dilations, padding: before, groups }, result);
  }

  // Σ_t x[(j + t·d − p)/s]·k[t] over the t for which the index is an integer. Counted from the other end, t′ = T − 1 − t,
  // these t′ have s·o + d·t′ − p′ = j, as in conv_input with p′ = (T − 1)d − p. There k's channels change places.
  function transposed(): Node {
    const swapped = b.transpose(kMapped, [...axes.slice(0, v), v + 1, v, ...axes.slice(v + 2)]);
    const flipped = b.flip(swapped, axes.slice(v + 2));
    const padding = before.map((p, i) => (taps[i] - 1) * dilations[i] - p);
    const kernel = b.reshape(flipped, [groups * channels, features, ...taps]);
    return b.conv("conv_input", xGrouped, kernel, { strides: lhsDilation, dilations, padding, groups }, result);
  }

  // [N, G·M, o…] → [*v, N, M, o…]
  const split = b.reshape(spread ? transposed() : direct(), [batch, ...mapped, features, ...output]);
  return b.transpose(split, [...axes.slice(1, v + 1), 0, ...axes.slice(v + 1)]);
}

/** Puts steps[i] − 1 zeros between neighbours along axis first + i. */
function dilate(b: Builder, x: Node, first: number, steps: readonly number[]): Node {
  const lead = x.shape.slice(0, first);
  const sizes = x.shape.slice(first);
  const column = b.reshape(x, [...lead, ...sizes.flatMap((n) => [n, 1])]);
  const padded = b.pad(column, [
    ...lead.map(() => [0, 0] as const),
    ...steps.flatMap(
      (s) =>
        [
          [0, 0],
          [0, s - 1],
        ] as const,
    ),
  ]);
  const joined = b.reshape(padded, [...lead, ...sizes.map((n, i) => n * steps[i])]);
  const end = sizes.map((n, i) => (n - 1) * steps[i] + 1);
  return b.slice(
    joined,
    joined.shape.map(() => 0),
    [...lead, ...end],
  );
}
