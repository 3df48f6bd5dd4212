import fc from "fast-check";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { compare } from "../../src/optimizer/newton/evaluation-batch.ts";
import { noiseSafeRatio, pairedDecrease, roundingOf } from "../../src/optimizer/ratio.ts";
import { type RegressionBatch, regression, regressionData } from "../helpers/regression.ts";

const options = { rounding: roundingOf({ value: 1 }, "float64"), noise: 0, eta1: 0.1 } as const;

describe("noiseSafeRatio()", () => {
  test("is the classical ratio where decreases are far above rounding", () => {
    expect(noiseSafeRatio(0.3, 0.4, options).ratio).toBeAllclose(0.75);
  });

  test("never takes an ascent far above rounding for a success", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 1, noNaN: true }),
        fc.double({ min: 1e-300, max: 1, noNaN: true }),
        (rise, predicted) => {
          expect(noiseSafeRatio(-rise, predicted, options).ratio).toBeLessThan(0.1);
        },
      ),
    );
  });

  test("is 1 for an exact model, down to decreases of zero", () => {
    for (const d of [1, 1e-8, 1e-15, 1e-20, 0]) expect(noiseSafeRatio(d, d, options).ratio).toBe(1);
  });

  test("accepts every step of an exact model through noise up to ε_f in both values", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-10, max: 10, noNaN: true }),
        fc.double({ min: 1e-10, max: 10, noNaN: true }),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        (decrease, noise, eta1) => {
          const worst = decrease - 2 * noise;
          const { ratio } = noiseSafeRatio(worst, decrease, { ...options, noise, eta1 });
          expect(ratio).toBeGreaterThanOrEqual(eta1 * (1 - 1e-9));
        },
      ),
    );
  });

  test("with a standard error refuses only ascents of two of them, and sees no noise floor in it", () => {
    const uncertain = { ...options, standardError: 1e-3 };
    expect(noiseSafeRatio(-1.5e-3, 1e-5, uncertain).ratio).toBeGreaterThan(0.1);
    expect(noiseSafeRatio(-2.1e-3, 1e-5, uncertain).ratio).toBeLessThan(0.1);
    expect(noiseSafeRatio(1e-5, 1e-5, uncertain).isBelowResolution).toBe(false);
  });

  test("sees the noise floor where both decreases lie below rounding, which scales with the loss", () => {
    expect(noiseSafeRatio(1e-16, 1e-16, options).atNoiseFloor).toBe(true);
    expect(noiseSafeRatio(1e-12, 1e-16, options).atNoiseFloor).toBe(false);
    expect(noiseSafeRatio(1e-16, 1e-12, options).atNoiseFloor).toBe(false);
    expect(
      noiseSafeRatio(1e-12, 1e-12, { ...options, rounding: roundingOf({ value: 1e6 }, "float64") }).atNoiseFloor,
    ).toBe(true);
    expect(noiseSafeRatio(1e-8, 1e-8, { ...options, rounding: roundingOf({ value: 1 }, "float32") }).atNoiseFloor).toBe(
      true,
    );
  });

  test("takes rounding from the terms of the loss where they are known, else from the loss itself", () => {
    expect(roundingOf({ value: 1e-9 }, "float64")).toBe(1e-9 * roundingOf({ value: 1 }, "float64"));
    expect(roundingOf({ value: 1e-9, magnitude: 1e-9 }, "float64")).toBe(1e-9 * roundingOf({ value: 1 }, "float64"));
    expect(roundingOf({ value: 1e-9, magnitude: 5 }, "float64")).toBe(5 * roundingOf({ value: 1 }, "float64"));
    const none = { ...options, rounding: roundingOf({ value: 0, magnitude: 0 }, "float64") };
    expect(noiseSafeRatio(0, 0, none).ratio).toBe(1);
    expect(noiseSafeRatio(-1e-20, 1e-30, none).ratio).toBeLessThan(0);
  });

  test("is −∞ for a trial that is not finite", () => {
    const { decrease } = pairedDecrease({ value: 1 }, { value: NaN });
    expect(noiseSafeRatio(decrease, 1, options)).toEqual({
      ratio: -Infinity,
      resolution: 10 * 2 ** -52,
      isBelowResolution: false,
      atNoiseFloor: false,
    });
  });
});

describe("pairedDecrease()", () => {
  test("sums differences of examples, which two means would lose", () => {
    const [n, tiny] = [1000, 2 ** -40];
    const losses = Float64Array.from({ length: n }, (_, i) => 1e6 * (i + 1));
    const before = { value: losses.reduce((a, b) => a + b) / n, losses };
    const lower = losses.map((x) => x - tiny * 1024);
    const after = { value: lower.reduce((a, b) => a + b) / n, losses: lower };
    expect(pairedDecrease(before, after).decrease).toBeAllclose(tiny * 1024, { relative: 1e-6, absolute: 1e-7 });
    const exact = losses.reduce((sum, x, i) => sum + (x - lower[i]), 0) / n;
    expect(Math.abs(exact - pairedDecrease(before, after).decrease)).toBeLessThan(1e-6);
  });

  test("adds what the regularizer gained", () => {
    const before = { value: 2 + 0.5, losses: Float64Array.of(1, 3) };
    const after = { value: 1 + 0.2, losses: Float64Array.of(0.5, 1.5) };
    const { decrease, standardError } = pairedDecrease(before, after);
    expect(decrease).toBeAllclose(1.3);
    // Differences 0.5 and 1.5: deviation 1/√2, over √2.
    expect(standardError!).toBeAllclose(0.5);
  });

  test("has no standard error without losses of examples", () => {
    expect(pairedDecrease({ value: 3 }, { value: 1 })).toEqual({ decrease: 2, standardError: undefined });
  });
});

describe("compare()", () => {
  test("weights chunks by their examples and corrects the standard error for a finite population", async () => {
    const data = regressionData(30);
    const take = (from: number, to: number): RegressionBatch => ({
      x: { shape: [to - from, 3], data: data.x.data.subarray(3 * from, 3 * to) },
      y: { shape: [to - from], data: data.y.data.subarray(from, to) },
    });
    const objective = closuresObjective<RegressionBatch>(regression, 3, { examples: ({ y }) => y.shape[0] });
    const [w, trial] = [Float64Array.of(0, 0, 0), Float64Array.of(1, -0.3, 0.5)];
    const before = async (batches: RegressionBatch[]) => ({
      chunks: batches,
      evaluations: await Promise.all(batches.map((batch) => objective.value(w, batch))),
    });
    const whole = await compare(objective, trial, await before([take(0, 30)]), 30);
    const parts = await compare(objective, trial, await before([take(0, 7), take(7, 30)]), 30);
    expect(parts.decrease).toBeAllclose(whole.decrease);
    expect([whole.standardError, parts.standardError]).toEqual([0, 0]);
    const sample = await compare(objective, trial, await before([take(0, 10)]), 30);
    const free = pairedDecrease(await objective.value(w, take(0, 10)), await objective.value(trial, take(0, 10)));
    expect(sample.standardError!).toBeAllclose(free.standardError! * Math.sqrt(2 / 3));
  });
});
