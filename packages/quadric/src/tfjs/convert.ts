/** A LayersModel as a jax-js function of its trainable weights: what the compiler takes. */
import { makeJaxpr, numpy as np } from "@jax-js/jax";
import type { LayersModel, LayerVariable, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { onDevice } from "../compiler/device.ts";
import { stepsThatCount } from "./layers/basic.ts";
import { convertCall, type Layer, layersOf, type Mask, Unconvertible } from "./layers/call.ts";
import { converters } from "./layers/table.ts";
import { again, asValue, channelsLast, drop, type Value } from "./layers/value.ts";
import { penaltiesOf } from "./penalties.ts";

/**
 * What an output's last layer does to what comes before it; losses of probabilities have a form in that, which cannot
 * overflow.
 */
export type Link = "softmax" | "sigmoid" | "none";

export interface ConvertedModel {
  /** Trainable weights in the model's order and shapes: new jax arrays, the caller's own. */
  readonly params: np.Array[];
  /** One for each output. */
  readonly links: readonly Link[];
  /** The model's outputs, or before what `links` names for those that `linear` marks. Consumes its arguments. */
  apply(params: readonly np.Array[], inputs: readonly np.Array[], linear?: readonly boolean[]): np.Array[];
  /** The regularizers' penalties, one scalar; undefined if there are none. Consumes its arguments. */
  readonly penalty: ((params: readonly np.Array[]) => np.Array) | undefined;
}

type Container = Layer & Pick<LayersModel, "inputs" | "outputs" | "layers">;

const isContainer = (layer: Layer): layer is Container => "outputs" in layer && "inputs" in layer;

/**
 * The function that the model computes in training, except that dropout and noise do nothing.
 *
 * @param model - Built. Weights are copied now; frozen ones become constants.
 * @param inputShapes - of one batch, for open shapes; by default 2 examples, and 8 along what the model leaves open.
 * @throws {TypeError} if something in the model has no form in jax-js, naming the layer and what it is.
 * @example
 * const { apply, params } = convertTfjs(network);
 * const model = (w: typeof params, { x }: { x: np.Array }) => apply(w, [x])[0];
 * const loss = (z: np.Array, { y }: { y: np.Array }) => np.square(z.sub(y));
 * await fit({ model, loss, params }, data);
 */
export function convertTfjs(
  model: LayersModel,
  inputShapes: readonly (readonly number[])[] = model.inputs.map(({ shape }) => [
    2,
    ...shape.slice(1).map((n) => n ?? 8),
  ]),
): ConvertedModel {
  const places = new Map(model.trainableWeights.map(({ id }, i) => [id, i]));
  const frozen = new Map(model.nonTrainableWeights.map((weight) => [weight.id, valuesOf(weight)]));
  const hasMasks = layersOf(model).some(makesMasks);

  const apply: ConvertedModel["apply"] = (params, inputs, linear = []) => {
    const weightOf = ({ id, shape }: LayerVariable): np.Array => {
      const place = places.get(id);
      return place === undefined ? np.array(frozen.get(id)!.slice(), { shape: shape as number[] }) : params[place].ref;
    };
    const call = (layer: Layer, values: readonly Value[], mask: Mask, isLinear: readonly boolean[]): Value[] => {
      if (isContainer(layer)) {
        if (mask !== undefined && layersOf(layer).some(usesMasks))
          throw new Unconvertible(`model "${layer.name}" passes on a mask`);
        return evaluate(layer, values, isLinear);
      }
      const converter = converters[layer.getClassName()];
      if (converter === undefined) throw new Unconvertible(`layer "${layer.name}" is a ${layer.getClassName()}`);
      if (hasMasks && mask === undefined && usesMasks(layer))
        throw new Unconvertible(
          `layer "${layer.name}" may get the mask of another layer, as TensorFlow.js passes them on`,
        );
      return convertCall(layer, converter, {
        inputs: values,
        mask,
        linear: isLinear.includes(true),
        weightOf,
        apply: (inner, innerInputs, { mask, linear = false } = {}) => call(inner, innerInputs, mask, [linear]),
      });
    };

    /** The outputs of a container for these inputs; one that is called twice is evaluated twice, with the same weights. */
    const evaluate = (container: Container, inputs: readonly Value[], isLinear: readonly boolean[]): Value[] => {
      const known = new Map<string, readonly Value[]>();
      const masks = new Map<number, Mask>();
      for (const [i, tensor] of container.inputs.entries()) known.set(keyOf(tensor, false), [inputs[i]]);
      const valueAt = (tensor: SymbolicTensor, linear = false): Value => {
        const key = keyOf(tensor, linear);
        let outputs = known.get(key);
        if (outputs === undefined) {
          const { sourceLayer, inputs } = tensor;
          const values = inputs.map((input) => valueAt(input));
          const mask = inputs.length > 0 ? masks.get(inputs[0].id) : undefined;
          const made = maskMade(sourceLayer, inputs, values, masks);
          outputs = call(
            sourceLayer,
            values,
            mask,
            outputsOf(tensor).map((_, i) => linear && i === indexOf(tensor)),
          );
          known.set(key, outputs);
          for (const { id } of outputsOf(tensor)) masks.set(id, made);
        }
        return again(outputs[outputs.length === 1 ? 0 : indexOf(tensor)]);
      };
      const result = container.outputs.map((tensor, i) => valueAt(tensor, isLinear[i]));
      for (const value of [...known.values()].flat()) drop(value);
      for (const mask of new Set(masks.values())) if (mask instanceof np.Array) mask.dispose();
      return result;
    };

    const outputs = evaluate(
      model,
      inputs.map((x) => asValue(x)),
      linear,
    );
    const results = outputs.map(channelsLast);
    for (const array of params) array.dispose();
    return results;
  };

  const params: np.Array[] = [];
  try {
    for (const weight of model.trainableWeights) {
      if (weight.shape.includes(0)) throw new Unconvertible(`the weight "${weight.name}" has no elements`);
      params.push(np.array(valuesOf(weight), { shape: weight.shape as number[] }));
    }
    const penalty = penaltiesOf(model, places);
    // What a converter cannot take shows when it is applied.
    onDevice("wasm", () => {
      const count = params.length;
      const traced = (...arrays: np.Array[]) => apply(arrays.slice(0, count), arrays.slice(count));
      makeJaxpr(traced)(
        ...params.map((w) => np.zeros(w.shape)),
        ...inputShapes.map((shape) => np.zeros([...shape])),
      ).jaxpr.dispose();
    });
    return { params, links: model.outputs.map(linkOf), apply, penalty };
  } catch (error) {
    for (const array of params) array.dispose();
    // Shapes that jax-js does not take, such as windows larger than the image, are as little a form.
    const reason = error instanceof Unconvertible ? error.message : `it cannot be traced: ${(error as Error).message}`;
    throw new TypeError(
      `fitTfjs: the compiled route needs a form of every part of the model in jax-js, but ${reason}.`,
      {
        cause: error,
      },
    );
  }
}

const outputsOf = (tensor: SymbolicTensor): readonly SymbolicTensor[] =>
  tensor.sourceLayer.inboundNodes[tensor.nodeIndex].outputTensors;

const indexOf = (tensor: SymbolicTensor): number => tensor.outputTensorIndex ?? 0;

/** Outputs of one call are known together. */
function keyOf(tensor: SymbolicTensor, linear: boolean): string {
  return `${outputsOf(tensor)[0].id}${linear ? ` linear ${indexOf(tensor)}` : ""}`;
}

function makesMasks(layer: Layer): boolean {
  return layer.getClassName() === "Masking" || layer.getConfig().maskZero === true;
}

function usesMasks(layer: Layer): boolean {
  return /^(RNN|SimpleRNN|GRU|LSTM|Bidirectional|Softmax|ConvLSTM2D)$/.test(layer.getClassName());
}

/** The mask of a call's outputs, by the rules of TensorFlow.js. `values` are only read. */
function maskMade(
  layer: Layer,
  inputs: readonly SymbolicTensor[],
  values: readonly Value[],
  masks: ReadonlyMap<number, Mask>,
): Mask {
  const own = inputs.map(({ id }) => masks.get(id));
  if (layer.getClassName() === "Masking") {
    return stepsThatCount(channelsLast(again(values[0])), layer.getConfig().maskValue as number);
  }
  if (layer.getConfig().maskZero === true) return channelsLast(again(values[0])).notEqual(0).astype(np.float32);
  if (own.every((mask) => mask === undefined) || !layer.supportsMasking) return undefined;
  // Of several inputs TensorFlow.js makes a mask with an axis too many.
  if (inputs.length > 1 && !usesMasks(layer)) return "unclear";
  if (usesMasks(layer) && layer.getConfig().returnSequences === false) return undefined;
  return own[0];
}

function linkOf(tensor: SymbolicTensor): Link {
  return linkOfLayer(tensor.sourceLayer, indexOf(tensor));
}

function linkOfLayer(layer: Layer & { readonly layer?: Layer }, index = 0): Link {
  if (isContainer(layer)) return linkOf(layer.outputs[layer.outputs.length === 1 ? 0 : index]);
  const name = layer.getClassName();
  if (name === "TimeDistributed") return linkOfLayer(layer.layer!);
  if (name === "Softmax") return [layer.getConfig().axis].flat().length === 1 ? "softmax" : "none";
  if (!/^(Dense|Activation|Conv|Separable|Depthwise)/.test(name)) return "none";
  const { activation, dataFormat } = layer.getConfig();
  // A softmax is along the last axis, whatever that holds.
  return activation === "sigmoid" || (activation === "softmax" && dataFormat !== "channelsFirst") ? activation : "none";
}

function valuesOf(weight: LayerVariable): Float32Array<ArrayBuffer> {
  return Float32Array.from(weight.read().dataSync());
}
