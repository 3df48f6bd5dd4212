import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { regularizers } from "../../src/models/regularizers.ts";

describe("regularizers", () => {
  test("of tensor norms is a sum of norms, not of squares", async () => {
    const penalty = regularizers.tensorNorms(2)({ w: np.array([3, 4]), b: np.array([-2]) });
    expect(penalty.js()).toBeCloseTo(2 * (5 + 2), 5);
    expect(
      regularizers
        .l2(2)({ w: np.array([3, 4]), b: np.array([-2]) })
        .js(),
    ).toBeCloseTo(29, 5);
    expect(() => regularizers.l2(-1)).toThrow("regularizers.l2: lambda must be >= 0, got -1.");
  });
});
