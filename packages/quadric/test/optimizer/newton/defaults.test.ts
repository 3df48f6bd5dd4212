/** What second-order methods take if nothing was said: by the batches, and by what the problem tells of itself. */

import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../../src/objective/closures.ts";
import { adam } from "../../../src/optimizer/first-order/adam.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { type TrustRegionOptions, trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { warmStarted } from "../../../src/paper/warm-start.ts";
import { subproblems } from "../../../src/subproblem/subproblems.ts";
import { noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { start, together, wide } from "../../helpers/small-networks.ts";
import { rosenbrock } from "../../helpers/steps.ts";

describe("the defaults of trustRegion()", () => {
  test("keeps pairs with full batches of few parameters, unless asked otherwise", async () => {
    const keeps = (optimizer: Optimizer, size: number, samplingFraction: number) => {
      const closures = { value: () => 0, gradient: (w: Vector) => w.slice(), hvp: (_: Vector, v: Vector) => v.slice() };
      const objective = closuresObjective(closures, size);
      const run = optimizer.start(objective, new Float64Array(size), {
        batches: { batchSize: samplingFraction, examples: 1 },
      });
      return "descent.preconditioner.count" in run.state().scalars;
    };
    expect(keeps(trustRegion(), 100, 1)).toBe(true);
    expect(keeps(trustRegion(), 100, 0.5)).toBe(false);
    expect(keeps(trustRegion(), 2 ** 15, 1)).toBe(false);
    expect(keeps(trustRegion({ preconditioner: { memory: 3 } }), 2 ** 15, 0.5)).toBe(true);
    expect(keeps(trustRegion({ preconditioner: { memory: 0 } }), 100, 1)).toBe(false);
    expect(
      keeps(trustRegion({ preconditioner: { memory: 3 }, subproblem: { solver: subproblems.gltr() } }), 100, 1),
    ).toBe(false);
    expect(() => trustRegion({ preconditioner: { memory: -1 } })).toThrow(
      "trustRegion: preconditioner.memory must be an integer >= 0, got -1.",
    );
  });

  test("keeps at most as many pairs as there are parameters", async () => {
    const objective = closuresObjective(rosenbrock, 2);
    const countAfterTenSteps = async (optimizer: Optimizer) => {
      const run = optimizer.start(objective, Float64Array.of(-1.2, 1), { batches: noBatches() });
      for (let k = 0; k < 10; k++) await run.step(noBatches());
      return run.state().scalars["descent.preconditioner.count"];
    };
    expect(await countAfterTenSteps(trustRegion())).toBe(2);
    expect(await countAfterTenSteps(trustRegion({ preconditioner: { memory: 6 } }))).toBe(6);
  });

  test("takes Gauss–Newton for composite losses, else the Hessian", async () => {
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
    const { history } = await start(trustRegion({ radius: { initial: 0.25 }, norm: undefined }), 12, wide);
    expect(history[0].radius).toBe(0.25);
    expect(history[0].products).toBeGreaterThan(10);
    const settingsOf = (options: TrustRegionOptions, samplingFraction: number) =>
      trustRegion(options).choose({ layout: { size: 10 } }, { batchSize: samplingFraction, examples: 1 }).settings;
    expect(settingsOf({ radius: { max: 0.5 }, acceptance: { eta1: 0.8 } }, 1)).toMatchObject({
      radius: { max: 0.5 },
      acceptance: { eta1: 0.8, eta2: 0.9 },
    });
    expect(settingsOf({ radius: { initial: 1e7 } }, 1)).toMatchObject({ radius: { initial: 1e7, max: 1e7 } });
    expect(settingsOf({ radius: { initial: 100 } }, 1)).toMatchObject({ radius: { max: 1e6 } });
    expect(settingsOf({ radius: { initial: 100 } }, 0.5)).toMatchObject({ radius: { max: 100 } });
  });

  test("starts the trust region of a warm start as the data say", async () => {
    const warmStart = { epochs: 1, optimizer: adam(), batchSize: 12 };
    const { history } = await start(warmStarted(trustRegion(), warmStart), 12);
    expect(history.map(({ radius }) => radius)).toEqual([undefined, expect.any(Number), expect.any(Number)]);
  });
});
