import { describe, expect, test } from "vitest";
import { balanced, foldsOf, weightsOf } from "../../src/committee/folds.ts";

describe("foldsOf", () => {
  test("cuts rows into parts whose sizes differ by one at most", () => {
    const folds = foldsOf(new Float64Array(23), false, 5, 0);
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((f) => f === fold).length);
    expect(sizes.toSorted()).toEqual([4, 4, 5, 5, 5]);
  });

  test("keeps the shares of classes in every part", () => {
    const classes = Array.from({ length: 100 }, (_, i) => (i < 20 ? 1 : 0));
    const folds = foldsOf(classes, true, 5, 3);
    for (let fold = 0; fold < 5; fold++) expect(folds.filter((f, i) => f === fold && classes[i] === 1).length).toBe(4);
  });

  test("does not hold the smallest numbers out: prices 100 … 900 are cut at random", () => {
    const prices = [500, 200, 900, 100, 700, 300, 800, 400, 600];
    const folds = foldsOf(prices, false, 3, 0);
    const lowest = [...prices.keys()].filter((i) => prices[i] <= 300).map((i) => folds[i]);
    expect(new Set(lowest).size).toBeGreaterThan(1);
  });

  test("another seed cuts otherwise, the same seed alike", () => {
    const cut = (seed: number) => [...foldsOf(new Float64Array(40), false, 5, seed)];
    expect(cut(1)).toEqual(cut(1));
    expect(cut(1)).not.toEqual(cut(2));
  });
});

test("weights have mean 1 where they hold, and are 0 elsewhere", () => {
  const weights = weightsOf(Float64Array.of(1, 2, 3, 4), (i) => i !== 3);
  expect([...weights]).toEqual([4 / 6, 8 / 6, 12 / 6, 0].map(Math.fround));
});

test("balanced weights give each class the same sum", () => {
  const classes = [0, 0, 0, 1];
  const weights = balanced(classes, 2);
  expect([...weights]).toEqual([4 / 6, 4 / 6, 4 / 6, 2]);
});
