import { describe, expect, test } from "vitest";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import type { DensePoint } from "../../../src/optimizer/newton/dense-point.ts";
import { type DenseTrial, endingAfter, tryDenseStep } from "../../../src/optimizer/newton/dense-trial.ts";
import { eigenModelOf } from "../../../src/subproblem/eigen-model.ts";
import { quadratic } from "../../helpers/steps.ts";

const vector = (...x: number[]) => Float64Array.of(...x);

interface Setting {
  readonly closures?: Closures;
  readonly step?: number;
  readonly modelDecrease?: number;
  readonly rounding?: number;
  readonly isNewton?: boolean;
  readonly w?: number;
}

/** A step tried on f = x² (g = 2, B = 2 at w = 1), whose rounding counts for 0.01. */
async function tried({
  closures = quadratic([2]),
  step = -1,
  modelDecrease = 1,
  rounding = 0.01,
  isNewton = true,
  w = 1,
}: Setting): Promise<DenseTrial & { counts: object }> {
  const objective = closuresObjective(closures, 1, { checkDeterminism: false });
  const gradient = vector(2 * w);
  const point = {
    ...{ loss: w * w, magnitude: w * w, gradient, diagonal: vector(2), rounding, batch: undefined },
  } as unknown as DensePoint;
  const model = eigenModelOf(vector(2), gradient, vector(1));
  const solution = { step: vector(step), stepNorm: 1, modelDecrease, multiplier: 0, outcome: "interior" } as const;
  const trial = await tryDenseStep(objective, { w: vector(w), point, model }, solution, { isNewton, band: 2 });
  const { values, gradients } = objective.ledger.counts();
  return { ...trial, counts: { values, gradients } };
}

/** f = x² of another value and gradient at the trial point. */
const telling = (value: number, gradient = 0): Closures => ({ value: () => value, gradient: () => vector(gradient) });

describe("tryDenseStep()", () => {
  test("accepts a step whose ratio says so, for one value", async () => {
    const { there, accepted, ratio, decrease, isLevel, isTiny, isWithinNoise, counts } = await tried({});
    expect([...there]).toEqual([0]);
    expect([accepted, decrease, isLevel, isTiny, isWithinNoise]).toEqual([true, 1, false, false, false]);
    expect(ratio).toBeCloseTo(1, 12);
    expect(counts).toEqual({ values: 1, gradients: 0 });
  });

  test("has the ratio (f − f⁺ + δ)/(m(0) − m(s) + δ)", async () => {
    const { ratio } = await tried({ closures: telling(0.5), modelDecrease: 2 });
    expect(ratio).toBeCloseTo(0.51 / 2.01, 12);
  });

  test("refuses an ascent by more than the rounding, however small the model's decrease", async () => {
    expect((await tried({ closures: telling(1.009), modelDecrease: 1 })).accepted).toBe(true);
    expect((await tried({ closures: telling(1.011), modelDecrease: 1 })).accepted).toBe(false);
    expect((await tried({ closures: telling(0.99), modelDecrease: 1e4 })).accepted).toBe(false);
    expect((await tried({ closures: telling(0), modelDecrease: 9e3 })).accepted).toBe(true);
  });

  test("refuses a point that is not finite, or at which the loss is not", async () => {
    const far = await tried({ step: Number.MAX_VALUE * 2 });
    expect([far.accepted, far.decrease, far.isTiny]).toEqual([false, -Infinity, false]);
    expect(far.counts).toEqual({ values: 0, gradients: 0 });
    for (const value of [Number.NaN, Infinity]) {
      const trial = await tried({ closures: telling(value) });
      expect([trial.accepted, trial.decrease, trial.isLevel]).toEqual([false, -Infinity, false]);
    }
  });

  test("asks nothing for a step that does not move", async () => {
    const trial = await tried({ step: 1e-17 });
    expect([trial.accepted, trial.isTiny, trial.isLevel, trial.decrease]).toEqual([false, true, false, 0]);
    expect(trial.counts).toEqual({ values: 0, gradients: 0 });
  });

  test("lets the gradient judge a whole step that the loss does not resolve", async () => {
    // ½g²/B is 1 at w; of 1.8 it is 0.81, of 0.9 it is 0.2025, of 2 it is 1.
    const judged = (gradient: number, value = 1.02) =>
      tried({ closures: telling(value, gradient), modelDecrease: 0.02 });
    expect(await judged(1.8)).toMatchObject({ isLevel: true, accepted: true, isQuartered: false, isWithinNoise: true });
    expect(await judged(0.9)).toMatchObject({ accepted: true, isQuartered: true });
    expect(await judged(1)).toMatchObject({ accepted: true, isQuartered: false });
    expect(await judged(2)).toMatchObject({ accepted: false, isQuartered: false });
    expect(await judged(0.9, 0.98)).toMatchObject({ isLevel: true, accepted: true });
    expect((await judged(0.9)).counts).toEqual({ values: 1, gradients: 1 });
  });

  test("takes no word of the gradient where the loss resolves the step, or of a step that is not whole", async () => {
    const closures = telling(1.02, 0.9);
    expect((await tried({ closures, modelDecrease: 0.021 })).isLevel).toBe(false);
    expect((await tried({ closures: telling(1.021, 0.9), modelDecrease: 0.02 })).isLevel).toBe(false);
    expect((await tried({ closures: telling(0.979, 0.9), modelDecrease: 0.02 })).isLevel).toBe(false);
    expect(await tried({ closures, modelDecrease: 0.02, isNewton: false })).toMatchObject({
      ...{ isLevel: false, isWithinNoise: true, accepted: false, isQuartered: false },
    });
  });

  test("does not go where the loss is not finite, whatever the gradient there", async () => {
    const objective = closuresObjective(quadratic([2]), 1, { checkDeterminism: false });
    const spoilt = { ...objective, gradient: async () => ({ value: Number.NaN, gradient: vector(0.1) }) };
    const point = { loss: 1, gradient: vector(2), diagonal: vector(2), rounding: 1 } as unknown as DensePoint;
    const model = eigenModelOf(vector(2), vector(2), vector(1));
    const solution = { step: vector(-1), stepNorm: 1, modelDecrease: 1, multiplier: 0, outcome: "interior" } as const;
    const trial = await tryDenseStep(spoilt, { w: vector(1), point, model }, solution, { isNewton: true, band: 2 });
    expect([trial.isLevel, trial.accepted]).toEqual([true, false]);
  });

  test("is tiny where both decreases are within one rounding", async () => {
    const isTiny = async (value: number, modelDecrease: number) =>
      (await tried({ closures: telling(value), modelDecrease, isNewton: false })).isTiny;
    expect(await isTiny(1.009, 0.009)).toBe(true);
    expect(await isTiny(0.991, 0.009)).toBe(true);
    expect(await isTiny(1.011, 0.009)).toBe(false);
    expect(await isTiny(1.009, 0.011)).toBe(false);
  });

  test("counts the rounding of the parameters with that of the loss", async () => {
    // At w = 2²⁰ the loss is 2⁴⁰, and one rounding of w changes it by |g|·ε·w = 2⁻¹¹.
    const w = 2 ** 20;
    const closures = telling(w * w + 2 ** -12);
    expect((await tried({ w, closures, rounding: 0, modelDecrease: 1 })).accepted).toBe(true);
    expect((await tried({ w, closures: telling(w * w + 2 ** -10), rounding: 0, modelDecrease: 1 })).accepted).toBe(
      false,
    );
  });

  test("takes the decrease from the losses of examples, with its standard error", async () => {
    const objective = closuresObjective({ value: () => vector(1, 3), gradient: () => vector(0) }, 1, {
      checkDeterminism: false,
    });
    const point = {
      ...{ loss: 4, losses: vector(2, 6), gradient: vector(2), diagonal: vector(2), rounding: 0, batch: undefined },
    } as unknown as DensePoint;
    const model = eigenModelOf(vector(2), vector(2), vector(1));
    const solution = { step: vector(-1), stepNorm: 1, modelDecrease: 1, multiplier: 0, outcome: "interior" } as const;
    const trial = await tryDenseStep(objective, { w: vector(1), point, model }, solution, { isNewton: true, band: 2 });
    // Decreases 1 and 3: mean 2, standard deviation √2, of two examples.
    expect(trial.decrease).toBe(2);
    expect(trial.standardError).toBeCloseTo(1, 14);
  });
});

describe("endingAfter()", () => {
  const plain = {
    accepted: false,
    isLevel: false,
    isQuartered: false,
    isWithinNoise: false,
    isTiny: true,
    decrease: -1,
  };
  const somewhere = { isNear: false, isAtMinimum: false, hasRegion: true };

  /** The reason or status with which a run ends at x = 1 of f = x². */
  async function ending(trial: Partial<DenseTrial>, where: Partial<typeof somewhere> = {}): Promise<string> {
    const objective = closuresObjective(quadratic([2]), 1, { checkDeterminism: false });
    const place = { w: vector(1), batch: undefined, gradient: vector(2), a: vector(2), largest: 1 };
    const found = await endingAfter(objective, { ...plain, ...trial } as DenseTrial, place, { ...somewhere, ...where });
    return found ? (found.reason ?? found.status) : "none";
  }

  test("is rounding after a level step near a minimum, unless Newton's steps still quarter the gradient", async () => {
    const level = { isLevel: true, accepted: true };
    expect(await ending(level, { isNear: true })).toBe("rounding");
    expect(await ending({ ...level, accepted: false }, { isNear: true })).toBe("rounding");
    expect(await ending({ ...level, isQuartered: true }, { isNear: true })).toBe("none");
    expect(await ending(level)).toBe("none");
  });

  test("is none after another step that was accepted", async () => {
    expect(await ending({ accepted: true, isWithinNoise: true }, { isNear: true, isAtMinimum: true })).toBe("none");
  });

  test("is rounding where a refused step near a minimum is within the noise", async () => {
    expect(await ending({ isWithinNoise: true, isTiny: false }, { isNear: true })).toBe("rounding");
    expect(await ending({ isWithinNoise: true, isTiny: false })).toBe("none");
    expect(await ending({ isTiny: false }, { isNear: true })).toBe("none");
  });

  test("is none as long as the region can shrink", async () => {
    expect(await ending({ isTiny: false })).toBe("none");
    expect(await ending({ isTiny: false }, { hasRegion: false })).toBe("stalled");
    expect(await ending({ isTiny: true })).toBe("stalled");
  });

  test("says that the loss is finite at w alone, that w is a minimum, or that no step was acceptable", async () => {
    expect(await ending({ decrease: -Infinity }, { isAtMinimum: true })).toBe("nonfinite");
    expect(await ending({}, { isAtMinimum: true })).toBe("rounding");
    expect(await ending({})).toBe("stalled");
  });
});
