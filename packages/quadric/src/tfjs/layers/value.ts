/**
 * A value of TensorFlow.js, [b, …, channels], in the order in which it was made.
 *
 * Images are [b, height, width, channels] in TensorFlow.js and [b, channels, height, width] for convolutions here;
 * sequences come out of recurrent layers one step at a time. A value is turned or stacked only when a layer looks at
 * the order.
 *
 * Arrays of jax-js move: every function here consumes its value.
 */
import { numpy as np } from "@jax-js/jax";

export type Value =
  /** Channels last, or second. */
  | { readonly array: np.Array; readonly order: "last" | "second" }
  /** [b, channels] at each step of a sequence [b, t, channels]. */
  | { readonly steps: readonly np.Array[] };

export const asValue = (array: np.Array, order: "last" | "second" = "last"): Value => ({ array, order });

/** The same value once more. */
export function again(value: Value): Value {
  if ("steps" in value) return { steps: value.steps.map((step) => step.ref) };
  return { ...value, array: value.array.ref };
}

export function drop(value: Value): void {
  for (const array of "steps" in value ? value.steps : [value.array]) array.dispose();
}

/** [b, …, channels] */
export function channelsLast(value: Value): np.Array {
  if ("steps" in value) return np.stack([...value.steps], 1);
  return value.order === "last" ? value.array : np.moveaxis(value.array, 1, -1);
}

/** [b, channels, …] */
export function channelsSecond(value: Value): np.Array {
  if ("steps" in value) return channelsSecond(asValue(channelsLast(value)));
  return value.order === "second" || value.array.ndim < 3 ? value.array : np.moveaxis(value.array, -1, 1);
}

/** [b, channels] at each step. */
export function stepsOf(value: Value): readonly np.Array[] {
  if ("steps" in value) return value.steps;
  const sequence = channelsLast(value);
  const [batch, steps, ...rest] = sequence.shape;
  return np.split(sequence, steps, 1).map((step) => step.reshape([batch, ...rest]));
}

/** In the shape of TensorFlow.js. */
export function shapeOf(value: Value): number[] {
  if ("steps" in value) {
    const [batch, ...rest] = value.steps[0].shape;
    return [batch, value.steps.length, ...rest];
  }
  const { shape } = value.array;
  if (value.order === "last" || shape.length < 3) return [...shape];
  return [shape[0], ...shape.slice(2), shape[1]];
}

/** A function of each element alone. */
export function elementwise(value: Value, f: (x: np.Array) => np.Array): Value {
  if ("steps" in value) return { steps: value.steps.map((step) => f(step)) };
  return asValue(f(value.array), value.order);
}
