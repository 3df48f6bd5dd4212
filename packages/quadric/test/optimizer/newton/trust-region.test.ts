import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { norms } from "../../../src/norm/norms.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { BatchSource } from "../../../src/optimizer/optimizer.ts";
import { subproblems } from "../../../src/subproblem/subproblems.ts";
import { norm2 } from "../../../src/vector/kernels.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { faulty, quadratic, rosenbrock, startOn, takeSteps } from "../../helpers/steps.ts";

const sphere = { norm: norms.euclidean() };

describe("trustRegion()", () => {
  test("takes the Newton step when the region holds it", async () => {
    const { run, records } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: { initial: 9 } }), quadratic([2, 3], [4, 6]), [0, 0]),
      1,
    );
    expect(run.parameters).toBeAllclose([-2, -2]);
    expect(records[0]).toMatchObject({ accepted: true, outcome: "interior", products: 2, loss: 0 });
    expect(records[0].ratio).toBeCloseTo(1, 12);
  });

  test("grows Δ by γ_inc on the boundary, keeps it inside, and never passes Δ_max", async () => {
    const f = quadratic([1, 1], [-10, 0]);
    const options = { ...sphere, radius: { initial: 1, grow: 2, max: 3 } };
    const { records } = await takeSteps(startOn(trustRegion(options), f, [0, 0]), 5);
    expect(records.map((r) => r.radius)).toEqual([1, 2, 3, 3, 3]);
  });

  test("keeps Δ when η₁ ≤ ρ < η₂", async () => {
    // The model's curvature is 0.8, the true one 1; so the step is 1.25, with decrease 1.25 − 1.25²/2 of 1.25/2: ρ =
    // 0.75.
    const f = { ...quadratic([1], [-1]), hvp: (_: Vector, v: Vector) => v.map((x) => 0.8 * x) };
    const { records } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: { initial: 5 }, acceptance: { eta1: 0.1, eta2: 0.99 } }), f, [0]),
      2,
    );
    expect(records[0].ratio).toBeCloseTo(0.75, 12);
    expect(records[0].accepted).toBe(true);
    expect(records[1].radius).toBe(5);
  });

  test("shrinks from the step after a rejection", async () => {
    // The model's minimiser has length 1; the function rises there.
    const f = { ...quadratic([1], [-1]), value: ([x]: Vector) => x };
    const method = trustRegion({ ...sphere, radius: { initial: 8, shrink: 2 } });
    const { records, run } = await takeSteps(startOn(method, f, [0]), 2);
    expect(records[0].accepted).toBe(false);
    expect(records[1].radius).toBe(0.5);
    expect([...run.parameters]).toEqual([0]);
  });

  test("pays one value and nothing else for a rejection with the batch kept", async () => {
    const f = faulty(rosenbrock, { value: (call, value) => (call > 1 && call < 6 ? Infinity : value) });
    const steps = startOn(trustRegion({ ...sphere, radius: { initial: 1 } }), f, [-1.2, 1]);
    await takeSteps(steps, 1);
    const { values, gradients, hvps } = steps.objective.ledger.counts();
    expect(steps.records[0]).toMatchObject({ accepted: false, ratio: -Infinity });
    await takeSteps(steps, 3);
    expect(steps.records.slice(1).map((r) => [r.accepted, r.products])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
    expect(steps.objective.ledger.counts()).toMatchObject({ values: values + 3, gradients, hvps });
    const radii = steps.records.map((r) => r.radius!);
    for (let k = 1; k < radii.length; k++) expect(radii[k]).toBeLessThan(radii[k - 1]);
    await takeSteps(steps, 1);
    expect(steps.records.at(-1)).toMatchObject({ accepted: true, products: 0 });
  });

  test.each(["steihaug", "gltr", "exact", "cauchy"] as const)(
    "re-solves with %s give the step that a fresh solve would",
    async (name) => {
      const f = faulty(rosenbrock, { value: (call, value) => (call > 1 && call < 5 ? NaN : value) });
      const subproblem = { solver: subproblems[name]() };
      const steps = await takeSteps(
        startOn(trustRegion({ ...sphere, radius: { initial: 1 }, subproblem }), f, [-1.2, 1]),
        4,
      );
      const { radius, stepNorm, modelDecrease } = steps.records[3];
      const fresh = startOn(trustRegion({ ...sphere, radius: { initial: radius }, subproblem }), rosenbrock, [-1.2, 1]);
      const [record] = (await takeSteps(fresh, 1)).records;
      expect([stepNorm!, modelDecrease!]).toBeAllclose([record.stepNorm!, record.modelDecrease!]);
      expect(steps.run.parameters).toBeAllclose(fresh.run.parameters);
    },
  );

  test("ends as converged when the gradient is within its tolerance", async () => {
    const steps = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: { initial: 1 }, tolerances: { gradient: 1e-6 } }), rosenbrock, [0, 0]),
      500,
    );
    const last = steps.records.at(-1)!;
    expect(last.status).toBe("converged");
    expect(norm2(rosenbrock.gradient(steps.run.parameters, undefined) as Vector)).toBeLessThanOrEqual(1e-6);
  });

  test("has converged when the loss cannot tell steps apart and its gradient is small beside it", async () => {
    const shifted = { ...rosenbrock, value: (w: Vector) => 1e6 + (rosenbrock.value(w, undefined) as number) };
    // A gradient that cannot go below 1e-4.
    const f = {
      ...shifted,
      gradient: (w: Vector) => (rosenbrock.gradient(w, undefined) as Vector).map((x) => x + 1e-4),
    };
    const { records } = await takeSteps(startOn(trustRegion({ ...sphere, radius: { initial: 1 } }), f, [0, 0]), 1000);
    expect(records.at(-1)).toMatchObject({ status: "converged" });
  });

  test("ends as stalled when the gradient is wrong, and says so after trying it", async () => {
    const f = { ...quadratic([1, 1]), gradient: (w: Vector) => w.map((x) => -x) };
    const { records, run } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: { shrink: 4 } }), f, [0.5, 0.5]),
      500,
    );
    expect(records.at(-1)?.status).toBe("stalled");
    expect(records.at(-1)?.message).toContain("Check the gradient.");
    expect(run.parameters).toBeAllclose([0.5, 0.5]);
  });

  test("ends as nonfinite when every trial is", async () => {
    const f = faulty(quadratic([1, 1]), { value: (call, value) => (call === 1 ? value : NaN) });
    const { records } = await takeSteps(startOn(trustRegion({ ...sphere, radius: { shrink: 4 } }), f, [0.5, 0.5]), 500);
    expect(records.at(-1)?.status).toBe("nonfinite");
    expect(records.at(-1)?.message).toContain("at no trial point");
  });

  test("accepts steps within known noise, and not without knowing it", async () => {
    // The first value comes out too low by the noise, the second too high; the true decrease is far smaller.
    const noisy = () => faulty(rosenbrock, { value: (call, value) => (value as number) + (call === 1 ? -1e-3 : 1e-3) });
    const accepted = async (noise: number) => {
      const steps = startOn(
        trustRegion({ ...sphere, radius: { initial: 0.1 }, acceptance: { noise } }),
        noisy(),
        [1.0001, 1.0002],
      );
      return (await takeSteps(steps, 1)).records[0].accepted;
    };
    expect(await accepted(0)).toBe(false);
    expect(await accepted(1e-3)).toBe(true);
  });

  test("averages the model's gradient over batches as Adam does", async () => {
    // Gradients of length 1 and then, after a unit step, 3; curvature 0, so that each step has the length of the
    // radius.
    const f: Closures = {
      value: ([x]) => -x - x * x,
      gradient: ([x]) => Float64Array.of(-1 - 2 * x),
      hvp: (_, v) => v.map(() => 0),
    };
    const options = { ...sphere, radius: { initial: 1, max: 1 }, sampling: { momentum: 0.75 } };
    const { records } = await takeSteps(startOn(trustRegion(options), f, [0]), 2);
    // Corrected means: 1, then (0.25·3 + 0.1875·1)/(1 − 0.75²); the decrease of a linear model is the gradient's
    // length.
    expect(records.map((r) => r.modelDecrease!)).toBeAllclose([1, (0.25 * 3 + 0.1875 * 1) / (1 - 0.5625)]);
    expect(records.map((r) => r.gradientNorm)).toEqual([1, 3]);
  });

  test("leaves a strict saddle along negative curvature and certifies the minimum", async () => {
    // x⁴/4 − x²/2 + y²: saddle at 0, minima at (±1, 0).
    const f: Closures = {
      value: ([x, y]) => x ** 4 / 4 - x ** 2 / 2 + y * y,
      gradient: ([x, y]) => Float64Array.of(x ** 3 - x, 2 * y),
      hvp: ([x], [u, v]) => Float64Array.of((3 * x * x - 1) * u, 2 * v),
    };
    const tolerances = { gradient: 1e-8, curvature: 1e-6 };
    const methods = [
      trustRegion({ ...sphere, tolerances, radius: { initial: 0.5 } }),
      trustRegion({ ...sphere, tolerances, radius: { initial: 100 }, subproblem: { solver: subproblems.gltr() } }),
      trustRegion({ norm: norms.rmsprop(), tolerances, radius: { initial: 0.5 } }),
      cubicRegularization({ ...sphere, tolerances }),
    ];
    for (const method of methods) {
      const { run, records } = await takeSteps(startOn(method, f, [0, 0]), 200);
      expect(records[0].negativeCurvature!).toBeGreaterThan(0.9);
      expect(records.at(-1)).toMatchObject({ status: "second-order-converged", negativeCurvature: 0 });
      expect([Math.abs(run.parameters[0]), run.parameters[1]]).toBeAllclose([1, 0], { relative: 1e-7 });
    }
    const { records } = await takeSteps(
      startOn(trustRegion({ ...sphere, tolerances: { gradient: 1e-8 } }), f, [0, 0]),
      9,
    );
    expect(records.map((r) => r.status)).toEqual(["converged"]);
  });

  test.each([
    ["independent", 3],
    ["full", 4],
  ] as const)("judges on the %s batch, keeping its losses over a rejection", async (ratioBatch, expected) => {
    // Four batches; the value closure knows which it was asked about.
    const asked: number[] = [];
    const f: Closures<number> = {
      value(w, batch) {
        asked.push(batch);
        return asked.length === expected ? Infinity : (w[0] - batch) ** 2 / 2;
      },
      gradient: (w, batch) => Float64Array.of(w[0] - batch),
      hvp: (_, v) => v,
    };
    let drawn = 0;
    const batches: BatchSource<number> = {
      draw: () => ({ epoch: 0, offset: drawn++, size: 1 }),
      batch: ({ offset }) => offset % 2,
      full: () => [0, 1],
      examples: 2,
      get epochs() {
        return drawn / 2;
      },
      batchSize: 1,
    };
    const steps = startOn(
      trustRegion({ ...sphere, acceptance: { ratioBatch }, radius: { initial: 0.1 } }),
      f as unknown as Closures,
      [5],
    );
    const records = [await steps.run.step(batches), await steps.run.step(batches)];
    expect(records.map((r) => r.accepted)).toEqual([false, true]);
    // independent: model batch 0, reference on 1, trial on 1 (Infinity), trial on 1. full: 0; 0, 1; 0 (Infinity); 0, 1.
    expect(asked).toEqual(ratioBatch === "independent" ? [0, 1, 1, 1] : [0, 0, 1, 0, 0, 1]);
  });

  test.each([
    [{ radius: { initial: -0.5 } }, "trustRegion: radius.initial must be > 0, got -0.5."],
    [{ acceptance: { eta1: 0.9, eta2: 0.1 } }, "trustRegion: need 0 < eta1 < eta2 < 1, got eta1 = 0.9, eta2 = 0.1."],
    [{ radius: { initial: 0.05, max: 0.01 } }, "trustRegion: radius.max must be >= radius.initial = 0.05, got 0.01."],
    [{ radius: { grow: 1 } }, "trustRegion: radius.grow must be > 1, got 1."],
    [{ radius: { shrink: NaN } }, "trustRegion: radius.shrink must be > 1, got NaN."],
    [{ sampling: { momentum: 1 } }, "trustRegion: momentum must be in [0, 1), got 1."],
    [{ acceptance: { noise: -1 } }, "trustRegion: acceptance.noise must be >= 0, got -1."],
    [{ tolerances: { gradient: NaN } }, "trustRegion: tolerances.gradient must be >= 0, got NaN."],
    [{ subproblem: { maxProducts: 0 } }, "trustRegion: maxProducts must be an integer >= 1, got 0."],
    [{ subproblem: { tolerance: 2 } }, "trustRegion: tolerance must be in (0, 1), got 2."],
    [{ radius: { min: 1 } }, "trustRegion: radius.min must be in [0, radius.initial), got 1."],
  ])("refuses %o", (options, message) => {
    expect(() => trustRegion(options)).toThrow(message);
  });
});
