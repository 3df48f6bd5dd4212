/** Networks by evidence on made-up tables. */
import { beforeAll, describe, expect, test } from "vitest";
import { type BayesianMlp, type BayesianMlpOptions, bayesianMlp } from "../../src/evidence/bayesian-mlp.ts";
import { loadBayesianMlp } from "../../src/evidence/stored.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Tensor } from "../../src/vector/tensor.ts";

/** y = sin 2a + ½b + 0.2ε; a third column says nothing. */
function waves(n: number, seed: number, unit = 1): { x: Tensor; y: Tensor; truth: Float64Array } {
  const random = makeRandom(seed);
  const x = new Float64Array(3 * n);
  const truth = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < 3; j++) x[3 * i + j] = random.normal();
    truth[i] = Math.sin(2 * x[3 * i]) + 0.5 * x[3 * i + 1];
    y[i] = unit * (truth[i] + 0.2 * random.normal()) + 100 * (unit - 1);
    x[3 * i] = unit * x[3 * i] + 7 * (unit - 1);
  }
  return { x: { shape: [n, 3], data: x }, y: { shape: [n], data: y }, truth };
}

const squared: BayesianMlpOptions = { loss: "squared-error", widths: [8] };
const table = waves(150, 1);
const fresh = waves(1000, 2);
let model: BayesianMlp;
beforeAll(async () => {
  model = await bayesianMlp(table, squared);
});

describe("bayesianMlp() of numbers", () => {
  test("finds the function, the noise and which columns count", () => {
    const { outputs } = model.predict(fresh.x);
    const error = Math.sqrt(fresh.truth.reduce((sum, t, i) => sum + (outputs.data[i] - t) ** 2 / 1000, 0));
    expect(error).toBeLessThan(0.15);
    expect(Math.abs(model.noise! - 0.2)).toBeLessThan(0.06);
    expect(model.keepsLinear).toBe(false);
    expect(model.relevance[0]).toBeGreaterThan(0.6);
    expect(model.relevance[2]).toBeLessThan(0.05);
    expect(model.relevance.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test.each([0.5, 0.9])("has intervals that hold %s of new observations, within 0.06", (level) => {
    const { outputs, deviations } = model.predict(fresh.x);
    const factor = model.interval(level);
    const inside = fresh.truth.filter(
      (_, i) => Math.abs(fresh.y.data[i] - outputs.data[i]) <= factor * deviations![i],
    ).length;
    expect(Math.abs(inside / 1000 - level)).toBeLessThan(0.06);
  });

  test("is less sure where there were no rows", () => {
    const { deviations } = model.predict({ shape: [2, 3], data: Float64Array.of(0, 0, 0, 9, 9, 9) });
    expect(deviations![1]).toBeGreaterThan(1.2 * deviations![0]);
  });

  test("says the same in other units", async () => {
    const scaled = await bayesianMlp(waves(150, 1, 1e6), squared);
    const plain = model.predict(table.x);
    const other = scaled.predict(waves(150, 1, 1e6).x);
    // Rounding of the inputs grows along the path of a fit that is not convex.
    for (let i = 0; i < 150; i++) {
      expect((other.outputs.data[i] - 100 * (1e6 - 1)) / 1e6).toBeCloseTo(plain.outputs.data[i], 3);
      expect(other.deviations![i] / 1e6).toBeCloseTo(plain.deviations![i], 3);
    }
    expect(scaled.logEvidence + 120 * Math.log(1e6)).toBeCloseTo(model.logEvidence, 1);
  });

  test("predicts bit for bit from what is stored, and the same again from the same seed", async () => {
    const expected = model.predict(fresh.x);
    expect(loadBayesianMlp(model.tensors).predict(fresh.x)).toEqual(expected);
    expect(loadBayesianMlp(model.tensors).interval(0.9)).toBe(model.interval(0.9));
    expect((await bayesianMlp(table, squared)).predict(fresh.x)).toEqual(expected);
    expect(model.predict(fresh.x, { deviations: false })).toEqual({ outputs: expected.outputs });
  });

  test("keeps the linear model where nothing bends, and says so", async () => {
    const random = makeRandom(5);
    const x = Float64Array.from({ length: 120 }, () => random.normal());
    const y = Float64Array.from({ length: 60 }, (_, i) => x[2 * i] - x[2 * i + 1] + random.normal());
    const line = await bayesianMlp({ x: { shape: [60, 2], data: x }, y: { shape: [60], data: y } }, squared);
    expect(line.keepsLinear).toBe(true);
    expect(line.because).toMatch(/^the linear model: .*no network is better/);
  });
});

test("bayesianMlp() of targets without noise, some rows of weight 0, is exact and finite", async () => {
  const x = Float64Array.from({ length: 40 }, (_, i) => i);
  const y = x.map((v) => 3 * v - 2);
  const weight = { shape: [40], data: x.map((v) => v % 2) };
  const line = await bayesianMlp({ x: { shape: [40, 1], data: x }, y: { shape: [40], data: y }, weight }, squared);
  const { outputs, deviations } = line.predict({ shape: [1, 1], data: Float64Array.of(10.5) });
  expect(outputs.data[0]).toBeCloseTo(29.5, 4);
  expect(deviations![0]).toBeLessThan(0.01);
});

describe("bayesianMlp() of classes and counts", () => {
  test.each([2, 3])("gives probabilities of %i classes that beat the linear ones on a ring", async (k) => {
    const of = (n: number, seed: number) => {
      const random = makeRandom(seed);
      const x = Float64Array.from({ length: 2 * n }, () => random.normal());
      const y = Int32Array.from({ length: n }, (_, i) =>
        Math.min(k - 1, Math.floor(Math.hypot(x[2 * i], x[2 * i + 1]))),
      );
      return { x: { shape: [n, 2], data: x }, y: { shape: [n], data: y } };
    };
    const rings = await bayesianMlp(of(150, 1), { loss: "cross-entropy", classes: k, widths: [4] });
    const { x, y } = of(500, 2);
    const lossOf = ({ data }: Tensor) =>
      y.data.reduce((sum: number, l: number, i: number) => sum - Math.log(data[i * k + l]) / 500, 0);
    const { outputs } = rings.predict(x);
    expect(lossOf(outputs)).toBeLessThan(0.7 * lossOf(rings.linear.predict(x).outputs));
    for (let i = 0; i < 500; i++) {
      expect(Array.from({ length: k }, (_, l) => outputs.data[i * k + l]).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    }
  });

  test("gives the mean and the deviation of counts", async () => {
    const random = makeRandom(7);
    const x = Float64Array.from({ length: 200 }, () => random.normal());
    const poisson = (mean: number) => {
      let [count, product] = [0, random.uniform()];
      for (; product > Math.exp(-mean); product *= random.uniform()) count++;
      return count;
    };
    const y = Float64Array.from(x, (v) => poisson(Math.exp(1 + 0.5 * v)));
    const counts = await bayesianMlp(
      { x: { shape: [200, 1], data: x }, y: { shape: [200], data: y } },
      { ...squared, loss: "poisson" },
    );
    const { outputs, deviations } = counts.predict({ shape: [1, 1], data: Float64Array.of(0) });
    expect(Math.abs(outputs.data[0] / Math.E - 1)).toBeLessThan(0.15);
    expect(Math.abs(deviations![0] / Math.sqrt(Math.E) - 1)).toBeLessThan(0.15);
  });

  test.each([
    [{ x: { shape: [3], data: new Float64Array(3) } }, {}, /x must have shape \[n, p\], got \[3\]/],
    [{ y: { shape: [2], data: Int32Array.of(0, 3) } }, {}, /y must have shape \[3\]/],
    [{ y: { shape: [3], data: Int32Array.of(0, 1, 2) } }, { classes: 2 }, /labels must be integers in 0 … 1, got 2/],
    [{}, { groups: [0, 1] }, /groups must have length 1, got 2/],
    [{}, { work: 0 }, /work must be > 0/],
  ])("refuses what does not fit: %j %j", async (data, options, message) => {
    const whole = {
      x: { shape: [3, 1], data: Float64Array.of(1, 2, 3) },
      y: { shape: [3], data: Int32Array.of(0, 1, 1) },
    };
    await expect(bayesianMlp({ ...whole, ...data }, { loss: "cross-entropy", ...options })).rejects.toThrow(message);
  });
});
