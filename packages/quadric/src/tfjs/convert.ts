/** A LayersModel as a jax-js function of its trainable weights: what `fit` compiles. */

import { makeJaxpr, numpy as np } from "@jax-js/jax";
import type { LayersModel, LayerVariable, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { onDevice } from "../compiler/device.ts";
import { layers, toChannelsFirst, toChannelsLast, Unconvertible } from "./layers.ts";

/** What the last layer does to logits; losses have a form in the logits that cannot overflow. */
export type Link = "softmax" | "sigmoid" | "none";

export interface ConvertedModel {
  /** Trainable weights in the model's order and shapes: new jax arrays, the caller's own. */
  readonly params: np.Array[];
  readonly link: Link;
  /** The outputs before what `link` names. Consumes its arguments. */
  logits(params: readonly np.Array[], x: np.Array): np.Array;
  /** The model's outputs. Consumes its arguments. */
  apply(params: readonly np.Array[], x: np.Array): np.Array;
}

type Layer = SymbolicTensor["sourceLayer"];
type Container = Layer & Pick<LayersModel, "inputs" | "outputs" | "layers">;

const isContainer = (layer: Layer): layer is Container => "outputs" in layer && "inputs" in layer;

/**
 * The function that the model computes in training, except that dropout and noise do nothing.
 *
 * @param model - Built, with one input and one output. Weights are copied now; frozen ones become constants.
 * @throws {TypeError} if something in the model has no form in jax-js, saying what.
 * @example
 * const { apply, params } = convertTfjs(model);
 * await fit({ model: (w, { x }) => apply(w, x), loss: (z, { y }) => losses.meanSquaredError(z, y), params }, data);
 */
export function convertTfjs(model: LayersModel): ConvertedModel {
  const reason = obstacle(model);
  if (reason !== undefined) refuse(reason);
  const [output] = model.outputs;
  const places = new Map(model.trainableWeights.map(({ id }, i) => [id, i]));
  const frozen = new Map(model.nonTrainableWeights.map((weight) => [weight.id, valuesOf(weight)]));

  function evaluate(params: readonly np.Array[], x: np.Array, skipsLink: boolean): np.Array {
    const known = new Map<number, np.Array>([[model.inputs[0].id, toChannelsFirst(x)]]);
    const weightOf = ({ id, shape }: LayerVariable): np.Array => {
      const place = places.get(id);
      return place === undefined ? np.array(frozen.get(id)!.slice(), { shape: shape as number[] }) : params[place].ref;
    };
    const valueAt = (tensor: SymbolicTensor): np.Array => {
      let value = known.get(tensor.id);
      if (value === undefined) {
        value = apply(tensor);
        known.set(tensor.id, value);
      }
      return value.ref;
    };
    const apply = (tensor: SymbolicTensor): np.Array => {
      const { sourceLayer: layer, inputs } = tensor;
      const values = inputs.map(valueAt);
      if (isContainer(layer)) {
        known.set(layer.inputs[0].id, values[0]);
        return valueAt(layer.outputs[0]);
      }
      const config = layer.getConfig();
      const linear = skipsLink && tensor === output;
      if (linear && layer.getClassName() === "Softmax") return values[0];
      const settings = linear ? { ...config, activation: "linear" } : config;
      return layers[layer.getClassName()](settings, layer.weights.map(weightOf), values);
    };
    const result = toChannelsLast(valueAt(output));
    for (const array of [...known.values(), ...params]) array.dispose();
    return result;
  }

  const params = model.trainableWeights.map((weight) =>
    np.array(valuesOf(weight), { shape: weight.shape as number[] }),
  );
  try {
    // Some settings of layers show only when they are applied.
    onDevice("wasm", () => {
      const example = np.zeros([2, ...(model.inputs[0].shape.slice(1) as number[])]);
      makeJaxpr((x: np.Array, ...w: np.Array[]) => evaluate(w, x, false))(
        example,
        ...params.map((w) => np.zeros(w.shape)),
      ).jaxpr.dispose();
    });
  } catch (error) {
    if (error instanceof Unconvertible) refuse(error.message);
    throw error;
  }

  return {
    params,
    link: linkOf(output.sourceLayer),
    logits: (params, x) => evaluate(params, x, true),
    apply: (params, x) => evaluate(params, x, false),
  };
}

function refuse(reason: string): never {
  throw new TypeError(`convertTfjs: every part of a model must have a form in jax-js, got one where ${reason}.`);
}

/** What stands in the way of a conversion, as the end of a sentence; undefined if nothing is known to. */
function obstacle({
  inputs,
  outputs,
  layers: all,
}: Pick<LayersModel, "inputs" | "outputs" | "layers">): string | undefined {
  if (inputs.length !== 1 || outputs.length !== 1)
    return `there are ${inputs.length} inputs and ${outputs.length} outputs`;
  if (inputs[0].shape.slice(1).includes(null)) return `the input has the open shape [${inputs[0].shape}]`;
  for (const layer of all) {
    if (isContainer(layer)) {
      const inner = obstacle(layer);
      if (inner !== undefined) return inner;
    } else if (!(layer.getClassName() in layers)) {
      return `layer "${layer.name}" is a ${layer.getClassName()}`;
    } else if (layer.losses.length > 0) {
      return `layer "${layer.name}" has a regularizer`;
    }
  }
  return undefined;
}

function linkOf(layer: Layer): Link {
  const name = layer.getClassName() === "Softmax" ? "softmax" : layer.getConfig().activation;
  return name === "softmax" || name === "sigmoid" ? name : "none";
}

function valuesOf(weight: LayerVariable): Float32Array<ArrayBuffer> {
  return Float32Array.from(weight.read().dataSync());
}
