/** Twenty steps of a small network on the 8×8 digits: the run that must be the same wherever it runs. */

import "../../src/compiler/trace/float16-array.ts";
import { parseIdx } from "../../src/data.ts";
import {
  adam,
  type Backend,
  type FitOptions,
  fit,
  losses,
  mlp,
  norms,
  type StepEvent,
  supervised,
  trustRegion,
} from "../../src/index.ts";

export interface DigitsSettings extends Pick<FitOptions, "signal" | "callbacks" | "steps" | "batchSize"> {
  /** Defaults to "trust-region". */
  readonly method?: "trust-region" | "adam";
  readonly backend?: Backend;
}

/** @param read - the bytes of a file of the digits, unpacked. */
export async function digits(read: (file: string) => Promise<Uint8Array>, settings: DigitsSettings = {}) {
  const { method = "trust-region", steps = 20, batchSize = 128, ...rest } = settings;
  const images = parseIdx(await read("train-images-idx3-ubyte.gz"));
  const labels = parseIdx(await read("train-labels-idx1-ubyte.gz"));
  const [n, height, width] = images.shape;
  const x = { shape: [n, height * width], data: Float32Array.from(images.data, (pixel) => pixel / 16) };
  const problem = supervised(mlp([height * width, 24, 10]), losses.crossEntropy, { seed: 3 });
  const optimizer = method === "adam" ? adam() : trustRegion({ norm: norms.rmsprop() });
  return fit(problem, { x, y: labels }, { ...rest, optimizer, steps, batchSize, seed: 5 });
}

/**
 * The decisions of a run, which must be the same everywhere, and its numbers, which must be the same up to rounding.
 */
export function summary(history: readonly StepEvent[]) {
  return {
    decisions: history.map(({ accepted, outcome, counts }) => ({ accepted, outcome, counts })),
    losses: history.map(({ loss }) => loss),
    radii: history.map(({ radius }) => radius ?? 0),
  };
}

export type Summary = ReturnType<typeof summary>;
