/** The search for Δ, one decision at a time, against the rule in its header. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { radiusSearch, radiusSettings, relativeRadiusSearch } from "../../../src/optimizer/newton/radius.ts";
import type { Outcome } from "../../../src/subproblem/step.ts";
import { stepOf as step } from "../../helpers/steps.ts";

describe("radiusSearch()", () => {
  const steering = { initial: 1, max: 10, min: 1e-16, eta1: 0.25, eta2: 0.75, grow: 2, shrink: 4 };
  const search = radiusSearch(steering);
  const next = (ratio: number, outcome: Outcome, stepNorm: number, current = 1) =>
    search.next(current, ratio, step(outcome, stepNorm));

  test("ρ ≥ η₂ enlarges Δ where the region held the step back, and only there", () => {
    expect(next(0.75, "boundary", 0.5)).toBe(2);
    expect(next(0.75, "negative-curvature", 0.5)).toBe(2);
    expect(next(0.75, "hard-case", 0.99)).toBe(2);
    expect(next(0.75, "interior", 0.98)).toBe(1);
    expect(next(0.75, "max-products", 7.93, 8)).toBe(10);
  });

  test("ρ in [η₁, η₂) leaves it, ρ < η₁ takes it to a part of the step", () => {
    expect(next(0.74, "boundary", 1)).toBe(1);
    expect(next(0.25, "boundary", 1)).toBe(1);
    expect(next(0.24, "interior", 0.5)).toBe(0.125);
    expect(next(-Infinity, "boundary", 1.5)).toBe(0.25);
  });

  test("is exhausted below the least radius, 10⁻¹⁶ of the first unless told otherwise", () => {
    expect([1e-16, 0.99e-16].map((current) => search.isExhausted(current))).toEqual([false, true]);
    const far = radiusSearch(radiusSettings("test", { initial: 5 }, steering));
    expect([5e-16, 4.9e-16].map((current) => far.isExhausted(current))).toEqual([false, true]);
  });
});

describe("relativeRadiusSearch()", () => {
  const search = relativeRadiusSearch({ initial: 1, max: 10, min: 0.1, eta1: 0.25, eta2: 0.75, grow: 2, shrink: 4 });

  test("starts with a tenth of the length of the start, and has no bounds of its own", () => {
    expect(search.initial).toBeUndefined();
    expect(search.first!(30, 7)).toBe(3);
    expect(search.next(1e200, 0.9, step("boundary", 1e200))).toBe(2e200);
    expect(search.isExhausted(1e-300)).toBe(false);
    expect([search.eta1, search.next(1, 0.2, step("boundary", 1))]).toEqual([0.25, 0.25]);
  });
});
