/** The rate that curvature sets, step by step on functions whose Cauchy points are known. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { norms } from "../../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import { adam } from "../../../src/optimizer/first-order/adam.ts";
import { type CdatOptions, cdat } from "../../../src/optimizer/first-order/cdat.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import type { BatchSource } from "../../../src/optimizer/optimizer.ts";
import { makeBatches, noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { type RegressionBatch, regression, regressionData } from "../../helpers/regression.ts";
import { quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

/** Steepest descent with the rate alone, and as `auto` has it. */
const plain = (options: CdatOptions = {}) => steepestDescent({ norm: norms.euclidean(), learningRate: cdat(options) });
const adamLike = (options: CdatOptions = {}) =>
  steepestDescent({
    norm: norms.adam({ beta: 0.99 }),
    momentum: 0.9,
    learningRate: cdat(options),
    averageIterates: true,
    rollback: true,
  });
const ratesOf = (records: readonly { learningRate?: number }[]) => records.map(({ learningRate }) => learningRate);

describe("cdat()", () => {
  test("starts at a tenth of the Cauchy point and grows by a factor a step, between measurements not at all", async () => {
    // Along the axis the Cauchy point of ½·4x² is η = 1/4.
    const start = startOn(plain({ scale: 100, every: 3 }), quadratic([4]), [1]);
    const { records } = await takeSteps(start, 14);
    const grown = Array.from({ length: 10 }, (_, t) => 0.025 * 1.1 ** t);
    const last = grown[9];
    const later = [last, last, last * 1.1 ** 3, last * 1.1 ** 3];
    expect(ratesOf(records)).toBeAllclose([...grown, ...later]);
    expect(records.map(({ products }) => products)).toEqual([...Array(10).fill(1), 0, 0, 1, 0]);
  });

  test.each([0.5, 1.5])("settles at %d Cauchy points", async (scale) => {
    const optimizer = plain({ scale, every: 1 });
    const { records, run } = await takeSteps(startOn(optimizer, quadratic([4, 4]), [1, -2]), 60);
    expect(records.at(-1)?.learningRate).toBeAllclose(scale / 4);
    expect(records.at(-1)?.stepNorm).toBeLessThan(1e-6);
    expect([...run.parameters]).toBeAllclose([0, 0], { absolute: 1e-3 });
  });

  test("averages the logarithms of the Cauchy points, so that each counts alike", async () => {
    // Curvature changes with the step: ½·a_t·x² for a_t = 1, 9, 1, 9, … by the batch.
    const a = ({ offset }: { offset: number }) => (offset % 2 === 0 ? 1 : 9);
    const f: Closures<{ offset: number }> = {
      value: ([x], batch) => 0.5 * a(batch) * x * x,
      gradient: ([x], batch) => Float64Array.of(a(batch) * x),
      hvp: (_, [v], batch) => Float64Array.of(a(batch) * v),
    };
    const objective = closuresObjective(f, 1, { checkDeterminism: false });
    let offset = 0;
    const batches: BatchSource = {
      ...noBatches(),
      draw: () => ({ epoch: 0, offset: offset++, size: 1 }),
      batch: (indices) => indices,
    };
    const run = plain({ scale: 1, every: 1, growth: 1e9 }).start(objective, Float64Array.of(1), { batches });
    // Weight 0.9 of each measurement before the next, so that the t-th mean of logarithms is Σ 0.9^{t−i}·ln(1/a_i) / Σ
    // 0.9^{t−i}.
    const expected = Array.from({ length: 8 }, (_, t) => {
      const weights = Array.from({ length: t + 1 }, (_, i) => 0.9 ** (t - i));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const logarithm = weights.reduce((sum, weight, i) => sum - weight * Math.log(a({ offset: i })), 0) / total;
      return (t === 0 ? 0.1 : 1) * Math.exp(logarithm);
    });
    const rates: (number | undefined)[] = [];
    for (let t = 0; t < 8; t++) rates.push((await run.step(batches)).learningRate);
    expect(rates).toBeAllclose(expected);
  });

  test("halves a step at whose end the loss is far from its linear model", async () => {
    // A wall at 0.99 that neither slope nor curvature at 1 foretell.
    const f: Closures = {
      value: ([x]) => 0.5 * x * x + (x < 0.99 ? 100 : 0),
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const { records, objective } = await takeSteps(startOn(plain(), f, [1]), 1);
    // From a tenth of the Cauchy point at 0: 0.1 → 0.05 → 0.025 → 0.0125 → 0.00625 < 0.01.
    expect(ratesOf(records)).toBeAllclose([0.00625]);
    expect(objective.ledger.counts().values).toBe(5);
  });

  test("takes a negative curvature for what it is in size, and Adam's rate where there is none", async () => {
    const flat: Closures = { value: ([x]) => -x, gradient: () => Float64Array.of(-1), hvp: (_, v) => v.map(() => 0) };
    expect(ratesOf((await takeSteps(startOn(plain(), flat, [0]), 2)).records)).toBeAllclose([1e-3, 1.1e-3]);
    const hill = quadratic([-4]);
    expect(ratesOf((await takeSteps(startOn(plain(), hill, [1]), 1)).records)).toBeAllclose([0.025]);
  });

  test("stays where the gradient is zero", async () => {
    const { run, records } = await takeSteps(startOn(adamLike(), quadratic([1, 2]), [0, 0]), 12);
    expect([...run.parameters]).toEqual([0, 0]);
    expect(records.every(({ products, accepted }) => products === 0 && accepted)).toBe(true);
  });

  test.each([
    ["loss", 1000, 1],
    ["parameters", 1, 1000],
  ])("goes the same way in other units of the %s", async (_, ofLoss, ofParameters) => {
    const { value, gradient, hvp } = quadratic([1, 30], [2, -1]);
    const inUnits = (w: Vector) => w.map((x) => x / ofParameters) as Vector;
    const scaled: Closures = {
      value: (w) => ofLoss * (value(inUnits(w), undefined) as number),
      gradient: (w) => (gradient(inUnits(w), undefined) as Vector).map((g) => (ofLoss * g) / ofParameters),
      hvp: (w, v) => (hvp(inUnits(w), v, undefined) as Vector).map((x) => (ofLoss * x) / ofParameters ** 2),
    };
    const [one, other] = [
      await takeSteps(startOn(adamLike(), quadratic([1, 30], [2, -1]), [3, 3]), 40),
      await takeSteps(startOn(adamLike(), scaled, [3 * ofParameters, 3 * ofParameters]), 40),
    ];
    // ε of the norm has a unit: 1e-10 under the root, beside squares of gradients down to 1e-3.
    expect([...inUnits(other.run.parameters)]).toBeAllclose([...one.run.parameters], { relative: 1e-5 });
  });

  test("measures on the first examples of a batch, and books what it costs", async () => {
    const objective = closuresObjective<RegressionBatch>(regression, 3, {
      examples: ({ y }) => y.shape[0],
      checkDeterminism: false,
    });
    const batches = makeBatches(regressionData(400), { batchSize: 16, seed: 1 });
    const run = adamLike({ curvature: "gauss-newton", curvatureFraction: 0.25, every: 5 }).start(
      objective,
      Float64Array.of(0.1, 2, -1),
      { batches },
    );
    for (let k = 0; k < 10; k++) await run.step(batches);
    // Each of the first ten steps is measured: a gradient and a product on 4 of 16 examples.
    expect(objective.ledger.counts()).toMatchObject({ gradients: 20, ggnvps: 10, hvps: 0, backprops: 30 });
    const values = objective.ledger.counts().values;
    expect(values).toBeGreaterThanOrEqual(10);
    expect(objective.ledger.counts().examples).toBe(10 * 16 + 20 * 4 + values * 4);
  });

  test("is a rate for any first-order method", async () => {
    const { records } = await takeSteps(
      startOn(adam({ learningRate: cdat() }), quadratic([1, 30], [2, -1]), [3, 3]),
      200,
    );
    expect(records.at(-1)!.gradientNorm).toBeLessThan(1e-2 * records[0].gradientNorm);
    expect(adam({ learningRate: cdat() }).settings.learningRate).toMatchObject({
      schedule: "cdat",
      scale: 2,
      every: 8,
    });
  });

  test("says what must hold when misused", () => {
    expect(() => cdat({ scale: 0 })).toThrow("cdat: scale must be > 0, got 0.");
    expect(() => cdat({ curvatureFraction: 2 })).toThrow("cdat: curvatureFraction must be in (0, 1], got 2.");
    expect(() => cdat({ every: 1.5 })).toThrow("cdat: every must be an integer >= 1, got 1.5.");
    expect(() => cdat({ growth: 1 })).toThrow("cdat: growth must be > 1, got 1.");
    expect(() => cdat({ curvature: "fisher" as never })).toThrow("cdat: curvature must be one of");
  });
});
