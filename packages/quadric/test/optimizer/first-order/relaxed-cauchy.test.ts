/** The rate that curvature sets, step by step on functions whose Cauchy points are known, and the average of the iterates. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { norms } from "../../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import { relaxedCauchy } from "../../../src/optimizer/first-order/relaxed-cauchy.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { BatchSource } from "../../../src/optimizer/optimizer.ts";
import { makeBatches, noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { type RegressionBatch, regression, regressionData } from "../../helpers/regression.ts";
import { quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const plain = { norm: norms.euclidean(), momentum: 0 };
const ratesOf = (records: readonly { learningRate?: number }[]) => records.map(({ learningRate }) => learningRate);

describe("relaxedCauchy()", () => {
  test("starts at a tenth of the Cauchy point and grows by a factor a step, between measurements not at all", async () => {
    // Along the axis the Cauchy point of ½·4x² is η = 1/4.
    const start = startOn(relaxedCauchy({ ...plain, relaxation: 100, measureEvery: 3 }), quadratic([4]), [1]);
    const { records } = await takeSteps(start, 14);
    const grown = Array.from({ length: 10 }, (_, t) => 0.025 * 1.1 ** t);
    const last = grown[9];
    const later = [last, last, last * 1.1 ** 3, last * 1.1 ** 3];
    expect(ratesOf(records)).toBeAllclose([...grown, ...later]);
    expect(records.map(({ products }) => products)).toEqual([...Array(10).fill(1), 0, 0, 1, 0]);
  });

  test.each([0.5, 1.5])("settles at %d Cauchy points", async (relaxation) => {
    const optimizer = relaxedCauchy({ ...plain, relaxation, measureEvery: 1 });
    const { records, run } = await takeSteps(startOn(optimizer, quadratic([4, 4]), [1, -2]), 60);
    expect(records.at(-1)?.learningRate).toBeAllclose(relaxation / 4);
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
    const run = relaxedCauchy({ ...plain, relaxation: 1, measureEvery: 1, increase: 1e9 }).start(
      objective,
      Float64Array.of(1),
      { seed: 0 },
    );
    const [rates, expected] = [[] as (number | undefined)[], [] as number[]];
    let [sum, weight, x] = [0, 0, 1];
    for (let t = 0; t < 8; t++) {
      const curvature = a({ offset: t });
      const g = curvature * x;
      sum = 0.9 * sum - Math.log(curvature);
      weight = 0.9 * weight + 1;
      expected.push((t === 0 ? 0.1 : 1) * Math.exp(sum / weight));
      rates.push((await run.step(batches)).learningRate);
      x -= expected[t] * g;
    }
    expect(rates).toBeAllclose(expected);
  });

  test("halves a step at whose end the loss is far from its linear model", async () => {
    // A wall at 0.99 that neither slope nor curvature at 1 foretell.
    const f: Closures = {
      value: ([x]) => 0.5 * x * x + (x < 0.99 ? 100 : 0),
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const { records, objective } = await takeSteps(startOn(relaxedCauchy(plain), f, [1]), 1);
    // From a tenth of the Cauchy point at 0: 0.1 → 0.05 → 0.025 → 0.0125 → 0.00625 < 0.01.
    expect(ratesOf(records)).toBeAllclose([0.00625]);
    expect(objective.ledger.counts().values).toBe(5);
  });

  test("takes a negative curvature for what it is in size, and Adam's rate where there is none", async () => {
    const flat: Closures = { value: ([x]) => -x, gradient: () => Float64Array.of(-1), hvp: (_, v) => v.map(() => 0) };
    expect(ratesOf((await takeSteps(startOn(relaxedCauchy(plain), flat, [0]), 2)).records)).toBeAllclose([
      1e-3, 1.1e-3,
    ]);
    const hill = quadratic([-4]);
    expect(ratesOf((await takeSteps(startOn(relaxedCauchy(plain), hill, [1]), 1)).records)).toBeAllclose([0.025]);
  });

  test("goes back to the average of its iterates where the loss is not finite, and on with half the rate", async () => {
    let broken = false;
    const f: Closures = {
      value: ([x]) => (broken ? Number.NaN : 0.5 * x * x),
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const steps = await takeSteps(startOn(relaxedCauchy(plain), f, [1]), 3);
    const before = steps.records[2].learningRate!;
    const average = steps.run.parameters[0];
    broken = true;
    expect(await steps.run.step(steps.batches)).toMatchObject({ accepted: false, loss: Number.NaN });
    broken = false;
    const after = await steps.run.step(steps.batches);
    expect(after.loss).toBeAllclose(0.5 * average * average);
    expect(after.learningRate).toBeAllclose((before / 2) * 1.1);
  });

  test("goes back to the average of its iterates where batches lose a fiftieth of what was gained, and on with half the rate", async () => {
    let raised = 0;
    const f: Closures = {
      value: ([x]) => 0.5 * x * x + raised,
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const steps = await takeSteps(startOn(relaxedCauchy({ ...plain, increase: 1.2 }), f, [10]), 40);
    expect(steps.records.every(({ accepted }) => accepted)).toBe(true);
    const before = steps.records.at(-1)!.learningRate!;
    // From 50 to nearly 0: a mean loss of 1 is a fiftieth, and one step weighs a tenth in the mean.
    raised = 9;
    expect((await steps.run.step(steps.batches)).accepted).toBe(true);
    const average = steps.run.parameters[0];
    expect(await steps.run.step(steps.batches)).toMatchObject({ accepted: false });
    raised = 0;
    const after = await steps.run.step(steps.batches);
    expect(after.loss).toBeAllclose(0.5 * average * average, { relative: 1e-6 });
    expect(after.learningRate).toBeAllclose((before / 2) * 1.2);
  });

  test("stays where the gradient is zero", async () => {
    const { run, records } = await takeSteps(startOn(relaxedCauchy(), quadratic([1, 2]), [0, 0]), 12);
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
      await takeSteps(startOn(relaxedCauchy(), quadratic([1, 30], [2, -1]), [3, 3]), 40),
      await takeSteps(startOn(relaxedCauchy(), scaled, [3 * ofParameters, 3 * ofParameters]), 40),
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
    const run = relaxedCauchy({ curvature: "gauss-newton", curvatureFraction: 0.25, measureEvery: 5 }).start(
      objective,
      Float64Array.of(0.1, 2, -1),
      { seed: 0 },
    );
    for (let k = 0; k < 10; k++) await run.step(batches);
    // Each of the first ten steps is measured: a gradient and a product on 4 of 16 examples.
    expect(objective.ledger.counts()).toMatchObject({ gradients: 20, ggnvps: 10, hvps: 0, backprops: 30 });
    const values = objective.ledger.counts().values;
    expect(values).toBeGreaterThanOrEqual(10);
    expect(objective.ledger.counts().examples).toBe(10 * 16 + 20 * 4 + values * 4);
  });

  test("returns the average of its iterates, the last ninth of them weighing most", async () => {
    const f = quadratic([1, 7], [1, 1]);
    const steps = startOn(relaxedCauchy(), f, [3, -1]);
    const iterates: Vector[] = [];
    for (let t = 0; t < 12; t++) {
      await takeSteps(steps, 1);
      iterates.push(steps.run.state().vectors["run.w"]);
    }
    // w̄ = Σ wᵢ·i(i + 1)…(i + 7) / Σ i(i + 1)…(i + 7).
    const weights = iterates.map((_, i) => Array.from({ length: 8 }, (_, k) => i + 1 + k).reduce((a, b) => a * b, 1));
    const sum = weights.reduce((a, b) => a + b, 0);
    const expected = [0, 1].map((j) => iterates.reduce((mean, w, i) => mean + (weights[i] * w[j]) / sum, 0));
    expect([...steps.run.parameters]).toBeAllclose(expected);
  });

  test("keeps the parameters that it showed as they were", async () => {
    const steps = await takeSteps(startOn(relaxedCauchy(), quadratic([1, 7]), [3, -1]), 3);
    const shown = steps.run.parameters;
    const copy = [...shown];
    await takeSteps(steps, 3);
    expect([...shown]).toEqual(copy);
    expect([...steps.run.parameters]).not.toEqual(copy);
  });

  test("says what must hold when misused", () => {
    expect(() => relaxedCauchy({ relaxation: 0 })).toThrow("relaxedCauchy: relaxation must be > 0, got 0.");
    expect(() => relaxedCauchy({ momentum: 1 })).toThrow("relaxedCauchy: momentum must be in [0, 1), got 1.");
    expect(() => relaxedCauchy({ curvatureFraction: 2 })).toThrow(
      "relaxedCauchy: curvatureFraction must be in (0, 1], got 2.",
    );
    expect(() => relaxedCauchy({ measureEvery: 1.5 })).toThrow(
      "relaxedCauchy: measureEvery must be an integer >= 1, got 1.5.",
    );
    expect(() => relaxedCauchy({ increase: 1 })).toThrow("relaxedCauchy: increase must be > 1, got 1.");
    expect(() => relaxedCauchy({ curvature: "fisher" as never })).toThrow("relaxedCauchy: curvature must be one of");
  });
});

describe("trustRegion() on batches of at most a tenth of the data", () => {
  const after = async (optimizer: ReturnType<typeof trustRegion>, batchShare: number | undefined) => {
    const objective = closuresObjective<RegressionBatch>(regression, 3, {
      examples: ({ y }) => y.shape[0],
      checkDeterminism: false,
    });
    const batches = makeBatches(regressionData(200), { batchSize: 10, seed: 1 });
    const run = optimizer.start(objective, Float64Array.of(0.1, 2, -1), { seed: 0, batchShare });
    for (let k = 0; k < 15; k++) await run.step(batches);
    return [...run.parameters];
  };

  test("takes relaxed Cauchy steps if it was told nothing else", async () => {
    const relaxed = await after(relaxedCauchy(), 0.05);
    expect(await after(trustRegion(), 0.05)).toEqual(relaxed);
    expect(await after(trustRegion({ norm: undefined }), 0.1)).toEqual(relaxed);
    expect(await after(trustRegion(), undefined)).toEqual(relaxed);
    expect(trustRegion().settings.onNoisyBatches).toEqual(relaxedCauchy().settings);
  });

  test("solves subproblems if it was given any option, and on larger batches", async () => {
    const solved = await after(trustRegion({ norm: norms.rmsprop() }), 0.05);
    expect(solved).not.toEqual(await after(trustRegion(), 0.05));
    expect(await after(trustRegion(), 0.11)).toEqual(solved);
    expect(trustRegion({ radius: 0.1 }).settings).not.toHaveProperty("onNoisyBatches");
  });
});
