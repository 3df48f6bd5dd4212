import { expect, test } from "vitest";
import { chosen } from "../../src/equations/redraw.ts";
import { makeRandom } from "../../src/vector/random.ts";

test("chooses points in proportion to |r|^k/mean + c, none twice", () => {
  const sizes = Float64Array.of(0, 1, 3, 4); // weights 0 + 1, ½ + 1, 3/2 + 1, 2 + 1
  const random = makeRandom(7);
  const counts = [0, 0, 0, 0];
  const draws = 20_000;
  for (let i = 0; i < draws; i++) counts[chosen(sizes, 1, {}, random)[0]]++;
  // Four deviations of a count of 20,000 draws are 1.4 % of them.
  [1, 1.5, 2.5, 3].forEach((weight, i) => {
    expect(Math.abs(counts[i] / draws - weight / 8)).toBeLessThan(0.014);
  });
  expect([...chosen(sizes, 4, {}, random)].sort()).toEqual([0, 1, 2, 3]);
});

test("residuals of 0 leave all points alike", () => {
  expect(chosen(new Float64Array(5), 3, { uniform: 1 }, makeRandom(1))).toHaveLength(3);
});
