import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { resolutionOf } from "../../../src/optimizer/convergence.ts";
import type { LocalModel } from "../../../src/optimizer/newton/model.ts";
import { wholeStepTests } from "../../../src/optimizer/newton/whole-step.ts";
import type { Step } from "../../../src/subproblem/step.ts";

const w = Float64Array.of(1, 2);
/** Tolerances 10⁻² of the gradient and 10⁻³ of the step; near at 10⁻¹. */
const resolution = { ...resolutionOf("float64", { gradient: 1e-2, step: 1e-3 }), level: 0.1 };
const make = (isExact = true) =>
  wholeStepTests({ dtype: "float64" } as never, norms.euclidean(), { isExact, resolution });
const model = (value: number, magnitude?: number) => ({ linearization: { value, magnitude } }) as LocalModel;
const step = (changes: Partial<Step> = {}): Step => ({
  ...{
    step: Float64Array.of(0.5, 0.5),
    stepNorm: 2,
    modelDecrease: 1,
    outcome: "interior",
    multiplier: 0,
    products: 1,
  },
  ...changes,
});
const small = { modelDecrease: 1e-4 };

describe("wholeStepTests()", () => {
  test("end by what the model still promises of the loss, or by what the step changes", () => {
    const tests = make();
    expect(tests.endingBy(step(small), model(1), w)).toMatchObject({ reason: "gradient" });
    expect(tests.endingBy(step({ modelDecrease: 1.1e-4 }), model(1), w)).toBeUndefined();
    expect(tests.endingBy(step({ modelDecrease: 1.1e-4 }), model(-1), w)).toBeUndefined();
    // Of the sum of the terms of the loss, if it is known.
    expect(tests.endingBy(step({ modelDecrease: 1.1e-4 }), model(1, 2), w)).toMatchObject({ reason: "gradient" });
    expect(tests.endingBy(step({ step: Float64Array.of(1e-3, 1e-3) }), model(1), w)).toMatchObject({ reason: "step" });
    expect(tests.endingBy(step({ step: Float64Array.of(1.1e-3, 0) }), model(1), w)).toBeUndefined();
  });

  test("take no step for whole that the region held back, or of which its multiplier is a part", () => {
    const tests = make();
    expect(tests.endingBy(step({ ...small, outcome: "boundary" }), model(1), w)).toBeUndefined();
    // λ‖s‖² = 10⁻⁵ is a tenth of the decrease.
    expect(tests.endingBy(step({ ...small, multiplier: 0.25e-5 }), model(1), w)).toMatchObject({ reason: "gradient" });
    expect(tests.endingBy(step({ ...small, multiplier: 0.26e-5 }), model(1), w)).toBeUndefined();
    expect(tests.endingBy(step({ ...small, multiplier: undefined }), model(1), w)).toMatchObject({
      reason: "gradient",
    });
  });

  test("end nothing where values are not exact", () => {
    expect(make(false).endingBy(step(small), model(1), w)).toBeUndefined();
  });

  test("end where the loss has fallen to nothing, by whole steps alone", () => {
    const tests = make();
    tests.visit(model(-1), Float64Array.of(3, 4));
    expect(tests.state().scalars).toEqual({ loss: 1, length: 5 });
    const last = { step: Float64Array.of(3e-10, 4e-10), modelDecrease: 1e-40 };
    const near = Float64Array.of(1e-9, 1e-9);
    expect(tests.endingBy(step(last), model(1e-40), near)).toMatchObject({ reason: "loss" });
    expect(tests.endingBy(step({ ...last, outcome: "boundary" }), model(1e-40), near)).toBeUndefined();
    expect(tests.endingBy(step(last), model(2e-40), near)).toBeUndefined();
    const again = make();
    again.restore(tests.state());
    expect(again.state()).toEqual(tests.state());
  });

  test("are near where the loss or the parameters would change by little, exact or not", () => {
    for (const tests of [make(), make(false)]) {
      expect(tests.isNear(step({ modelDecrease: 0.01 }), model(1), w)).toBe(true);
      expect(tests.isNear(step({ modelDecrease: 0.011 }), model(1), w)).toBe(false);
      expect(tests.isNear(step({ step: Float64Array.of(0.1, 0) }), model(1), w)).toBe(true);
      expect(tests.isNear(step({ step: Float64Array.of(0.11, 0) }), model(1), w)).toBe(false);
      expect(tests.isNear(step({ modelDecrease: 0.01, outcome: "max-products" }), model(1), w)).toBe(false);
    }
  });
});
