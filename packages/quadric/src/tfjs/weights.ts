/** The trainable weights of a model as one vector. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Vector } from "../vector/vector.ts";

/** The trainable weights, one after another. */
export function weightsAt(model: LayersModel): Float32Array {
  const parts = model.trainableWeights.map((weight) => weight.read().dataSync());
  const w = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((offset, part) => {
    w.set(part, offset);
    return offset + part.length;
  }, 0);
  return w;
}

export function assignWeights(model: LayersModel, w: Vector): void {
  tf.tidy(() => {
    let offset = 0;
    for (const weight of model.trainableWeights) {
      const variable = weight.read() as tf.Variable;
      variable.assign(
        tf.tensor(Float32Array.from(w.subarray(offset, offset + variable.size)), variable.shape, "float32"),
      );
      offset += variable.size;
    }
  });
}
