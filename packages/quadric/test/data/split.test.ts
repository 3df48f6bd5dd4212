import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stratifiedSplit } from "../../src/data/split.ts";

const countIn = (labels: readonly number[], indices: Int32Array, label: number) =>
  indices.filter((i) => labels[i] === label).length;

describe("stratifiedSplit()", () => {
  test("parts the examples, with every class's share of the test set within one of exact", () => {
    const labels = fc.array(fc.integer({ min: -2, max: 3 }), { maxLength: 60 });
    fc.assert(
      fc.property(labels, fc.double({ min: 0, max: 1, noNaN: true }), (y, fraction) => {
        const testCount = Math.round(fraction * y.length);
        const { train, test } = stratifiedSplit(y, testCount, 5);
        expect(test.length).toBe(testCount);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual(y.map((_, i) => i));
        for (const label of new Set(y)) {
          const size = y.filter((other) => other === label).length;
          const exact = (size * testCount) / y.length;
          expect(Math.abs(countIn(y, test, label) - exact)).toBeLessThan(1);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test("is the same for the same seed and another for another", () => {
    const labels = Array.from({ length: 200 }, (_, i) => i % 3);
    const split = (seed: number) => stratifiedSplit(labels, 50, seed);
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
  });

  test("chooses each example equally often", () => {
    const labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
    const hits = new Array(10).fill(0);
    for (let trial = 0; trial < 5000; trial++) {
      for (const i of stratifiedSplit(labels, 4, trial).test) hits[i]++;
    }
    // Binomial with n = 5000, p = 0.4: standard deviation 35.
    for (const count of hits) expect(Math.abs(count - 2000)).toBeLessThan(4 * 35);
  });

  test.each([-1, 4, 0.5, Number.NaN])("refuses a test set of %d of three examples", (testCount) => {
    expect(() => stratifiedSplit([0, 1, 2], testCount, 0)).toThrow(
      `stratifiedSplit: testCount must be an integer in [0, 3], got ${testCount}.`,
    );
  });
});
