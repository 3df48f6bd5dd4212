/**
 * Convolutions in one, two and three dimensions. Kernels are [...sizes, in, out] in TensorFlow.js, [out, in, ...sizes]
 * here.
 *
 * A transposed convolution is the transpose of one that would take its output: a convolution of the input with s − 1
 * zeros between its elements and the kernel reversed.
 */
import { lax, numpy as np } from "@jax-js/jax";
import type { Converter, LayerCall } from "./call.ts";
import { imagesOf, inFormat, type Pair } from "./shape.ts";
import type { Value } from "./value.ts";

/**
 * Zeros before and after each axis for windows of `size`: with "same" there are as many places as strides of the image.
 * In three dimensions TensorFlow.js lets the number be negative, which skips elements.
 */
export function paddingOf(
  padding: string,
  lengths: readonly number[],
  sizes: readonly number[],
  strides: readonly number[],
): [number, number][] {
  const least = lengths.length === 3 ? Number.NEGATIVE_INFINITY : 0;
  return sizes.map((size, i) => {
    if (padding !== "same") return [0, 0];
    const total = Math.max((Math.ceil(lengths[i] / strides[i]) - 1) * strides[i] + size - lengths[i], least);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  });
}

/** Images without the elements that a negative padding skips, and what is left to pad. */
export function skipped(x: np.Array, padding: readonly Pair[]): [np.Array, [number, number][]] {
  const rest = padding.map(([before, after]): [number, number] => [Math.max(before, 0), Math.max(after, 0)]);
  if (padding.flat().every((n) => n >= 0)) return [x, rest];
  const kept = padding.map(([before, after], i): [number, number] => [
    Math.max(-before, 0),
    x.shape[i + 2] + Math.min(after, 0),
  ]);
  return [x.slice([], [], ...kept), rest];
}

/** [...sizes, a, b] → [b, a, ...sizes] */
function outermost(kernel: np.Array): np.Array {
  const rank = kernel.ndim;
  return np.transpose(kernel, [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)]);
}

/** Bias and activation. */
function finished(call: LayerCall, images: np.Array, bias: np.Array): Value {
  const column = Array.from({ length: images.ndim - 2 }, () => 1);
  const biased = call.read<boolean>("useBias") ? images.add(bias.reshape([-1, ...column])) : images;
  return call.activated(inFormat(call, biased));
}

function convolved(
  call: LayerCall,
  x: np.Array,
  weight: np.Array,
  groups = 1,
  dilations?: readonly number[],
): np.Array {
  const { read } = call;
  const [strides, sizes] = [read<number[]>("strides"), weight.shape.slice(2)];
  const rates = dilations ?? sizes.map(() => 1);
  const reach = sizes.map((n, i) => (n - 1) * rates[i] + 1);
  const [images, padding] = skipped(x, paddingOf(read("padding"), x.shape.slice(2), reach, strides));
  return lax.convGeneralDilated(images, weight, [...strides], padding, {
    rhsDilation: [...rates],
    featureGroupCount: groups,
  });
}

const Conv: Converter = (call) => {
  for (const setting of ["rank", "filters", "kernelSize"]) call.read(setting);
  if (call.read("padding") === "causal") call.refuse("has causal padding");
  const [kernel, bias] = call.weights(2);
  const z = convolved(call, imagesOf(call), outermost(kernel), 1, call.read("dilationRate"));
  return finished(call, z, bias);
};

const ConvTranspose: Converter = (call) => {
  const { read } = call;
  for (const setting of ["rank", "filters"]) read(setting);
  const x = imagesOf(call);
  const [kernel, bias] = call.weights(2);
  const [sizes, strides] = [read<number[]>("kernelSize"), read<number[]>("strides")];
  const isSame = read("padding") === "same";
  const lengths = x.shape.slice(2);
  const outputs = lengths.map((n, i) => n * strides[i] + (isSame ? 0 : Math.max(sizes[i] - strides[i], 0)));
  const cuts = paddingOf(read("padding"), outputs, sizes, strides);
  const padding = sizes.map((size, i): [number, number] => {
    const before = size - 1 - cuts[i][0];
    return [before, outputs[i] - (lengths[i] - 1) * strides[i] - 1 - before + size - 1];
  });
  // [...sizes, out, in] → [out, in, ...sizes]
  const weight = np.flip(
    np.transpose(kernel, [sizes.length, sizes.length + 1, ...sizes.map((_, i) => i)]),
    sizes.map((_, i) => i + 2),
  );
  const z = lax.convGeneralDilated(
    x,
    weight,
    sizes.map(() => 1),
    padding,
    { lhsDilation: [...strides] },
  );
  return finished(call, z, bias);
};

/** One filter, or several, for each channel: [...sizes, in, times] → [in·times, 1, ...sizes] */
function perChannel(kernel: np.Array): np.Array {
  const [height, width, channels, times] = kernel.shape;
  return np.transpose(kernel, [2, 3, 0, 1]).reshape([channels * times, 1, height, width]);
}

export const convolutionLayers: Readonly<Record<string, Converter>> = {
  Conv1D: (call) => {
    // The format is not among the settings; in the other one TensorFlow.js turns the input and not the output.
    if ((call.layer as { dataFormat?: string }).dataFormat !== "channelsLast") call.refuse("has channels first");
    return Conv(call);
  },
  Conv2D: Conv,
  Conv3D: Conv,
  Conv2DTranspose: ConvTranspose,
  Conv3DTranspose: ConvTranspose,

  DepthwiseConv2D(call) {
    // TensorFlow.js does not pass the dilation on.
    for (const setting of ["kernelSize", "depthMultiplier", "dilationRate", "rank"]) call.read(setting);
    const x = imagesOf(call);
    const [kernel, bias] = call.weights(2);
    return finished(call, convolved(call, x, perChannel(kernel), kernel.shape[2]), bias);
  },

  SeparableConv2D(call) {
    // Bias and activation meet the channels of the other format there.
    call.require("dataFormat", "channelsLast");
    for (const setting of ["filters", "kernelSize", "depthMultiplier"]) call.read(setting);
    const x = imagesOf(call);
    const [depthwise, pointwise, bias] = call.weights(3);
    const channels = depthwise.shape[2];
    const filtered = convolved(call, x, perChannel(depthwise), channels, call.read("dilationRate"));
    const mixed = lax.convGeneralDilated(filtered, outermost(pointwise), [1, 1], "VALID");
    return finished(call, mixed, bias);
  },
};
