/** The searches for Δ and σ, one decision at a time, against the rules in their headers. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { certificate, downhill } from "../../../src/optimizer/newton/local-model.ts";
import { radiusSearch } from "../../../src/optimizer/newton/radius.ts";
import { sigmaSearch } from "../../../src/optimizer/newton/sigma.ts";
import { noiseFloor } from "../../../src/optimizer/noise-floor.ts";
import type { Outcome, Step } from "../../../src/subproblem/step.ts";

const step = (outcome: Outcome, stepNorm: number): Step => ({
  step: Float64Array.of(stepNorm),
  stepNorm,
  multiplier: 0,
  modelDecrease: 1,
  outcome,
  products: 1,
});

describe("radiusSearch()", () => {
  const steering = { radius: 1, maxRadius: 10, eta1: 0.25, eta2: 0.75, increase: 2, decrease: 4 };
  const search = radiusSearch("test", steering);
  const next = (ratio: number, outcome: Outcome, stepNorm: number, current = 1) =>
    search.next(current, ratio, step(outcome, stepNorm));

  test("ρ ≥ η₂ enlarges Δ where the region held the step back, and only there", () => {
    expect(next(0.75, "boundary", 0.5)).toBe(2);
    expect(next(0.75, "negative-curvature", 0.5)).toBe(2);
    expect(next(0.75, "hard-case", 0.99)).toBe(2);
    expect(next(0.75, "interior", 0.98)).toBe(1);
    expect(next(0.75, "max-products", 7.93, 8)).toBe(10);
    const bold = radiusSearch("test", { ...steering, growOnlyAtBoundary: false });
    expect(bold.next(1, 0.75, step("interior", 0.1))).toBe(2);
  });

  test("ρ in [η₁, η₂) leaves it, ρ < η₁ takes it to a part of the step", () => {
    expect(next(0.74, "boundary", 1)).toBe(1);
    expect(next(0.25, "boundary", 1)).toBe(1);
    expect(next(0.24, "interior", 0.5)).toBe(0.125);
    expect(next(-Infinity, "boundary", 1.5)).toBe(0.25);
  });

  test("is exhausted below the least radius, 10⁻¹⁶ of the first unless told otherwise", () => {
    expect([1e-16, 0.99e-16].map((current) => search.exhausted(current))).toEqual([false, true]);
    const far = radiusSearch("test", { ...steering, radius: 5 });
    expect([5e-16, 4.9e-16].map((current) => far.exhausted(current))).toEqual([false, true]);
  });

  test("follows the norm up to its limit", () => {
    expect([search.rescaled(2, 3), search.rescaled(2, 30)]).toEqual([6, 10]);
  });
});

describe("sigmaSearch()", () => {
  const search = sigmaSearch("test", { sigma: 8, minSigma: 3, eta1: 0.25, eta2: 0.75, increase: 4, decrease: 2 });
  const next = (current: number, ratio: number) => search.next(current, ratio, step("interior", 1));

  test("falls at ρ ≥ η₂ down to its least value, stays in [η₁, η₂), grows below", () => {
    expect([next(8, 0.75), next(4, 1)]).toEqual([4, 3]);
    expect([next(8, 0.74), next(8, 0.25)]).toEqual([8, 8]);
    expect([next(8, 0.24), next(8, -Infinity)]).toEqual([32, 32]);
  });

  test("belongs to a cubed length, and is hopeless 40 decades above the first", () => {
    expect(search.rescaled(8, 2)).toBe(1);
    expect([8e40, 8.1e40].map((current) => search.exhausted(current))).toEqual([false, true]);
  });
});

describe("noiseFloor()", () => {
  /** Steps on level ground until the run should end. */
  function patience(floor: ReturnType<typeof noiseFloor>, gradientNorm: number) {
    for (let steps = 1; ; steps++) {
      const ending = floor.after(true, true, gradientNorm);
      if (ending) return { steps, status: ending.status };
    }
  }

  test("ends a run after five more steps on level ground that do not halve ‖∇L‖", () => {
    expect(patience(noiseFloor(), 1)).toEqual({ steps: 6, status: "noise-floor" });
    const floor = noiseFloor();
    for (const gradientNorm of [1, 0.9, 0.8, 0.7, 0.5]) expect(floor.after(true, true, gradientNorm)).toBe(undefined);
    expect(patience(floor, 0.3)).toEqual({ steps: 5, status: "noise-floor" });
  });

  test("starts over on ground that is not level, and remembers whether steps were refused there", () => {
    const floor = noiseFloor();
    for (let k = 0; k < 4; k++) floor.after(true, true, 1);
    floor.after(false, false, 1);
    expect(patience(floor, 1)).toEqual({ steps: 6, status: "radius-collapsed" });
    floor.after(false, true, 1);
    expect(patience(floor, 1).status).toBe("noise-floor");
  });

  test("goes on from its state where it was", () => {
    const floor = noiseFloor();
    floor.after(false, false, 1);
    for (let k = 0; k < 3; k++) floor.after(true, true, 1);
    const other = noiseFloor();
    other.restore(floor.state());
    expect(patience(other, 0.9)).toEqual({ steps: 3, status: "radius-collapsed" });
  });
});

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
    expect(certificate(0.5, 0.25, step("max-products", 0))).toEqual({
      status: "converged",
      message: "‖∇L‖ = 0.5 is within its tolerance; the curvature test ran out of products.",
    });
    expect(certificate(0.5, 0.25, step("interior", 0))).toEqual({
      status: "second-order-converged",
      message: "‖∇L‖ = 0.5 and λ_min ≥ -0.25 are within their tolerances.",
    });
  });
});
