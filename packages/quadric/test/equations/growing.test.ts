import { describe, expect, test } from "vitest";
import { growing } from "../../src/equations/growing.ts";

describe("growing()", () => {
  test("replaces points at which the loss is less than two thirds of that at others", () => {
    const growth = growing(0.4);
    expect(growth.isOutdated(1, 1.4)).toBe(false);
    expect(growth.isOutdated(1, 1.6)).toBe(true);
  });

  test("doubles them when that happens three times in a row, up to all", () => {
    const growth = growing(0.4);
    const shares = [2, 2, 1, 2, 2, 2, 2, 2, 2].map((other) => {
      growth.isOutdated(1, other);
      return growth.share;
    });
    expect(shares).toEqual([0.4, 0.4, 0.4, 0.4, 0.4, 0.8, 0.8, 0.8, 1]);
  });

  test("a loss that is not finite is not outdated", () => {
    expect(growing(1).isOutdated(1, Number.NaN)).toBe(false);
  });
});
