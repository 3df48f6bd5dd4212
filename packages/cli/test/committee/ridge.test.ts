import { expect, test } from "vitest";
import { makeRidge } from "../../src/committee/ridge.ts";

const n = 12;
const each = (of: (i: number) => number) => Array.from({ length: n }, (_, i) => of(i));
const x = {
  shape: [n, 3],
  data: Float64Array.from(each((i) => i).flatMap((i) => [Math.sin(i), Math.cos(2 * i), i / 10 + 5])),
};
const y = each((i) => 3 * Math.sin(i) - i + Math.cos(i * i));
const weights = each((i) => 1 + (i % 3));
const folds = Int32Array.from({ length: n }, (_, i) => i % 3);

// Ridge(alpha=2·Σw/n).fit(X, y, sample_weight=w) of scikit-learn 1.2, on all rows and without the fold 1.
test.each([
  [-1, [3.0803507391175615, 0.4255702027489209, -3.8756836401923422], 16.104933855939986],
  [1, [2.8679783862438852, 0.8736345625268497, -3.78260304121308], 15.733112252920831],
])("slopes and intercept are scikit-learn's, outside fold %i", (fold, slopes, intercept) => {
  const found = makeRidge(x, y, weights, folds).fit(fold, 2);
  for (const [j, slope] of slopes.entries()) expect(found.slopes[j]).toBeCloseTo(slope, 10);
  expect(found.intercept).toBeCloseTo(intercept, 9);
});

test("equal columns share a slope, and one that is 0 throughout has none", () => {
  const twice = { shape: [n, 3], data: Float64Array.from(each((i) => i).flatMap((i) => [i, i, 0])) };
  const { slopes } = makeRidge(
    twice,
    each((i) => 2 * i),
    each(() => 1),
    folds,
  ).fit(-1, 1e-9);
  expect(slopes[0]).toBeCloseTo(1, 5);
  expect(slopes[1]).toBeCloseTo(1, 5);
  expect(slopes[2]).toBe(0);
});
