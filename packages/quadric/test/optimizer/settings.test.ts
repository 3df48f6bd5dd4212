/** What an optimizer says of itself in run.json is what made it, and what cannot be is refused at construction. */
import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../src/optimizer/first-order/adam.ts";
import { schedules } from "../../src/optimizer/first-order/schedule.ts";
import { momentum, sgd } from "../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../src/optimizer/lbfgs/lbfgs.ts";
import { cubicRegularization } from "../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../src/optimizer/optimizer.ts";
import { quadratic, startOn, takeSteps } from "../helpers/steps.ts";

const constant = (rate: number) => ({ schedule: "constant", rate });

describe("settings", () => {
  test.each<[string, Optimizer, object]>([
    ["sgd", sgd({ learningRate: 0.3 }), { learningRate: constant(0.3) }],
    ["momentum", momentum({ momentum: 0.5 }), { learningRate: constant(0.01), momentum: 0.5, nesterov: false }],
    ["nesterov", momentum({ nesterov: true }), { learningRate: constant(0.01), momentum: 0.9, nesterov: true }],
    ["adagrad", adagrad({ epsilon: 0.1 }), { learningRate: constant(0.01), epsilon: 0.1 }],
    ["adam", adam({ beta1: 0.8 }), { learningRate: constant(1e-3), beta1: 0.8, beta2: 0.999, epsilon: 1e-8 }],
    ["lbfgs", lbfgs({ memory: 3 }), { memory: 3, gradientTolerance: 0 }],
  ])("of %s are its options and its defaults", (_, optimizer, settings) => {
    expect(optimizer.settings).toEqual(settings);
  });

  test("of adamw hold its decay, those of adam none", () => {
    expect(adamw().settings).toEqual({ ...adam().settings, weightDecay: 0.01 });
    expect(adamw({ weightDecay: 0 }).settings).toEqual(adam().settings);
  });

  test("of a second-order method hold those of its search, its model and its solver", () => {
    const shared = {
      norm: "adam",
      curvature: "gauss-newton",
      maxProducts: 7,
      momentum: 0.9,
      ratioBatch: "independent",
      noise: "standard-error",
      gradientTolerance: 1e-3,
      keepBatchOnReject: true,
    };
    const options = { ...shared, norm: norms.adam(), noise: undefined } as const;
    const steering = { increase: 3, decrease: 4, eta1: 0.2, eta2: 0.8 };
    const region = { ...steering, radius: 2, maxRadius: 5, minRadius: 0.1, growOnlyAtBoundary: false };
    expect(trustRegion({ ...options, ...region, shrinkFrom: "radius" } as never).settings).toMatchObject({
      ...shared,
      ...region,
      shrinkFrom: "radius",
      subproblem: "steihaug",
      radiusOnNormChange: "keep",
    });
    const weight = { ...steering, sigma: 2, minSigma: 0.5 };
    expect(cubicRegularization({ ...options, ...weight } as never).settings).toMatchObject({
      ...shared,
      ...weight,
      rule: "gradient",
    });
    expect(trustRegion().settings).toMatchObject({ noise: 0, growOnlyAtBoundary: true, minRadius: 5e-18 });
  });

  test("of schedules are what they were made of", () => {
    const cosine = { rate: 1, steps: 10, final: 0.1, warmup: 2 };
    expect(schedules.cosine(cosine).settings).toEqual({ schedule: "cosine", ...cosine });
    expect(schedules.step({ rate: 1, every: 3 }).settings).toEqual({
      schedule: "step",
      rate: 1,
      every: 3,
      factor: 0.1,
    });
    expect(sgd({ learningRate: schedules.step({ rate: 1, every: 3 }) }).settings).toEqual({
      learningRate: { schedule: "step", rate: 1, every: 3, factor: 0.1 },
    });
  });
});

describe("options at the ends of their domains", () => {
  test.each<[string, () => unknown]>([
    ["a decay of 0", () => adamw({ weightDecay: 0 })],
    ["a final rate of 0", () => schedules.cosine({ rate: 1, steps: 1, final: 0 })],
    ["a final rate as the first", () => schedules.cosine({ rate: 1, steps: 1, final: 1 })],
    ["a factor of 1", () => schedules.step({ rate: 1, every: 1, factor: 1 })],
    ["a least radius of 0", () => trustRegion({ minRadius: 0 })],
    ["a largest radius as the first", () => trustRegion({ radius: 1, maxRadius: 1 })],
    ["a least σ as the first", () => cubicRegularization({ sigma: 1, minSigma: 1 })],
    ["a pivot without growth over all data", () => trustRegion({ pivot: { epochs: 1, growth: 1, cap: 1 } })],
    ["a tolerance of 0", () => lbfgs({ gradientTolerance: 0 })],
  ])("%s is taken", (_, make) => {
    expect(make).not.toThrow();
  });

  test.each<[() => unknown, string]>([
    [() => adamw({ weightDecay: -1 }), "adamw: weightDecay must be >= 0, got -1."],
    [() => adamw({ weightDecay: Infinity }), "adamw: weightDecay must be >= 0, got Infinity."],
    [() => schedules.cosine({ rate: 1, steps: 1, final: -1 }), "schedules.cosine: final must be in [0, rate], got -1."],
    [() => schedules.cosine({ rate: 1, steps: 1, final: 2 }), "schedules.cosine: final must be in [0, rate], got 2."],
    [() => schedules.step({ rate: 1, every: 1, factor: 0 }), "schedules.step: factor must be in (0, 1], got 0."],
    [() => schedules.step({ rate: 1, every: 1, factor: 2 }), "schedules.step: factor must be in (0, 1], got 2."],
    [() => trustRegion({ eta1: 0 }), "need 0 < eta1 < eta2 < 1, got eta1 = 0, eta2 = 0.95."],
    [() => trustRegion({ eta1: 0.95 }), "need 0 < eta1 < eta2 < 1, got eta1 = 0.95, eta2 = 0.95."],
    [() => trustRegion({ eta2: 1 }), "need 0 < eta1 < eta2 < 1, got eta1 = 0.01, eta2 = 1."],
    [() => trustRegion({ increase: Infinity }), "trustRegion: increase must be > 1, got Infinity."],
    [() => trustRegion({ minRadius: -1 }), "trustRegion: minRadius must be in [0, radius), got -1."],
    [() => trustRegion({ minRadius: 0.05 }), "trustRegion: minRadius must be in [0, radius), got 0.05."],
    [() => trustRegion({ momentum: -0.1 }), "trustRegion: momentum must be in [0, 1), got -0.1."],
    [() => trustRegion({ noise: Infinity }), "trustRegion: noise must be >= 0, got Infinity."],
    [() => trustRegion({ pivot: { epochs: 1, growth: 1, cap: 0 } }), "pivot: cap must be in (0, 1], got 0."],
    [() => cubicRegularization({ minSigma: -1 }), "cubicRegularization: minSigma must be in [0, sigma], got -1."],
    [() => cubicRegularization({ minSigma: 2 }), "cubicRegularization: minSigma must be in [0, sigma], got 2."],
    [() => lbfgs({ gradientTolerance: -1 }), "lbfgs: gradientTolerance must be >= 0, got -1."],
    [() => lbfgs({ gradientTolerance: NaN }), "lbfgs: gradientTolerance must be >= 0, got NaN."],
  ])("what lies beyond is refused, %#", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe.each<[string, Optimizer]>([
  ["momentum", momentum()],
  ["adam", adam()],
  ["lbfgs", lbfgs()],
  ["trust region", trustRegion({ momentum: 0.5, radiusOnNormChange: "rescale" })],
  ["cubic regularisation", cubicRegularization()],
])("a run of %s", (_, optimizer) => {
  const f = quadratic([1, 3], [-1, 2]);

  test("owns its parameters: those it was started or restored from may change", async () => {
    const start = Float64Array.of(1, 2);
    const steps = startOn(optimizer, f, start);
    const state = steps.run.state();
    const run = optimizer.start(steps.objective, start, { seed: 0 });
    start.fill(99);
    expect([...run.parameters]).toEqual([1, 2]);
    const restored = Float64Array.of(3, 4);
    run.restore(restored, state);
    restored.fill(99);
    expect([...run.parameters]).toEqual([3, 4]);
  });

  test("gives away a state that later steps do not touch", async () => {
    const steps = await takeSteps(startOn(optimizer, f, [1, 2]), 2);
    const state = steps.run.state();
    const copy = structuredClone(state);
    await takeSteps(steps, 3);
    expect(state).toEqual(copy);
  });
});
