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
import { faulty, quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const sphere = { norm: norms.euclidean() };
const rosenbrock: Required<Closures> = {
  value: ([a, b]) => 100 * (b - a * a) ** 2 + (1 - a) ** 2,
  gradient: ([a, b]) => Float64Array.of(-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)),
  hvp: ([a, b], [u, v]) => Float64Array.of((1200 * a * a - 400 * b + 2) * u - 400 * a * v, -400 * a * u + 200 * v),
  ggnvp: ([a], [u, v]) => Float64Array.of((800 * a * a + 2) * u - 400 * a * v, -400 * a * u + 200 * v),
};

describe("trustRegion()", () => {
  test("takes the Newton step when the region holds it", async () => {
    const { run, records } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: 9 }), quadratic([2, 3], [4, 6]), [0, 0]),
      1,
    );
    expect(run.parameters).toBeAllclose([-2, -2]);
    expect(records[0]).toMatchObject({ accepted: true, outcome: "interior", products: 2, loss: 0 });
    expect(records[0].ratio).toBeCloseTo(1, 12);
  });

  test("grows Δ by γ_inc on the boundary, keeps it inside, and never passes Δ_max", async () => {
    const f = quadratic([1, 1], [-10, 0]);
    const options = { ...sphere, radius: 1, increase: 2, maxRadius: 3 };
    const { records } = await takeSteps(startOn(trustRegion(options), f, [0, 0]), 5);
    expect(records.map((r) => r.radius)).toEqual([1, 2, 3, 3, 3]);
    const paper = trustRegion({ ...options, radius: 20, maxRadius: 30, growOnlyAtBoundary: false });
    const grown = await takeSteps(startOn(paper, f, [0, 0]), 2);
    expect(grown.records.map((r) => r.radius)).toEqual([20, 30]);
  });

  test("keeps Δ when η₁ ≤ ρ < η₂", async () => {
    // The true curvature is 1.5 times that of the model, so ρ = (½·1 + ½·…) lies strictly between the thresholds.
    const f = { ...quadratic([1], [-1]), hvp: (_: Vector, v: Vector) => v.map((x) => 0.8 * x) };
    const { records } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: 5, eta1: 0.1, eta2: 0.99 }), f, [0]),
      2,
    );
    expect(records[0].ratio).toBeGreaterThan(0.1);
    expect(records[0].ratio).toBeLessThan(0.99);
    expect(records[0].accepted).toBe(true);
    expect(records[1].radius).toBe(5);
  });

  test.each([
    ["step", 0.5],
    ["radius", 4],
  ] as const)("shrinks from the %s after a rejection", async (shrinkFrom, expected) => {
    // The model's minimiser has length 1; the function rises there.
    const f = { ...quadratic([1], [-1]), value: ([x]: Vector) => x };
    const { records, run } = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: 8, decrease: 2, shrinkFrom }), f, [0]),
      2,
    );
    expect(records[0].accepted).toBe(false);
    expect(records[1].radius).toBe(expected);
    expect([...run.parameters]).toEqual([0]);
  });

  test("pays one value and nothing else for a rejection with the batch kept", async () => {
    const f = faulty(rosenbrock, { value: (call, value) => (call > 1 && call < 6 ? Infinity : value) });
    const steps = startOn(trustRegion({ ...sphere, radius: 1 }), f, [-1.2, 1]);
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
      const subproblem = subproblems[name]();
      const steps = await takeSteps(startOn(trustRegion({ ...sphere, radius: 1, subproblem }), f, [-1.2, 1]), 4);
      const { radius, stepNorm, modelDecrease } = steps.records[3];
      const fresh = startOn(trustRegion({ ...sphere, radius, subproblem }), rosenbrock, [-1.2, 1]);
      const [record] = (await takeSteps(fresh, 1)).records;
      expect([stepNorm!, modelDecrease!]).toBeAllclose([record.stepNorm!, record.modelDecrease!]);
      expect(steps.run.parameters).toBeAllclose(fresh.run.parameters);
    },
  );

  test("draws a new batch and pays its products after a rejection when it does not keep the batch", async () => {
    const f = faulty(rosenbrock, { value: (call, value) => (call === 2 ? Infinity : value) });
    const steps = await takeSteps(startOn(trustRegion({ ...sphere, keepBatchOnReject: false }), f, [-1.2, 1]), 2);
    expect(steps.records[0].accepted).toBe(false);
    expect(steps.objective.ledger.counts().gradients).toBe(2);
    expect(steps.records[1].products).toBeGreaterThan(0);
  });

  test.each([true, false])(
    "leaves the norm alone after a rejected step (keepBatchOnReject %s)",
    async (keepBatchOnReject) => {
      const f = faulty(rosenbrock, { value: (call, value) => (call === 2 || call === 4 ? Infinity : value) });
      const steps = startOn(trustRegion({ norm: norms.adagrad(), keepBatchOnReject, radius: 0.5 }), f, [-1.2, 1]);
      const states: string[] = [];
      let accepted = 0;
      for (let k = 0; k < 6; k++) {
        await takeSteps(steps, 1);
        accepted += Number(steps.records[k].accepted);
        states.push(
          JSON.stringify(Object.entries(steps.run.state().vectors).filter(([name]) => name.startsWith("norm"))),
        );
      }
      // Each update is followed by rejections, then one acceptance; so there are as many states as acceptances.
      expect(steps.records.some((r) => !r.accepted)).toBe(true);
      expect(new Set(states).size).toBe(accepted + (steps.records[5].accepted ? 0 : 1));
    },
  );

  test.each([
    [
      "rescale",
      (s: Vector, before: readonly number[], after: readonly number[]) =>
        Math.hypot(...s.map((x, i) => x * Math.sqrt(after[i]))) /
        Math.hypot(...s.map((x, i) => x * Math.sqrt(before[i]))),
    ],
    [
      "trace",
      (_: Vector, before: readonly number[], after: readonly number[]) =>
        Math.sqrt((after[0] + after[1]) / (before[0] + before[1])),
    ],
    ["keep", () => 1],
  ] as const)("measures Δ in the new norm by %s", async (radiusOnNormChange, factor) => {
    const epsilon = 1e-10;
    const options = { norm: norms.adagrad({ epsilon }), radiusOnNormChange, radius: 0.1, increase: 1.5 };
    const steps = await takeSteps(startOn(trustRegion(options), rosenbrock, [-1.2, 1]), 1);
    const w = steps.run.parameters;
    const g0 = rosenbrock.gradient(Float64Array.of(-1.2, 1), undefined) as Vector;
    const g1 = rosenbrock.gradient(w, undefined) as Vector;
    const before = [...g0].map((g) => Math.sqrt(g * g + epsilon));
    const after = [...g0].map((g, i) => Math.sqrt(g * g + g1[i] ** 2 + epsilon));
    await takeSteps(steps, 1);
    expect(steps.records[0].accepted).toBe(true);
    const grown = steps.records[0].ratio! >= 0.95 ? 1.5 : 1;
    const step = Float64Array.of(w[0] + 1.2, w[1] - 1);
    expect(steps.records[1].radius!).toBeAllclose(0.1 * grown * factor(step, before, after));
  });

  test("ends as converged when the gradient is within its tolerance", async () => {
    const steps = await takeSteps(
      startOn(trustRegion({ ...sphere, radius: 1, gradientTolerance: 1e-6 }), rosenbrock, [0, 0]),
      500,
    );
    const last = steps.records.at(-1)!;
    expect(last.status).toBe("converged");
    expect(norm2(rosenbrock.gradient(steps.run.parameters, undefined) as Vector)).toBeLessThanOrEqual(1e-6);
  });

  test("ends at the noise floor when no step reduces the gradient any further", async () => {
    const shifted = { ...rosenbrock, value: (w: Vector) => 1e6 + (rosenbrock.value(w, undefined) as number) };
    // A gradient that cannot go below 1e-4.
    const f = {
      ...shifted,
      gradient: (w: Vector) => (rosenbrock.gradient(w, undefined) as Vector).map((x) => x + 1e-4),
    };
    const { records } = await takeSteps(startOn(trustRegion({ ...sphere, radius: 1 }), f, [0, 0]), 1000);
    expect(records.at(-1)).toMatchObject({ status: "noise-floor", atNoiseFloor: true });
  });

  test("ends as radius-collapsed when the gradient is wrong", async () => {
    const f = { ...quadratic([1, 1]), gradient: (w: Vector) => w.map((x) => -x) };
    const { records, run } = await takeSteps(startOn(trustRegion({ ...sphere, decrease: 4 }), f, [0.5, 0.5]), 500);
    expect(records.at(-1)?.status).toBe("radius-collapsed");
    expect(run.parameters).toBeAllclose([0.5, 0.5]);
  });

  test("ends as nonfinite when every trial is", async () => {
    const f = faulty(quadratic([1, 1]), { value: (call, value) => (call === 1 ? value : NaN) });
    const { records } = await takeSteps(startOn(trustRegion({ ...sphere, decrease: 4 }), f, [0.5, 0.5]), 500);
    expect(records.at(-1)?.status).toBe("nonfinite");
    expect(records.at(-1)?.message).toContain("at no trial point");
  });

  test("accepts through known noise, and does not without being told of it", async () => {
    // The first value comes out too low by the noise, the second too high; the true decrease is far smaller.
    const noisy = () => faulty(rosenbrock, { value: (call, value) => (value as number) + (call === 1 ? -1e-3 : 1e-3) });
    const accepted = async (noise: number) => {
      const steps = startOn(trustRegion({ ...sphere, radius: 0.1, noise }), noisy(), [1.0001, 1.0002]);
      return (await takeSteps(steps, 1)).records[0].accepted;
    };
    expect(await accepted(0)).toBe(false);
    expect(await accepted(1e-3)).toBe(true);
  });

  test("averages the model's gradient over batches as Adam does", async () => {
    // Gradients of length 1 and then, after a unit step, 3; curvature 0, so that each step has the length of the radius.
    const f: Closures = {
      value: ([x]) => -x - x * x,
      gradient: ([x]) => Float64Array.of(-1 - 2 * x),
      hvp: (_, v) => v.map(() => 0),
    };
    const options = { ...sphere, radius: 1, maxRadius: 1, momentum: 0.75 };
    const { records } = await takeSteps(startOn(trustRegion(options), f, [0]), 2);
    // Corrected means: 1, then (0.25·3 + 0.1875·1)/(1 − 0.75²); the decrease of a linear model is the gradient's length.
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
    const tolerances = { gradientTolerance: 1e-8, curvatureTolerance: 1e-6 };
    const methods = [
      trustRegion({ ...sphere, ...tolerances, radius: 0.5 }),
      trustRegion({ ...sphere, ...tolerances, radius: 100, maxRadius: 100, subproblem: subproblems.gltr() }),
      trustRegion({ norm: norms.rmsprop(), ...tolerances, radius: 0.5 }),
      cubicRegularization({ ...sphere, ...tolerances }),
    ];
    for (const method of methods) {
      const { run, records } = await takeSteps(startOn(method, f, [0, 0]), 200);
      expect(records[0].negativeCurvature!).toBeGreaterThan(0.9);
      expect(records.at(-1)).toMatchObject({ status: "second-order-converged", negativeCurvature: 0 });
      expect([Math.abs(run.parameters[0]), run.parameters[1]]).toBeAllclose([1, 0], { relative: 1e-7 });
    }
    const { records } = await takeSteps(startOn(trustRegion({ ...sphere, gradientTolerance: 1e-8 }), f, [0, 0]), 9);
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
    const steps = startOn(trustRegion({ ...sphere, ratioBatch, radius: 0.1 }), f as unknown as Closures, [5]);
    const records = [await steps.run.step(batches), await steps.run.step(batches)];
    expect(records.map((r) => r.accepted)).toEqual([false, true]);
    // independent: model batch 0, reference on 1, trial on 1 (Infinity), trial on 1. full: 0; 0, 1; 0 (Infinity); 0, 1.
    expect(asked).toEqual(ratioBatch === "independent" ? [0, 1, 1, 1] : [0, 0, 1, 0, 0, 1]);
  });

  test.each([
    [{ radius: -0.5 }, "trustRegion: radius must be > 0, got -0.5."],
    [{ eta1: 0.9, eta2: 0.1 }, "trustRegion: need 0 < eta1 < eta2 < 1, got eta1 = 0.9, eta2 = 0.1."],
    [{ maxRadius: 0.01 }, "trustRegion: maxRadius must be >= radius = 0.05, got 0.01."],
    [{ increase: 1 }, "trustRegion: increase must be > 1, got 1."],
    [{ decrease: NaN }, "trustRegion: decrease must be > 1, got NaN."],
    [{ momentum: 1 }, "trustRegion: momentum must be in [0, 1), got 1."],
    [{ noise: -1 }, "trustRegion: noise must be >= 0, got -1."],
    [{ gradientTolerance: NaN }, "trustRegion: gradientTolerance must be >= 0, got NaN."],
    [{ maxProducts: 0 }, "trustRegion: maxProducts must be an integer >= 1, got 0."],
    [{ tolerance: 2 }, "trustRegion: tolerance must be in (0, 1), got 2."],
    [{ minRadius: 1 }, "trustRegion: minRadius must be in [0, radius), got 1."],
  ])("refuses %o", (options, message) => {
    expect(() => trustRegion(options)).toThrow(message);
  });
});

describe("cubicRegularization()", () => {
  test("halves σ after a very successful step and doubles it after a rejection, at zero products", async () => {
    const f = faulty(quadratic([1, 2], [-3, 1]), { value: (call, value) => (call === 2 ? Infinity : value) });
    const steps = await takeSteps(startOn(cubicRegularization({ ...sphere, sigma: 1 }), f, [0, 0]), 3);
    expect(steps.records.map((r) => [r.accepted, r.radius])).toEqual([
      [false, 1],
      [true, 2],
      [true, 1],
    ]);
    expect(steps.records[1].products).toBe(0);
  });

  test("refuses what makes no sense", () => {
    expect(() => cubicRegularization({ sigma: 0 })).toThrow("cubicRegularization: sigma must be > 0, got 0.");
    expect(() => cubicRegularization({ minSigma: 2 })).toThrow(
      "cubicRegularization: minSigma must be in [0, sigma], got 2.",
    );
  });
});
