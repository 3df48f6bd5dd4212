import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { certificate, downhill } from "../../../src/optimizer/newton/stopping.ts";
import { stepOf as step } from "../../helpers/steps.ts";

describe("a step of pure curvature", () => {
  test("is turned so that the gradient falls along it, and gains that fall", () => {
    const solution = { ...step("hard-case", 1), step: Float64Array.of(1, -2), modelDecrease: 3 };
    const down = downhill(solution, Float64Array.of(2, 0));
    expect([...down.step]).toEqual([-1, 2]);
    expect(down.modelDecrease).toBe(5);
    expect([...downhill(solution, Float64Array.of(-2, 0)).step]).toEqual([1, -2]);
    expect(downhill(solution, Float64Array.of(-2, 0)).modelDecrease).toBe(5);
  });

  test("certifies second order only where the solver came to an end", () => {
    const first = { status: "converged", reason: "step", message: "Small." } as const;
    expect(certificate(first, 0.25, step("max-products", 0))).toEqual({
      ...first,
      message: "Small. The curvature test ran out of products.",
    });
    expect(certificate(first, 0.25, step("interior", 0))).toEqual({
      status: "second-order-converged",
      reason: "step",
      message: "Small. λ_min ≥ -0.25.",
    });
  });
});
