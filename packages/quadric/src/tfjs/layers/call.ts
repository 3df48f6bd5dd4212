/** What a converter is given: one call of a layer, whose configuration it reads key by key. */
import type { numpy as np } from "@jax-js/jax";
import type { LayerVariable, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { activations } from "./activations.ts";
import { asValue, elementwise, type Value } from "./value.ts";

export type Layer = SymbolicTensor["sourceLayer"];

interface Outer {
  readonly layers?: Layer[];
  readonly layer?: Layer;
}

/** The layers inside of a model or of a layer, at every depth. */
export function layersOf({ layers = [], layer }: Outer): Layer[] {
  return [...layers, ...(layer ? [layer] : [])].flatMap((one) => [one, ...layersOf(one as Outer)]);
}

/** A layer that has no form here; says which and why. */
export class Unconvertible extends Error {}

/** 1 at steps that count and 0 at others, [b, t]. "unclear" if TensorFlow.js itself makes something odd of the mask. */
export type Mask = np.Array | "unclear" | undefined;

/** Settings of a layer, of which every one must be read. */
export interface Settings {
  /** A setting, which counts as read. */
  read<T>(key: string): T;
  /** Reads a setting and requires it to be one of those that the converter knows; a setting left out is the first. */
  require(key: string, ...known: unknown[]): void;
  /** Ends the conversion. */
  refuse(because: string): never;
}

export interface LayerCall extends Settings {
  readonly layer: Layer;
  readonly inputs: readonly Value[];
  /** Of the first input. */
  readonly mask: Mask;
  /** Runs a converter's part that reads the settings of a layer inside this one. */
  within<T>(layer: Layer, part: (settings: Settings, weights: np.Array[]) => T): T;
  /** The first `count` weights of the layer, in the order in which it made them. */
  weights(count: number): np.Array[];
  /** The activation named by the setting, or nothing when the loss takes what comes before it. */
  activated(x: Value, key?: string): Value;
  /** Another layer's outputs, as part of this one's. */
  apply(layer: Layer, inputs: readonly Value[], settings?: { mask?: Mask; linear?: boolean }): Value[];
  /** Whether the loss takes what comes before the activation. */
  readonly linear: boolean;
}

/** From a call to the output, or all of several. Inputs and weights are consumed. */
export type Converter = (call: LayerCall) => Value | Value[];

interface Context {
  readonly inputs: readonly Value[];
  readonly mask: Mask;
  readonly linear: boolean;
  weightOf(weight: LayerVariable): np.Array;
  apply: LayerCall["apply"];
}

/** Settings that do not change what a layer computes, are checked elsewhere, or are never applied by TensorFlow.js. */
const passive =
  /^(name|trainable|dtype|batchInputShape|unroll|implementation|activityRegularizer|sparse|ragged)$|(Initializer|Constraint|Regularizer)$/;

/** Runs `part` and requires that it has read everything that the layer is configured by. */
function reading<T>(layer: Layer, part: (settings: Settings) => T): T {
  const config = layer.getConfig() as Record<string, unknown>;
  const unread = new Set(Object.keys(config).filter((key) => !passive.test(key)));
  const refuse = (because: string): never => {
    throw new Unconvertible(`layer "${layer.name}" (${layer.getClassName()}) ${because}`);
  };
  const read = <S>(key: string): S => {
    unread.delete(key);
    return config[key] as S;
  };
  const result = part({
    read,
    refuse,
    require(key, ...known) {
      const value = read(key) ?? known[0];
      if (!known.some((one) => JSON.stringify(one) === JSON.stringify(value)))
        refuse(`has ${key} ${JSON.stringify(value)}`);
    },
  });
  for (const key of unread) refuse(`has a setting "${key}" that the conversion does not know`);
  return result;
}

/** Calls a converter and requires that it has read every setting of the layer. */
export function convertCall(layer: Layer, converter: Converter, context: Context): Value[] {
  const outputs = reading(layer, (settings) =>
    converter({
      layer,
      ...context,
      ...settings,
      within: (inner, part) => reading(inner, (own) => part(own, inner.weights.map(context.weightOf))),
      weights: (count) => layer.weights.slice(0, count).map(context.weightOf),
      activated(x, key = "activation") {
        const name = settings.read<string>(key);
        const activation = activations[name] ?? settings.refuse(`has the activation "${name}"`);
        if (context.linear) return x;
        return activation.over === "elements" ? elementwise(x, activation.of) : onLastAxis(x, activation.of);
      },
    }),
  );
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** A function along the channels. */
export function onLastAxis(x: Value, f: (x: np.Array, axis: number) => np.Array): Value {
  if ("steps" in x) return { steps: x.steps.map((step) => f(step, -1)) };
  return asValue(f(x.array, x.order === "last" || x.array.ndim < 3 ? -1 : 1), x.order);
}
