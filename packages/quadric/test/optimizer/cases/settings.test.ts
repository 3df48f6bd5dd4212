/** What an optimizer says of itself in run.json is what made it, and what cannot be is refused at construction. */
import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import { rmsprop } from "../../../src/optimizer/first-order/rmsprop.ts";
import { schedules } from "../../../src/optimizer/first-order/schedule.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { ssbroyden } from "../../../src/optimizer/lbfgs/ssbroyden.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { pivoted } from "../../../src/paper/pivot.ts";
import { paperTrustRegion } from "../../../src/paper/trust-region.ts";
import { cautious, quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const problem = { layout: { size: 10 } };

const constant = (rate: number) => ({ schedule: "constant", rate });

describe("settings", () => {
  test.each<[string, () => Optimizer, object]>([
    ["sgd", () => sgd({ learningRate: 0.3 }), { learningRate: constant(0.3) }],
    ["momentum", () => sgd({ momentum: 0.5 }), { learningRate: constant(0.01), momentum: 0.5, nesterov: false }],
    [
      "nesterov",
      () => sgd({ momentum: 0.9, nesterov: true }),
      { learningRate: constant(0.01), momentum: 0.9, nesterov: true },
    ],
    ["adagrad", () => adagrad({ epsilon: 0.1 }), { learningRate: constant(0.01), epsilon: 0.1 }],
    ["adam", () => adam({ beta1: 0.8 }), { learningRate: constant(1e-3), beta1: 0.8, beta2: 0.999, epsilon: 1e-8 }],
    ["lbfgs", () => lbfgs({ memory: 3 }), { memory: 3, gradientTolerance: 0 }],
    ["rmsprop", () => rmsprop({ beta: 0.8 }), { learningRate: constant(1e-3), beta: 0.8, epsilon: 1e-8 }],
    [
      "sd-adam",
      () => steepestDescent({ norm: norms.adam(), momentum: 0.5, learningRate: 1 }),
      { learningRate: constant(1), norm: "adam", momentum: 0.5 },
    ],
    ["ssbfgs", () => ssbroyden({ variant: "ssbfgs" }), { variant: "ssbfgs", gradientTolerance: 0, maxBytes: 2 ** 30 }],
  ])("of %s are its options and its defaults", (name, make, settings) => {
    const optimizer = make();
    expect(optimizer.name).toBe(name === "momentum" || name === "nesterov" ? "sgd" : name);
    expect(optimizer.settings).toEqual(settings);
  });

  test("of adamw hold its decay, those of adam none", () => {
    expect(adamw().settings).toEqual({ ...adam().settings, weightDecay: 0.01 });
    expect(adamw({ weightDecay: 0 }).settings).toEqual(adam().settings);
  });

  test("of a second-order method are what it was given, and once it has chosen all of them", () => {
    const shared = {
      norm: norms.adam(),
      curvature: "gauss-newton",
      subproblem: { maxProducts: 7 },
      acceptance: { eta1: 0.2, eta2: 0.8, ratioBatch: "independent" },
      tolerances: { gradient: 1e-3 },
      sampling: { momentum: 0.9 },
    } as const;
    const radius = { initial: 2, max: 5, min: 0.1, grow: 3, shrink: 4 };
    const given = { ...shared, norm: "adam" };
    const region = trustRegion({ ...shared, radius });
    expect(region.name).toBe("tr-adam");
    expect(trustRegion().name).toBe("trust-region");
    expect(cubicRegularization().name).toBe("cubic-regularization");
    expect(cubicRegularization({ norm: norms.adam() }).name).toBe("arc-adam");
    expect(region.settings).toEqual({ ...given, radius });
    expect(region.choose(problem, cautious)).toEqual({
      method: "tr-adam",
      because: "defaults for mini-batches of 20 % of the data, 10 parameters",
      settings: {
        ...given,
        subproblem: {
          solver: "steihaug",
          tolerance: 0.1,
          maxProducts: 7,
          stoppingRule: "decrease",
          memoryBudget: 2 ** 28,
        },
        radius,
        acceptance: { ...shared.acceptance, noise: "standard-error" },
        preconditioner: { memory: 0 },
        sampling: { momentum: 0.9, curvatureFraction: "auto" },
      },
    });
    const sigma = { initial: 2, min: 0.5, grow: 3, shrink: 4 };
    expect(cubicRegularization({ ...shared, sigma }).choose(problem, cautious)).toMatchObject({
      method: "arc-adam",
      because: "defaults for mini-batches of 20 % of the data, 10 parameters",
      settings: { sigma, subproblem: { maxProducts: 7, rule: "gradient" }, acceptance: shared.acceptance },
    });
    expect(trustRegion().choose(problem, cautious).settings).toMatchObject({
      acceptance: { noise: 0 },
      radius: { min: 5e-18 },
    });
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
    ["a least radius of 0", () => trustRegion({ radius: { min: 0 } })],
    ["a largest radius as the first", () => trustRegion({ radius: { initial: 1, max: 1 } })],
    ["a least σ as the first", () => cubicRegularization({ sigma: { initial: 1, min: 1 } })],
    ["a pivot without growth over all data", () => pivoted(sgd(), { epochs: 1, growth: 1, cap: 1 })],
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
    [() => trustRegion({ acceptance: { eta1: 0 } }), "need 0 < eta1 < eta2 < 1, got eta1 = 0, eta2 = 0.95."],
    [
      () => trustRegion({ acceptance: { eta1: 0.95, eta2: 0.95 } }),
      "need 0 < eta1 < eta2 < 1, got eta1 = 0.95, eta2 = 0.95.",
    ],
    [() => trustRegion({ acceptance: { eta2: 1 } }), "need 0 < eta1 < eta2 < 1, got eta1 = 0.01, eta2 = 1."],
    [() => trustRegion({ radius: { grow: Infinity } }), "trustRegion: radius.grow must be > 1, got Infinity."],
    [() => trustRegion({ radius: { min: -1 } }), "trustRegion: radius.min must be in [0, radius.initial), got -1."],
    [() => trustRegion({ radius: { min: 0.05 } }), "trustRegion: radius.min must be in [0, radius.initial), got 0.05."],
    [() => trustRegion({ sampling: { momentum: -0.1 } }), "trustRegion: momentum must be in [0, 1), got -0.1."],
    [
      () => trustRegion({ acceptance: { noise: Infinity } }),
      "trustRegion: acceptance.noise must be >= 0, got Infinity.",
    ],
    [() => pivoted(sgd(), { epochs: 1, growth: 1, cap: 0 }), "pivot: cap must be in (0, 1], got 0."],
    [
      () => cubicRegularization({ sigma: { min: -1 } }),
      "cubicRegularization: sigma.min must be in [0, sigma.initial], got -1.",
    ],
    [
      () => cubicRegularization({ sigma: { min: 2 } }),
      "cubicRegularization: sigma.min must be in [0, sigma.initial], got 2.",
    ],
    [() => lbfgs({ gradientTolerance: -1 }), "lbfgs: gradientTolerance must be >= 0, got -1."],
    [() => lbfgs({ gradientTolerance: NaN }), "lbfgs: gradientTolerance must be >= 0, got NaN."],
  ])("what lies beyond is refused, %#", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe.each<[string, () => Optimizer]>([
  ["momentum", () => sgd({ momentum: 0.9 })],
  ["adam", () => adam()],
  ["lbfgs", () => lbfgs()],
  ["trust region", () => paperTrustRegion({ sampling: { momentum: 0.5 }, policy: { onNormChange: "rescale" } })],
  ["cubic regularisation", () => cubicRegularization()],
])("a run of %s", (_, make) => {
  const f = quadratic([1, 3], [-1, 2]);

  test("owns its parameters: those it was started or restored from may change", async () => {
    const start = Float64Array.of(1, 2);
    const optimizer = make();
    const steps = startOn(optimizer, f, start);
    const state = steps.run.state();
    const run = optimizer.start(steps.objective, start, { batches: cautious });
    start.fill(99);
    expect([...run.parameters]).toEqual([1, 2]);
    const restored = Float64Array.of(3, 4);
    run.restore(restored, state);
    restored.fill(99);
    expect([...run.parameters]).toEqual([3, 4]);
  });

  test("gives away a state that later steps do not touch", async () => {
    const steps = await takeSteps(startOn(make(), f, [1, 2]), 2);
    const state = steps.run.state();
    const copy = structuredClone(state);
    await takeSteps(steps, 3);
    expect(state).toEqual(copy);
  });
});
