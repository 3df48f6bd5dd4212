import { describe, expect, test } from "vitest";
import { standardization } from "../../src/vector/standardization.ts";

describe("standardization", () => {
  test.each([0.1, 0.3, 3, 3.3, 98.6, 7, 255, 1e300])("%d throughout has no scale", (value) => {
    for (const n of [1, 80, 100, 160, 1000])
      expect(standardization.fit(new Float64Array(n).fill(value))).toBeUndefined();
  });

  test.each([1e-320, 1e-300, 1, 1e39, 1e300, 1.7e308])("in units of %d, numbers get mean 0 and deviation 1", (unit) => {
    const values = Float64Array.from([0.5, -0.25, 0.75, -1, 0.25, 0], (x) => x * unit);
    const fitted = standardization.fit(values)!;
    const scaled = values.map((x) => standardization.apply(fitted, x));
    // A denormal unit has few digits.
    const tolerance = unit < 1e-307 ? 3 : 12;
    expect(scaled.reduce((a, b) => a + b, 0) / 6).toBeCloseTo(0, tolerance);
    expect(scaled.reduce((a, b) => a + b * b, 0) / 6).toBeCloseTo(1, tolerance);
    expect(standardization.invert(fitted, scaled[3]) / values[3]).toBeCloseTo(1, tolerance);
  });

  test("one value of 1e12 among 200 leaves the others their scale", () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
    values[17] = 1e12;
    const fitted = standardization.fit(values)!;
    // 200 values of a sine have deviation 0.7; the outlier counts as the largest of them.
    expect(fitted.scale).toBeCloseTo(Math.SQRT1_2, 2);
    expect(standardization.apply(fitted, 1e12)).toBeCloseTo(standardization.apply(fitted, 1), 2);
  });

  test("outliers are what lies 5 interquartile ranges out, or 20 of targets, in at most a hundredth of the values", () => {
    const values = (outliers: number, at: number) =>
      Float64Array.from({ length: 400 }, (_, i) => (i < outliers ? at : i % 101));
    // Quartiles 25 and 75: 325 is 5 ranges out, 1075 is 20.
    expect(standardization.fit(values(4, 330))).toMatchObject({ low: 0, high: 100 });
    expect(standardization.fit(values(4, 320))!.high).toBeGreaterThan(1000);
    expect(standardization.fit(values(5, 330))!.high).toBeGreaterThan(1000);
    expect(standardization.fit(values(4, 330), { of: "targets" })!.high).toBeGreaterThan(1000);
    expect(standardization.fit(values(4, 1100), { of: "targets" })).toMatchObject({ low: 0, high: 100 });
    // Of nine values one may be an outlier.
    expect(standardization.fit(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1e9))!.high).toBe(8);
  });

  test("the tail of a distribution is clamped of inputs, not of targets", () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => (i % 20 === 0 ? 1e6 + i : Math.sin(i)));
    expect(standardization.fit(values)!.high).toBeLessThan(100);
    expect(standardization.fit(values, { of: "targets" })!.high).toBe(Number.MAX_VALUE);
  });
});
