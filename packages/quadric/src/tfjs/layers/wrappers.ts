/** Layers around other layers. */
import { numpy as np } from "@jax-js/jax";
import { type Converter, type Layer, layersOf } from "./call.ts";
import { again, asValue, channelsLast, type Value } from "./value.ts";

const merges: Readonly<Record<string, (a: np.Array, b: np.Array) => np.Array>> = {
  concat: (a, b) => np.concatenate([a, b], -1),
  sum: (a, b) => a.add(b),
  ave: (a, b) => a.add(b).mul(0.5),
  mul: (a, b) => a.mul(b),
};

/** A value of which the steps come in the other order. */
function reversed(value: Value): Value {
  return "steps" in value ? { steps: value.steps.toReversed() } : asValue(np.flip(channelsLast(value), 1));
}

export const wrapperLayers: Readonly<Record<string, Converter>> = {
  /** All steps at once, which is the same if no example sees another. */
  TimeDistributed(call) {
    call.read("layer");
    const { layer } = call.layer as Layer & { readonly layer: Layer };
    for (const inner of [layer, ...layersOf(layer as object)]) {
      const name = inner.getClassName();
      if (name === "BatchNormalization") call.refuse("normalizes each step by its own statistics");
      if (call.mask !== undefined && /RNN|LSTM|GRU|Bidirectional|^Softmax$/.test(name)) call.refuse("passes on a mask");
    }
    const x = channelsLast(call.inputs[0]);
    const [batch, steps, ...rest] = x.shape;
    const [output] = call.apply(layer, [asValue(x.reshape([batch * steps, ...rest]))], { linear: call.linear });
    const y = channelsLast(output);
    return asValue(y.reshape([batch, steps, ...y.shape.slice(1)]));
  },

  Bidirectional(call) {
    call.read("layer");
    call.read("numConstants");
    const { forwardLayer, backwardLayer } = call.layer as Layer & { forwardLayer: Layer; backwardLayer: Layer };
    const config = forwardLayer.getConfig();
    const [x, ...states] = call.inputs;
    const half = states.length / 2;
    const { mask } = call;
    const forward = call.apply(forwardLayer, [again(x), ...states.slice(0, half)], { mask });
    const backward = call.apply(backwardLayer, [x, ...states.slice(half)], { mask });
    const [y, z] = [forward[0], config.returnSequences ? reversed(backward[0]) : backward[0]];
    const mergeMode = call.read<string | null>("mergeMode");
    const merge = mergeMode == null ? undefined : merges[mergeMode];
    const merged = merge ? [join(y, z, merge)] : [y, z];
    return [...merged, ...forward.slice(1), ...backward.slice(1)];
  },
};

function join(y: Value, z: Value, merge: (a: np.Array, b: np.Array) => np.Array): Value {
  if ("steps" in y && "steps" in z) return { steps: y.steps.map((step, t) => merge(step, z.steps[t])) };
  return asValue(merge(channelsLast(y), channelsLast(z)));
}
