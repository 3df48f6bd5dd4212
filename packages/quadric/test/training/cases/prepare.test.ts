import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { type CompiledObjective, compileObjective } from "../../../src/compiler/objective.ts";
import { adam, cubicRegularization, lbfgs, type Optimizer, trustRegion } from "../../../src/index.ts";
import { train } from "../../../src/training/train.ts";

const n = 40;
const data = {
  x: { shape: [n], data: Float32Array.from({ length: n }, (_, i) => i / n) },
  y: { shape: [n], data: Float32Array.from({ length: n }, (_, i) => Math.sin((3 * i) / n)) },
};
const problem = {
  model: ([a, b]: np.Array[], { x }: { x: np.Array }) => np.tanh(a.mul(x)).mul(b),
  loss: (z: np.Array, { y }: { y: np.Array }) => np.square(z.sub(y)),
  params: [np.array(0.5), np.array(0.2)],
};

const optimizers: Record<string, () => Optimizer> = {
  "trust region": () => trustRegion(),
  cubic: () => cubicRegularization(),
  adam: () => adam(),
  "l-bfgs": () => lbfgs(),
};

describe("a run compiles before its first step all that its steps need", () => {
  test.each(Object.keys(optimizers).flatMap((name) => [n, 10, 2].map((batchSize) => [name, batchSize] as const)))(
    "%s, batches of %i",
    async (name, batchSize) => {
      const objective: CompiledObjective = await compileObjective(problem, { backend: onnx() });
      const programs: number[] = [];
      const callbacks = [() => void programs.push(objective.compilation().programs)];
      const options = { optimizer: optimizers[name](), batchSize, seed: 0, callbacks };
      await train(objective, objective.initial, data, { ...options, steps: 0 });
      const prepared = objective.compilation().programs;
      expect(prepared).toBeGreaterThan(0);
      expect(objective.ledger.counts().examples).toBe(0);
      await train(objective, objective.initial, data, { ...options, steps: 12 });
      expect(new Set(programs)).toEqual(new Set([prepared]));
      objective.dispose();
    },
  );
});
