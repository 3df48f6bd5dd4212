/** Batch and layer normalization of values of any rank: (x − μ)/√(σ² + ε)·γ + β. */
import { numpy as np } from "@jax-js/jax";
import type { Converter, LayerCall } from "./call.ts";
import { asValue, channelsLast, channelsSecond, shapeOf } from "./value.ts";

/** γ and β, in a shape that broadcasts; undefined when the layer has none. */
function scaleAndShift({ read, weights }: LayerCall, shape: number[]): [np.Array | undefined, np.Array | undefined] {
  const [hasScale, hasShift] = [read<boolean>("scale"), read<boolean>("center")];
  const values = weights(Number(hasScale) + Number(hasShift)).map((weight) => weight.reshape(shape));
  return [hasScale ? values[0] : undefined, hasShift ? values[Number(hasScale)] : undefined];
}

function normalized(call: LayerCall, x: np.Array, axes: number[], broadcast: number[]): np.Array {
  const centered = x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centered.ref), axes, { keepdims: true });
  const [scale, shift] = scaleAndShift(call, broadcast);
  const unit = centered.div(np.sqrt(variance.add(call.read<number>("epsilon"))));
  const scaled = scale === undefined ? unit : unit.mul(scale);
  return shift === undefined ? scaled : scaled.add(shift);
}

export const normalizationLayers: Readonly<Record<string, Converter>> = {
  /** By the statistics of the batch, as in training. */
  BatchNormalization(call) {
    call.read("momentum");
    const [x] = call.inputs;
    const rank = shapeOf(x).length;
    const axis = (call.read<number>("axis") + rank) % rank;
    // Along another axis some backends of TensorFlow.js mix up the statistics.
    if (axis !== rank - 1) call.refuse(`normalizes along axis ${axis}`);
    const isSecond = "order" in x && x.order === "second" && rank > 2;
    const [images, kept] = isSecond ? [channelsSecond(x), 1] : [channelsLast(x), axis];
    const axes = images.shape.map((_, i) => i).filter((i) => i !== kept);
    const broadcast = images.shape.map((n, i) => (i === kept ? n : 1));
    return asValue(normalized(call, images, axes, broadcast), isSecond ? "second" : "last");
  },

  LayerNormalization(call) {
    const x = channelsLast(call.inputs[0]);
    const axes = [call.read<number | number[]>("axis")].flat().map((axis) => (axis + x.ndim) % x.ndim);
    // γ and β have the axes in the order given; those of TensorFlow.js are reshaped, not turned.
    const broadcast = x.shape.map((n, i) => (axes.includes(i) ? n : 1));
    return asValue(normalized(call, x, axes, broadcast));
  },
};
