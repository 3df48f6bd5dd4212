import { expect, test } from "vitest";
import { recentError, type Sample } from "../../src/engine/race.ts";

const run = (errors: readonly number[]): Sample[] => errors.map((error, i) => [i, i / 100, 1, error]);

test("a spike at the end of a run does not decide how far it is said to be", () => {
  const falling = Array.from({ length: 50 }, (_, i) => 1 / (i + 1));
  expect(recentError(run([...falling, 0.5]))).toBeLessThan(0.023);
  expect(recentError(run([0.3]))).toBe(0.3);
  expect(recentError([])).toBeNaN();
  expect(recentError(run([Number.NaN]))).toBeNaN();
});
