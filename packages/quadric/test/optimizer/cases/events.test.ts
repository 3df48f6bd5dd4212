/**
 * What optimizers do where the numbers give out: no step from a loss that is none, typed ends, and a name on every
 * refusal.
 */
import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { schedules } from "../../../src/optimizer/first-order/schedule.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import { paperTrustRegion } from "../../../src/paper/trust-region.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import "../../helpers/matchers.ts";
import { faulty, quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const sphere = { norm: norms.euclidean() };
const bowl = quadratic([2, 3], [4, 6]);

const methods = {
  sgd: sgd(),
  adam: adam(),
  trustRegion: trustRegion(sphere),
  cubicRegularization: cubicRegularization(sphere),
  lbfgs: lbfgs(),
};

describe.each(["value", "gradient"] as const)("a %s that is not finite", (what) => {
  const bad = what === "value" ? () => Number.NaN : () => Float64Array.of(Number.NaN, 0);
  const once = () => faulty(bowl, { [what]: (call: number, answer: unknown) => (call === 1 ? bad() : answer) });

  test.each(Object.entries(methods))("moves %s nowhere", async (_, optimizer) => {
    const { records, run } = await takeSteps(startOn(optimizer, once(), [1, 1]), 1);
    expect(records[0]).toMatchObject({ accepted: false, products: 0 });
    expect(Number.isFinite(records[0].loss) && Number.isFinite(records[0].gradientNorm)).toBe(false);
    expect([...run.parameters]).toEqual([1, 1]);
  });

  const { lbfgs: _, ...others } = methods; // asks a batch once only
  test.each(Object.entries(others))("does not keep %s from its next step", async (_, optimizer) => {
    const { records, run } = await takeSteps(startOn(optimizer, once(), [1, 1]), 2);
    expect(records[1].accepted).toBe(true);
    expect([...run.parameters]).not.toEqual([1, 1]);
  });
});

describe("trustRegion()", () => {
  test("calls a step that underflows convergence", async () => {
    const { records } = await takeSteps(
      startOn(trustRegion({ norm: norms.diagonal([1e10]) }), quadratic([1], [1e-160]), [0]),
      1,
    );
    expect(records[0]).toMatchObject({
      status: "converged",
      message: "‖∇L‖ = 1e-160 is within its tolerance.",
      stepNorm: 0,
    });
  });

  test("goes nowhere and ends nothing where the first product is not finite", async () => {
    const f = { ...bowl, hvp: () => Float64Array.of(Number.NaN, 0) };
    const { records, run } = await takeSteps(startOn(trustRegion(sphere), f, [1, 1]), 1);
    expect(records[0]).toMatchObject({ accepted: false, outcome: "nonfinite" });
    expect(records[0].status).toBeUndefined();
    expect([...run.parameters]).toEqual([1, 1]);
  });

  test("counts the products that its norm asks for", async () => {
    const options = { norm: norms.hutchinson({ firstProbes: 5, probes: 3 }), radius: { initial: 1e-3 } };
    const { records, objective } = await takeSteps(startOn(trustRegion(options), bowl, [1, 1]), 2);
    expect(records.map(({ products }) => products)).toEqual([5 + 1, 3 + 1]);
    expect(objective.ledger.counts().hvps).toBe(10);
  });
});

describe("lbfgs()", () => {
  test.each([1, 1e-9])(
    "says stalled where the loss is finite at its start alone and the slope there is %d",
    async (slope) => {
      const f = { ...quadratic([1]), value: ([x]: Vector) => (x === 0 ? 1 : Number.NaN) };
      const sloped = { ...f, gradient: () => Float64Array.of(slope) };
      const { records, run } = await takeSteps(startOn(lbfgs(), sloped as typeof f, [0]), 1);
      expect(records[0]).toMatchObject({ accepted: false, status: "stalled" });
      expect(records[0].message).toMatch(/^No step was acceptable.* noisier than rounding, or has a kink/);
      expect([...run.parameters]).toEqual([0]);
    },
  );

  test("says what converged means", async () => {
    const steps = await takeSteps(startOn(lbfgs({ gradientTolerance: 1e-6 }), bowl, [1, 1]), 30);
    expect(steps.records.at(-1)).toMatchObject({ status: "converged" });
    expect(steps.records.at(-1)!.message).toMatch(/^The gradient is small/);
  });
});

describe("first-order methods", () => {
  test("end with the parameters they had where a step overflows", async () => {
    const { records, run } = await takeSteps(startOn(sgd({ learningRate: 1e300 }), quadratic([1], [1e100]), [1]), 1);
    expect(records[0]).toMatchObject({ accepted: false, status: "nonfinite", message: "sgd: the step overflowed." });
    expect([...run.parameters]).toEqual([1]);
  });

  test("remember how far their schedule has come, and of an average what there is", async () => {
    const { run } = await takeSteps(startOn(sgd(), bowl, [1, 1]), 3);
    expect(run.state().scalars).toEqual({ "run.t": 3 });
    const heavy = await takeSteps(startOn(sgd({ momentum: 0.9 }), bowl, [1, 1]), 3);
    expect(Object.keys(heavy.run.state().vectors)).toEqual(["run.good", expect.stringMatching(/^average\./)]);
  });
});

test.each<[string, () => unknown]>([
  ["adagrad: epsilon", () => adagrad({ epsilon: 0 })],
  ["adamw: weightDecay", () => adamw({ weightDecay: -1 })],
  ["cubicRegularization: maxProducts", () => cubicRegularization({ ...sphere, subproblem: { maxProducts: 0 } })],
  ["cubicRegularization: subproblem.rule", () => cubicRegularization({ subproblem: { rule: "sometimes" as never } })],
  ["lbfgs: memory", () => lbfgs({ memory: 0 })],
  ["sgd: momentum", () => sgd({ momentum: 2 })],
  ["schedules.cosine: warmup", () => schedules.cosine({ rate: 1, steps: 5, warmup: -1 })],
  ["schedules.step: every", () => schedules.step({ rate: 1, every: 0, factor: 0.5 })],
  ["schedules.constant: rate", () => sgd({ learningRate: -1 })],
  ["trustRegion: curvature", () => trustRegion({ ...sphere, curvature: "none" as never })],
  ["trustRegion: maxProducts", () => trustRegion({ ...sphere, subproblem: { maxProducts: 0 } })],
  ["paperTrustRegion: policy.onNormChange", () => paperTrustRegion({ policy: { onNormChange: "never" as never } })],
  ["trustRegion: acceptance.ratioBatch", () => trustRegion({ acceptance: { ratioBatch: "other" as never } })],
  ["paperTrustRegion: policy.shrinkFrom", () => paperTrustRegion({ policy: { shrinkFrom: "nothing" as never } })],
])("%s: a refusal begins with what refuses and what it refuses", (words, make) => {
  expect(make).toThrow(words);
});
