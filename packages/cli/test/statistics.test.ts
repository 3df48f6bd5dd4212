import { describe, expect, test } from "vitest";
import {
  estimate,
  meanInterval,
  medianInterval,
  pairedDifference,
  quantile,
  studentCentral,
  studentQuantile,
} from "../src/statistics.ts";

/** Figures of scipy.stats 1.17.1: t.ppf, t.sf, ttest_rel. */
describe("Student's distribution", () => {
  test.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [30, 2.0422724563012378],
    [99, 1.9842169515864174],
  ])("with %i degrees of freedom: 95 %% lie within ±%f", (nu, t) => {
    expect(studentQuantile(0.95, nu)).toBeCloseTo(t, 11);
  });

  test.each([
    [1, 0.6614939453393346],
    [2, 0.7687665737984288],
    [7, 0.8670711032174447],
    [20, 0.8953688272035814],
  ])("with %i degrees of freedom: a share %f lies within ±1.7", (nu, share) => {
    expect(studentCentral(1.7, nu)).toBeCloseTo(share, 14);
  });
});

describe("pairedDifference()", () => {
  const a = [0.39, 0.353, 0.371, 0.402, 0.365];
  const b = [0.349, 0.182, 0.333, 0.204, 0.3];

  test("is the t-test of related samples", () => {
    const { n, low, high, p } = pairedDifference(a, b);
    expect(n).toBe(5);
    expect(p).toBeCloseTo(0.03935771770401242, 12);
    expect(low).toBeCloseTo(0.008116793906398134, 12);
    expect(high).toBeCloseTo(0.19708320609360191, 12);
  });

  test("sees no difference between a method and itself, and knows nothing from one pair", () => {
    expect(pairedDifference(a, a)).toEqual({ n: 5, mean: 0, low: 0, high: 0, p: 1 });
    expect(pairedDifference([1], [2])).toEqual({ n: 1, mean: -1, low: -Infinity, high: Infinity, p: Number.NaN });
  });

  test("refuses sides of different lengths", () => {
    expect(() => pairedDifference(a, [1])).toThrow(/same number of values, got 5, 1/);
  });
});

describe("intervals", () => {
  test("of the mean: Student's", () => {
    const { low, high } = meanInterval([0.39, 0.353, 0.371, 0.402, 0.365]);
    expect(low).toBeCloseTo(0.35178306342656485, 12);
    expect(high).toBeCloseTo(0.4006169365734351, 12);
  });

  test("of the median: within the values, around it, and the same every time", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    const { low, high } = medianInterval(values);
    expect([low >= 1, low <= 3.5, high >= 3.5, high <= 9]).toEqual([true, true, true, true]);
    expect(medianInterval(values)).toEqual({ low, high });
  });

  test("of a positive quantity: about the geometric mean, and above 0 where the plain one is not", () => {
    const losses = [0.002, 0.9, 0.01];
    const { centre, interval, mean } = estimate(losses, "log");
    // scipy.stats.t.interval(0.95, 2, mean(log(losses)), sem(log(losses))), and exp of it.
    expect(centre).toBeCloseTo(Math.cbrt(0.002 * 0.9 * 0.01), 12);
    expect([interval.low, interval.high]).toEqual([
      expect.closeTo(1.0051283919304644e-5, 9),
      expect.closeTo(68.33241912636322, 6),
    ]);
    expect(meanInterval(losses).low).toBeLessThan(0);
    expect(mean).toBeCloseTo(0.304, 12);
    expect(estimate([0, 1], "log")).toMatchObject({ centre: 0.5, interval: meanInterval([0, 1]) });
  });

  // Seeded draws of a normal variable by sums of twelve uniforms; 400 trials find a coverage of 95 % to ±3.3 % (3
  // deviations).
  test("of the mean holds the true mean in 95 of 100 experiments", () => {
    let state = 7;
    const uniform = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state / 2 ** 32;
    };
    const normal = () => Array.from({ length: 12 }, uniform).reduce((sum, x) => sum + x, -6);
    const hits = Array.from({ length: 400 }, () => meanInterval(Array.from({ length: 4 }, normal)))
      .map(({ low, high }) => Number(low < 0 && 0 < high))
      .reduce((sum, hit) => sum + hit, 0);
    expect(Math.abs(hits / 400 - 0.95)).toBeLessThan(0.033);
  });

  test("are infinite for one value", () => {
    const all = { low: -Infinity, high: Infinity };
    expect(estimate([2])).toEqual({ n: 1, mean: 2, centre: 2, interval: all, median: 2, medianInterval: all });
  });
});

test("quantile() is linear between neighbours and takes infinite ones", () => {
  expect(quantile([1, 2, 4], 0.75)).toBe(3);
  expect(quantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
});
