import { describe, expect, test } from "vitest";
import { uncertain } from "../../src/fit/uncertain.ts";

describe("a value with its error", () => {
  test.each<[number, number, string, string]>([
    [5.01234, 0.0432, "5.012", "0.043"],
    [5.01234, 0.0996, "5.01", "0.10"],
    [-0.00123, 0.4, "0.00", "0.40"],
    [1042.0817, 0.0531, "1042.082", "0.053"],
    [5123, 120, "5120", "120"],
    [5123, 1.2e5, "10000", "120000"],
    [4.01e7, 2.2e6, "4.01e7", "0.22e7"],
    [3.28e-6, 7e-8, "3.280e-6", "0.070e-6"],
    [0.9999999999999998, 1.3e-15, "1", "1e-15"],
    [2, Number.POSITIVE_INFINITY, "2", ""],
    [0.1 + 0.2, 0, "0.3", ""],
  ])("%d ± %d", (value, error, shown, uncertainty) => {
    expect(uncertain(value, error)).toEqual({ value: shown, error: uncertainty });
  });
});
