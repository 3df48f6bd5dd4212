import { expect, test } from "vitest";
import { sufficientDecrease } from "../../../src/optimizer/first-order/sufficient-decrease.ts";

// L(η) along −p from L(0) = 1 with slope −2: gᵀp = ‖p‖² = 2, |pᵀBp| = 3.
const local = { value: 1, slope: 2, curvature: 3, squaredNorm: 2, rounding: 0 };

test("a step is taken as it is up to twice the curvature and once the slope above the linear model", async () => {
  const most = (eta: number) => 1 - 2 * eta + 2 * eta + 3 * eta * eta;
  expect(await sufficientDecrease(0.5, local, async (eta) => most(eta))).toBe(0.5);
  expect(await sufficientDecrease(0.5, local, async (eta) => most(eta) + 1e-9)).toBeLessThan(0.5);
  expect(await sufficientDecrease(0.5, { ...local, rounding: 1e-8 }, async (eta) => most(eta) + 1e-9)).toBe(0.5);
});

test("a step is halved until it passes, at most ten times", async () => {
  expect(await sufficientDecrease(1, local, async (eta) => (eta > 0.2 ? 100 : 0))).toBe(0.125);
  const tried: number[] = [];
  const worthless = async (eta: number) => {
    tried.push(eta);
    return tried.length % 2 ? undefined : Number.NaN;
  };
  expect(await sufficientDecrease(1, local, worthless)).toBe(2 ** -10);
  expect(tried).toHaveLength(10);
});
