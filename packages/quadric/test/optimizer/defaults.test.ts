/** What `trustRegion()` takes where nothing was said: by the batches, and by what the problem tells of itself. */
import type { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { losses } from "../../src/models/losses.ts";
import { mlp } from "../../src/models/mlp.ts";
import { supervised } from "../../src/models/supervised.ts";
import { norms } from "../../src/norm/norms.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { cubicRegularization } from "../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../src/optimizer/optimizer.ts";
import { presets } from "../../src/paper/presets.ts";
import { subproblems } from "../../src/subproblem/subproblems.ts";
import { noBatches } from "../../src/training/batches.ts";
import { optimizerAt } from "../../src/training/checkpoint.ts";
import { fit } from "../../src/training/fit.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { memoryStore } from "../helpers/memory-store.ts";
import { startOn } from "../helpers/steps.ts";

const random = makeRandom(1);
const values = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
});
const data = { x: values([12, 2]), y: values([12, 1]) };
const network = mlp([2, 3, 1]);
const apart = supervised(network, losses.squaredError);
const wide = supervised(mlp([2, 50, 1]), losses.squaredError);
type Params = typeof apart.params;
type Batch = { x: np.Array; y: np.Array };
const together = {
  params: apart.params,
  loss: (params: Params, { x, y }: Batch) => losses.squaredError(network.apply(params, x), y),
};
const start = (optimizer: Optimizer | undefined, batchSize: number, problem: typeof apart | typeof together = apart) =>
  fit(problem, data, { optimizer, batchSize, steps: 3, backend: jax({ device: "cpu" }) });

describe("the default trust region", () => {
  test("is bold and shaped by curvature where batches are all the data, cautious and by gradients where they are parts", async () => {
    const [whole, part] = [await start(undefined, 12, wide), await start(undefined, 4, wide)];
    // The products of the norm's own probes are counted with those of the solve.
    expect(whole.history[0].radius).toBe(1);
    expect(whole.history[0].products).toBeGreaterThan(10);
    expect(part.history[0].radius).toBe(0.05);
    expect(part.history[0].products).toBeLessThan(10);
    const { onWholeData } = trustRegion().settings;
    expect(onWholeData).toMatchObject({
      norm: "hutchinson",
      radius: 1,
      eta2: 0.75,
      increase: 2,
      stoppingRule: "residual",
    });
  });

  test("is a ball where pairs tell all of the curvature: of at most 128 parameters", async () => {
    const { history } = await start(undefined, 12);
    expect(history[0].products).toBeLessThanOrEqual(13);
    expect(history[0].normMu).toBe(1);
    expect((await start(undefined, 12, wide)).history[0].normMu).not.toBe(1);
    expect(trustRegion().settings.onFewParameters).toEqual({ norm: "euclidean" });
    expect(trustRegion({ norm: norms.rmsprop() }).settings).not.toHaveProperty("onFewParameters");
  });

  test("keeps pairs where batches are all the data and parameters are few, unless it is told otherwise", async () => {
    const keeps = (optimizer: Optimizer, size: number, batchShare: number) => {
      const closures = { value: () => 0, gradient: (w: Vector) => w.slice(), hvp: (_: Vector, v: Vector) => v.slice() };
      const objective = closuresObjective(closures, size);
      const run = optimizer.start(objective, new Float64Array(size), { seed: 0, batchShare });
      return "pairs.count" in run.state().scalars;
    };
    expect(trustRegion().settings).toMatchObject({ preconditionerPairs: 0, onWholeData: { preconditionerPairs: 128 } });
    expect(keeps(trustRegion(), 100, 1)).toBe(true);
    expect(keeps(trustRegion(), 100, 0.5)).toBe(false);
    expect(keeps(trustRegion(), 2 ** 15, 1)).toBe(false);
    expect(keeps(trustRegion({ preconditionerPairs: 3 }), 2 ** 15, 0.5)).toBe(true);
    expect(keeps(trustRegion({ preconditionerPairs: 0 }), 100, 1)).toBe(false);
    expect(keeps(trustRegion({ preconditionerPairs: 3, subproblem: subproblems.gltr() }), 100, 1)).toBe(false);
    expect(() => trustRegion({ preconditionerPairs: -1 })).toThrow(
      "trustRegion: preconditionerPairs must be an integer >= 0, got -1.",
    );
  });

  test("keeps at most as many pairs as there are parameters", async () => {
    const rosenbrock = closuresObjective(
      {
        value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: ([x, y]) => Float64Array.of(2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)),
        hvp: ([x, y], [u, v]) => Float64Array.of((2 - 400 * y + 1200 * x * x) * u - 400 * x * v, 200 * v - 400 * x * u),
      },
      2,
    );
    const countAfterTenSteps = async (optimizer: Optimizer) => {
      const run = optimizer.start(rosenbrock, Float64Array.of(-1.2, 1), { seed: 0, batchShare: 1 });
      for (let k = 0; k < 10; k++) await run.step(noBatches());
      return run.state().scalars["pairs.count"];
    };
    expect(await countAfterTenSteps(trustRegion())).toBe(2);
    expect(await countAfterTenSteps(trustRegion({ preconditionerPairs: 6 }))).toBe(6);
  });

  test("takes Gauss–Newton where model and loss are given apart, else the Hessian", async () => {
    for (const optimizer of [trustRegion(), cubicRegularization()]) {
      const given = await start(optimizer, 4);
      expect([given.counts.hvps, given.counts.ggnvps > 0]).toEqual([0, true]);
      const whole = await start(optimizer, 4, together);
      expect([whole.counts.hvps > 0, whole.counts.ggnvps]).toEqual([true, 0]);
    }
    const told = await start(trustRegion({ curvature: "hessian" }), 4);
    expect([told.counts.hvps > 0, told.counts.ggnvps]).toEqual([true, 0]);
  });

  test("leaves every option that was given as it is, and fits its other defaults to it", async () => {
    const { history } = await start(trustRegion({ radius: 0.25, norm: undefined }), 12, wide);
    expect(history[0].radius).toBe(0.25);
    expect(history[0].products).toBeGreaterThan(10);
    const { settings } = trustRegion({ maxRadius: 0.5, eta1: 0.8 });
    expect(settings.onWholeData).toMatchObject({ radius: 0.5, eta2: 0.9 });
    expect(settings.onWholeData).not.toHaveProperty("maxRadius");
    expect(trustRegion({ radius: 1e7 }).settings).toMatchObject({ radius: 1e7, maxRadius: 1e7 });
    expect(trustRegion({ radius: 100 }).settings).toMatchObject({ maxRadius: 100, onWholeData: { maxRadius: 1e6 } });
  });

  test("starts the trust region of a warm start as the data say", async () => {
    const warmStart = { epochs: 1, optimizer: adam(), batchSize: 12 };
    const { history } = await start(trustRegion({ warmStart }), 12);
    expect(history.map(({ radius }) => radius)).toEqual([undefined, 1, expect.any(Number)]);
  });

  test("is found again in a checkpoint with the norm it had", async () => {
    const store = memoryStore();
    await fit(wide, data, { batchSize: 12, steps: 2, checkpoint: { store }, backend: jax({ device: "cpu" }) });
    const { objective } = startOn(trustRegion(), { value: () => 0, gradient: (w) => w }, new Float32Array(201));
    expect(optimizerAt((await store.load())!, trustRegion(), objective).norm?.name).toBe("hutchinson");
  });

  test("of the paper's presets has the Hessian", () => {
    for (const { trustRegion: options } of Object.values(presets.paper)) {
      for (const { curvature } of Object.values(options)) expect(curvature).toBe("hessian");
    }
  });
});
