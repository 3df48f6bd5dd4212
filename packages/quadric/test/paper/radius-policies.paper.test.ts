/** The radius policies of the paper, where they differ from the textbook's. */
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { norms } from "../../src/norm/norms.ts";
import { paperTrustRegion } from "../../src/paper/trust-region.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { faulty, quadratic, rosenbrock, startOn, takeSteps } from "../helpers/steps.ts";

const sphere = { norm: norms.euclidean() };

describe("paperTrustRegion()", () => {
  test("grows Δ after every very successful step, up to Δ_max", async () => {
    const method = paperTrustRegion({ ...sphere, radius: { initial: 20, max: 30, grow: 2 } });
    const { records } = await takeSteps(startOn(method, quadratic([1, 1], [-10, 0]), [0, 0]), 2);
    expect(records.map((r) => r.radius)).toEqual([20, 30]);
  });

  test.each([
    ["step", 0.5],
    ["radius", 4],
  ] as const)("shrinks from the %s after a rejection", async (shrinkFrom, expected) => {
    // The model's minimiser has length 1; the function rises there.
    const f = { ...quadratic([1], [-1]), value: ([x]: Vector) => x };
    const { records, run } = await takeSteps(
      startOn(
        paperTrustRegion({
          ...sphere,
          radius: { initial: 8, shrink: 2 },
          policy: { shrinkFrom, keepBatchOnReject: true },
        }),
        f,
        [0],
      ),
      2,
    );
    expect(records[0].accepted).toBe(false);
    expect(records[1].radius).toBe(expected);
    expect([...run.parameters]).toEqual([0]);
  });

  test("draws a new batch and pays its products after a rejection ", async () => {
    const f = faulty(rosenbrock, { value: (call, value) => (call === 2 ? Infinity : value) });
    const steps = await takeSteps(startOn(paperTrustRegion(sphere), f, [-1.2, 1]), 2);
    expect(steps.records[0].accepted).toBe(false);
    expect(steps.objective.ledger.counts().gradients).toBe(2);
    expect(steps.records[1].products).toBeGreaterThan(0);
  });

  test.each([true, false])(
    "leaves the norm alone after a rejected step (keepBatchOnReject %s)",
    async (keepBatchOnReject) => {
      const f = faulty(rosenbrock, { value: (call, value) => (call === 2 || call === 4 ? Infinity : value) });
      const options = { norm: norms.adagrad(), radius: { initial: 0.5 } };
      const steps = startOn(paperTrustRegion({ ...options, policy: { keepBatchOnReject } }), f, [-1.2, 1]);
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
  ] as const)("measures Δ in the new norm by %s", async (onNormChange, factor) => {
    const epsilon = 1e-10;
    const options = { norm: norms.adagrad({ epsilon }), radius: { initial: 0.1, grow: 1.5 } };
    const policy = { onNormChange, growOnlyAtBoundary: true };
    const steps = await takeSteps(startOn(paperTrustRegion({ ...options, policy }), rosenbrock, [-1.2, 1]), 1);
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
});
