import { describe, expect, test } from "vitest";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../src/compiler/objective.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { makeIterate } from "../../src/optimizer/iterate.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { makeBatches } from "../../src/training/batches.ts";

const objective = (retainsNothing: boolean) => ({ dtype: "float64", retainsNothing }) as Objective;
const start = Float64Array.of(1, 2);

describe("an iterate", () => {
  test("takes turns between two vectors while nobody looks", () => {
    const iterate = makeIterate(start, objective(true));
    const seen = new Set();
    for (let k = 0; k < 6; k++) {
      const trial = iterate.trial();
      seen.add(trial);
      if (k % 3 === 2) iterate.reject(trial);
      else iterate.accept(trial);
    }
    expect(seen.size).toBeLessThanOrEqual(2);
  });

  test.each([
    ["has been shown", true],
    ["an objective may have kept", false],
  ])("never writes over a vector that %s", (_, borrows) => {
    const iterate = makeIterate(start, objective(borrows));
    const shown = [borrows ? iterate.show() : iterate.current];
    for (let k = 0; k < 4; k++) {
      const trial = iterate.trial();
      expect(shown).not.toContain(trial);
      trial.fill(k);
      iterate.accept(trial);
      shown.push(borrows ? iterate.show() : iterate.current);
    }
    expect(shown.map((w) => w[0])).toEqual([1, 0, 1, 2, 3]);
  });
});

const n = 64;
const data = {
  x: { shape: [n, 3], data: Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(i)) },
  y: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % 2) },
};

test.each([
  ["trust region", trustRegion()],
  ["Adam", adam()],
])("%s, writing over spent batches and points, takes the steps it takes where it cannot", async (_, optimizer) => {
  const runs = [];
  for (const watched of [false, true]) {
    const compiled = await compileObjective(supervised(mlp([3, 8, 2]), losses.crossEntropy), { backend: onnx() });
    const batches = makeBatches(data, { batchSize: 16, seed: 1 });
    const batch = (indices: Parameters<typeof batches.batch>[0]) => batches.batch(indices);
    const run = optimizer.start(watched ? { ...compiled, retainsNothing: false } : compiled, compiled.initial, {
      batches,
    });
    const values: number[] = [];
    for (let k = 0; k < 30; k++) values.push((await run.step(watched ? { ...batches, batch } : batches)).loss);
    runs.push({ losses: values, w: [...run.parameters] });
    run.dispose();
    compiled.dispose();
  }
  expect(runs[0]).toEqual(runs[1]);
});

test("closures may keep the points they are given", async () => {
  const points: { w: Float64Array; copy: number[] }[] = [];
  const value = (w: ArrayLike<number>) => {
    points.push({ w: w as Float64Array, copy: Array.from(w) });
    return w[0] ** 2 + 5 * w[1] ** 4;
  };
  const f = closuresObjective(
    {
      value,
      gradient: (w) => Float64Array.of(2 * w[0], 20 * w[1] ** 3),
      hvp: (w, v) => Float64Array.of(2 * v[0], 60 * w[1] ** 2 * v[1]),
    },
    start,
  );
  const noData = {
    examples: 1,
    epochs: 0,
    batchSize: 1,
    draw: () => ({ epoch: 0, offset: 0, size: 1 }),
    full: () => [undefined],
  };
  const run = trustRegion().start(f, start, { batches: noData });
  for (let k = 0; k < 10; k++) await run.step({ ...noData, batch: () => undefined });
  expect(points.map(({ w }) => [...w])).toEqual(points.map(({ copy }) => copy));
});
