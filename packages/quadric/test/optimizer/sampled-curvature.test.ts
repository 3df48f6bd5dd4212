import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import { oneProcess } from "../../src/distributed/one-process.ts";
import { onnx } from "../../src/node.ts";
import { norms } from "../../src/norm/norms.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { makeBatches } from "../../src/training/batches.ts";
import { fit } from "../../src/training/fit.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import { cautious } from "../helpers/steps.ts";

// ½(x·w − y)² over four examples and two weights: g_S = mean over all, B_T = mean of xxᵀ over the first two of the
// batch.
const x = { shape: [4, 2], data: Float64Array.of(1, 2, 3, -1, 0.5, 4, -2, 1) };
const y = { shape: [4], data: Float64Array.of(1, -2, 3, 0.5) };
const problem = {
  model: (w: np.Array, batch: { x: np.Array; y: np.Array }) => np.dot(batch.x, w).sub(batch.y),
  loss: (r: np.Array) => np.square(r).mul(0.5),
  params: np.array([0.3, -0.2], { dtype: np.float64 }),
};
const w = [0.3, -0.2];

function newtonStep(all: readonly number[], sampled: readonly number[]): number[] {
  const row = (i: number) => [x.data[2 * i], x.data[2 * i + 1]];
  const g = [0, 0];
  for (const i of all) {
    const [a, b] = row(i);
    const r = a * w[0] + b * w[1] - y.data[i];
    g[0] += (a * r) / all.length;
    g[1] += (b * r) / all.length;
  }
  const B = [0, 0, 0];
  for (const i of sampled) {
    const [a, b] = row(i);
    B[0] += (a * a) / sampled.length;
    B[1] += (a * b) / sampled.length;
    B[2] += (b * b) / sampled.length;
  }
  const determinant = B[0] * B[2] - B[1] ** 2;
  return [-(B[2] * g[0] - B[1] * g[1]) / determinant, -(B[0] * g[1] - B[1] * g[0]) / determinant];
}

describe("curvatureFraction", () => {
  test.each([
    ["jax", jax()],
    ["onnx, the fused solve", onnx()],
  ])("solves with the gradient of the batch and the curvature of its first examples: %s", async (_, backend) => {
    const objective = await compileObjective(problem, { backend, dtype: "float64" });
    const order = { batchSize: 4, seed: 5 };
    const batches = makeBatches({ x, y }, order);
    const numbers = makeBatches({ shape: [4], data: Int32Array.of(0, 1, 2, 3) }, order);
    const first = numbers.batch({ epoch: 0, offset: 0, size: 2 }) as Tensor;
    const options = {
      norm: norms.euclidean(),
      radius: { initial: 100, max: 100 },
      subproblem: { stoppingRule: "residual", tolerance: 1e-9 },
    } as const;
    const run = trustRegion({ ...options, sampling: { curvatureFraction: 0.5 } }).start(objective, objective.initial, {
      batches: cautious,
    });
    const record = await run.step(batches);
    expect(record).toMatchObject({ outcome: "interior", products: 2, accepted: true });
    const moved = run.parameters.map((value, i) => value - w[i]);
    expect(moved).toBeAllclose(newtonStep([0, 1, 2, 3], [...first.data]));
    // Four of the gradient, two of the part's own, two products on two each, four of the value.
    expect(objective.ledger.counts()).toMatchObject({ gradients: 2, ggnvps: 2, values: 1, examples: 4 + 2 + 4 + 4 });
    objective.dispose();
  });

  test("leaves every shard an example", async () => {
    const optimizer = trustRegion({
      norm: norms.euclidean(),
      subproblem: { maxProducts: 1 },
      sampling: { curvatureFraction: 0.25 },
    });
    const options = { backend: jax(), dtype: "float64", optimizer, batchSize: 4, steps: 1 } as const;
    const examplesOf = async (shards: number) =>
      (await fit(problem, { x, y }, { ...options, reducer: oneProcess({ shards }) })).counts.examples;
    // Value and gradient on four examples; the gradient of the part and a product on a quarter of them, or one a shard.
    expect(await examplesOf(1)).toBe(4 + 4 + 1 + 1);
    expect(await examplesOf(2)).toBe(4 + 4 + 2 + 2);
    // All four: linearized at once.
    expect(await examplesOf(4)).toBe(4 + 4 + 4);
  });
});
