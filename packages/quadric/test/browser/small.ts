/** A problem small enough for a GPU that is none. */
import { losses, mlp, supervised } from "../../src/index.ts";
import { numbers } from "../helpers/oracles.ts";

export const problem = () => supervised(mlp([6, 5, 3]), losses.crossEntropy, { seed: 1 });

export const data = {
  x: { shape: [12, 6], data: Float32Array.from(numbers(72, 4)) },
  y: { shape: [12], data: Int32Array.from({ length: 12 }, (_, i) => (i * i) % 3) },
};
