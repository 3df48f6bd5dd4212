/**
 * What is done to the inputs before the network sees them, fixed on the training data and kept with the run.
 *
 *   x ↦ (x − shift) / scale,    feature by feature or with one scale for all
 */
import type { Tensor } from "quadric";

/**
 * `scale` divides by the largest magnitude, `standardize` gives each feature mean 0 and deviation 1, `raw` does
 * nothing.
 */
export const inputsModes = ["scale", "standardize", "raw"] as const;
export type InputsMode = (typeof inputsModes)[number];

/** One number for all features, or one for each. */
export interface InputScaling {
  readonly shift: number | readonly number[];
  readonly scale: number | readonly number[];
}

/** Bytes are scaled: they are pixels, whose relative size means something. Other numbers are standardized. */
export function defaultInputsMode(inputs: Tensor): InputsMode {
  return inputs.data instanceof Uint8Array ? "scale" : "standardize";
}

export function fitScaling(mode: InputsMode, { shape: [n], data }: Tensor): InputScaling {
  switch (mode) {
    case "raw":
      return { shift: 0, scale: 1 };
    case "scale": {
      let largest = 0;
      for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
      return { shift: 0, scale: largest || 1 };
    }
    case "standardize": {
      const features = data.length / n;
      const mean = new Array<number>(features).fill(0);
      const variance = new Array<number>(features).fill(0);
      for (let i = 0; i < data.length; i++) mean[i % features] += data[i] / n;
      for (let i = 0; i < data.length; i++) variance[i % features] += (data[i] - mean[i % features]) ** 2 / n;
      const isConstant = new Array<boolean>(features).fill(true);
      for (let i = features; i < data.length; i++) if (data[i] !== data[i - features]) isConstant[i % features] = false;
      // A constant feature carries no information: it becomes 0, and so does any other value of it.
      return { shift: mean, scale: variance.map((v, j) => (isConstant[j] ? Number.MAX_VALUE : Math.sqrt(v) || 1)) };
    }
  }
}

/** The network's inputs, float32 of shape [n, features]. */
export function scaleInputs({ shift, scale }: InputScaling, { shape: [n], data }: Tensor): Tensor {
  const features = data.length / n;
  if (shift === 0 && scale === 1 && data instanceof Float32Array) return { shape: [n, features], data };
  const shifts = perFeature(shift, features);
  const scales = perFeature(scale, features);
  const scaled = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += features) {
    for (let j = 0; j < features; j++) scaled[start + j] = (data[start + j] - shifts[j]) / scales[j];
  }
  return { shape: [n, features], data: scaled };
}

function perFeature(value: number | readonly number[], features: number): Float64Array {
  return typeof value === "number" ? new Float64Array(features).fill(value) : Float64Array.from(value);
}
