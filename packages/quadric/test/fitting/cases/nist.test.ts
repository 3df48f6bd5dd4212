/**
 * The reference data of NIST for nonlinear regression: from both starts of each, certified parameters and standard
 * deviations.
 */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { curveFit } from "../../../src/fitting/curve-fit.ts";
import type { CurveModel } from "../../../src/fitting/curve-model.ts";
import { jaxModel } from "../../../src/fitting/jax-model.ts";
import { formula } from "../../../src/formula/formula.ts";
import reference from "../../fixtures/nist.json" with { type: "json" };

type Problem = (typeof reference.problems)[number];

/** Digits of the worst of the numbers, as far as they are certified. */
function digitsOf(numbers: readonly number[], certified: readonly number[]): number {
  const error = Math.max(...certified.map((c, j) => Math.abs(numbers[j] / c - 1)));
  return Math.min(11, -Math.log10(error));
}

async function fitFrom(start: readonly number[], { name, formula: text, x, y }: Problem, model?: CurveModel) {
  const f = model ?? formula(text, { variables: x.length === 2 ? ["x", "z"] : ["x"] });
  const named = Object.fromEntries(start.map((value, j) => [`b${j + 1}`, value]));
  const columns: Record<string, number[]> = x.length === 2 ? { x: x[0], z: x[1] } : { x: x[0] };
  return curveFit(f, columns, name === "Nelson" ? y.map(Math.log) : y, { start: named });
}

test("all 54 starts converge to 6 digits, the certified deviations to 4, ten digits in the mean", async () => {
  const digits: number[] = [];
  for (const problem of reference.problems) {
    for (const start of problem.starts) {
      const { status, parameters, standardErrors, notes } = await fitFrom(start, problem);
      expect(status, problem.name).toBe("converged");
      expect(notes.filter(({ kind }) => kind !== "correlated")).toEqual([]);
      const found = digitsOf(Object.values(parameters), problem.certified);
      expect(found, problem.name).toBeGreaterThanOrEqual(6);
      digits.push(found);
      // Of Lanczos1, whose data are exact to their 13 digits, the deviations are made of rounding of the data.
      const isExact = problem.name === "Lanczos1";
      const deviations = digitsOf(Object.values(standardErrors), problem.standardDeviations);
      if (!isExact) expect(deviations, problem.name).toBeGreaterThanOrEqual(4);
    }
  }
  expect(digits.length).toBe(54);
  expect(digits.reduce((sum, x) => sum + x) / 54).toBeGreaterThanOrEqual(10);
});

/** Models as people write them who have no derivatives. */
const plain: Record<string, (x: number, p: Record<string, number>) => number> = {
  Misra1a: (x, { b1, b2 }) => b1 * (1 - Math.exp(-b2 * x)),
  Chwirut2: (x, { b1, b2, b3 }) => Math.exp(-b1 * x) / (b2 + b3 * x),
  Eckerle4: (x, { b1, b2, b3 }) => (b1 / b2) * Math.exp(-0.5 * ((x - b3) / b2) ** 2),
  MGH09: (x, { b1, b2, b3, b4 }) => (b1 * (x * x + x * b2)) / (x * x + x * b3 + b4),
  MGH10: (x, { b1, b2, b3 }) => b1 * Math.exp(b2 / (x + b3)),
  Thurber: (x, { b1, b2, b3, b4, b5, b6, b7 }) =>
    (b1 + x * (b2 + x * (b3 + x * b4))) / (1 + x * (b5 + x * (b6 + x * b7))),
  MGH17: (x, { b1, b2, b3, b4, b5 }) => b1 + b2 * Math.exp(-x * b4) + b3 * Math.exp(-x * b5),
  Bennett5: (x, { b1, b2, b3 }) => b1 * (b2 + x) ** (-1 / b3),
};

describe("plain functions with differences", () => {
  test.each(Object.keys(plain))("%s converges from both starts to 6 digits", async (name) => {
    const problem = reference.problems.find((it) => it.name === name)!;
    for (const start of problem.starts) {
      const named = Object.fromEntries(start.map((value, j) => [`b${j + 1}`, value]));
      const { status, parameters } = await curveFit(plain[name], problem.x[0], problem.y, { start: named });
      expect(status).toBe("converged");
      expect(digitsOf(Object.values(parameters), problem.certified)).toBeGreaterThanOrEqual(6);
    }
  });
});

describe("jaxModel()", () => {
  const curves: Record<string, (x: { x: np.Array }, p: Record<string, np.Array>) => np.Array> = {
    Misra1a: ({ x }, { b1, b2 }) => b1.mul(np.subtract(1, np.exp(x.mul(b2).neg()))),
    Rat42: ({ x }, { b1, b2, b3 }) => b1.div(np.add(1, np.exp(b2.sub(x.mul(b3))))),
  };

  test.each(Object.keys(curves))("%s converges from both starts to 10 digits", async (name) => {
    const problem = reference.problems.find((it) => it.name === name)!;
    for (const start of problem.starts) {
      const { status, parameters } = await fitFrom(start, problem, jaxModel(curves[name]));
      expect(status).toBe("converged");
      expect(digitsOf(Object.values(parameters), problem.certified)).toBeGreaterThanOrEqual(10);
    }
  });

  test("fits any number of points with a program for few, and predicts", async () => {
    const decay = jaxModel((x, { a, b }) => np.exp(x.mul(b).neg()).mul(a));
    const fit = await curveFit.prepare(decay, { start: { a: 1, b: 1 }, points: 8 });
    for (const n of [3, 8, 20, 1000]) {
      const x = Float64Array.from({ length: n }, (_, i) => (3 * i) / n);
      const { parameters, predict } = fit(
        x,
        x.map((t) => 2 * Math.exp(-0.7 * t)),
      );
      expect(parameters.a).toBeCloseTo(2, 9);
      expect(parameters.b).toBeCloseTo(0.7, 9);
      expect(predict([2])[0]).toBeCloseTo(2 * Math.exp(-1.4), 9);
    }
  });

  test("a model whose values depend on each other is fitted at its own number of points, and at no other", async () => {
    const sum = jaxModel((x, { a }) => np.cumsum(x).mul(a));
    const x = [1, 2, 3, 4, 5];
    const fit = await curveFit.prepare(sum, { start: { a: 1 }, points: 5 });
    expect(fit(x, [2, 6, 12, 20, 30]).parameters.a).toBeCloseTo(2, 12);
    expect(() => fit([1, 2], [2, 6])).toThrow(
      "jaxModel: values of other points depend on each other; prepare for 2 points, got 5.",
    );
  });
});
