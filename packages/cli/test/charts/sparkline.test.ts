import { expect, test } from "vitest";
import { sparkline } from "../../src/charts/sparkline.ts";

test("a sparkline goes from ▁ for the least to █ for the largest value", () => {
  expect(sparkline([8, 4, 2, 1], 4)).toBe("█▄▂▁");
  expect(sparkline([7, 6, 5, 4, 3, 2, 1, 0], 4)).toBe("█▆▃▁");
});

test("a sparkline of equal values is level, and one of none is empty", () => {
  expect(sparkline([3, 3], 10)).toBe("▁▁");
  expect(sparkline([Number.NaN], 10)).toBe("");
});
