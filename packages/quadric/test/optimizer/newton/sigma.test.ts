/** The search for σ, one decision at a time, against the rule in its header. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { relativeSigmaSearch, requireSigma, sigmaSearch } from "../../../src/optimizer/newton/sigma.ts";
import { stepOf as step } from "../../helpers/steps.ts";

describe("sigmaSearch()", () => {
  const search = sigmaSearch({ initial: 8, min: 3, eta1: 0.25, eta2: 0.75, grow: 4, shrink: 2 });
  const next = (current: number, ratio: number) => search.next(current, ratio, step("interior", 1));

  test("falls at ρ ≥ η₂ down to its least value, stays in [η₁, η₂), grows below", () => {
    expect([next(8, 0.75), next(4, 1)]).toEqual([4, 3]);
    expect([next(8, 0.74), next(8, 0.25)]).toEqual([8, 8]);
    expect([next(8, 0.24), next(8, -Infinity)]).toEqual([32, 32]);
  });

  test("is exhausted 40 decades above the first", () => {
    expect([8e40, 8.1e40].map((current) => search.isExhausted(current))).toEqual([false, true]);
  });
});

describe("relativeSigmaSearch()", () => {
  const search = relativeSigmaSearch({ initial: 8, min: 3, eta1: 0.25, eta2: 0.75, grow: 4, shrink: 2 });

  test("starts with ‖g‖/ℓ², has no least value, and is exhausted where no number is left", () => {
    expect(search.initial).toBeUndefined();
    expect(search.first!(2, 12)).toBe(3);
    expect(search.next(1e-100, 0.9, step("interior", 1))).toBe(5e-101);
    expect([1e300, Infinity, Number.NaN].map((sigma) => search.isExhausted(sigma))).toEqual([false, true, true]);
  });
});

test("a factor that does not move σ is refused by its name", () => {
  const settings = { initial: 1, min: 0, grow: 2, shrink: 2, eta1: 0.1, eta2: 0.9 };
  expect(() => requireSigma("arc", { ...settings, grow: 1 })).toThrow("arc: sigma.grow must be > 1, got 1.");
  expect(() => requireSigma("arc", { ...settings, shrink: 1 })).toThrow("arc: sigma.shrink must be > 1, got 1.");
});
