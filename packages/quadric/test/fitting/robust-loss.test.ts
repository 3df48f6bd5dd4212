import { describe, expect, test } from "vitest";
import { robustLosses, robustness } from "../../src/fitting/robust-loss.ts";

const scale = 0.7;

describe.each(robustLosses.filter((loss) => loss !== "linear"))("%s", (loss) => {
  const robust = robustness(loss, scale)!;
  const costAt = (r: number) => robust.cost(Float64Array.of(r));

  test("is half the square of small residuals, and less of large ones", () => {
    expect(costAt(1e-4) / 0.5e-8).toBeCloseTo(1, 6);
    expect(costAt(100)).toBeLessThan(0.02 * 5000);
  });

  test.each([1e-3, 0.3, 0.69, 0.71, 2, 30])(
    "a residual of %d has the slope of the loss, by differences, and a positive weight",
    (r) => {
      const [residuals, jacobian] = [Float64Array.of(r), Float64Array.of(3)];
      robust.reweigh(residuals, jacobian, 0.1);
      const h = 1e-5 * r;
      const slope = (costAt(r + h) - costAt(r - h)) / (2 * h);
      expect((residuals[0] * jacobian[0]) / 3 / slope).toBeCloseTo(1, 6);
      expect(jacobian[0]).toBeGreaterThan(0);
    },
  );

  test("has its curvature where that is not below the least weight", () => {
    const r = 0.2;
    const [residuals, jacobian] = [Float64Array.of(r), Float64Array.of(1)];
    robust.reweigh(residuals, jacobian, 0.1);
    const h = 1e-4;
    const curvature = (costAt(r + h) - 2 * costAt(r) + costAt(r - h)) / (h * h);
    expect(jacobian[0] ** 2).toBeCloseTo(curvature, 6);
  });
});

test("the squares themselves need no weights", () => {
  expect(robustness("linear", 1)).toBeUndefined();
});
