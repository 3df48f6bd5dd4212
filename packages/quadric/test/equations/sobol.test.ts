import { expect, test } from "vitest";
import { sobolPoints } from "../../src/equations/sobol.ts";

// scipy 1.10: qmc.Sobol(10, scramble=False).random(64)[[5, 33, 63]]·64
test.each([
  [5, [56, 56, 8, 24, 56, 40, 56, 24, 24, 8]],
  [33, [35, 49, 13, 3, 41, 27, 19, 11, 31, 35]],
  [63, [1, 51, 23, 29, 55, 9, 37, 9, 53, 37]],
])("point %i in ten dimensions is scipy's", (n, expected) => {
  expect(sobolPoints(64, 10).map((column) => 64 * column[n])).toEqual(expected);
});

test("more than ten dimensions are refused", () => {
  expect(() => sobolPoints(4, 11)).toThrow("points.sobol: dimensions must be at most 10, got 11.");
});
