import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { cauchy } from "../../src/subproblem/cauchy.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { inner, length, quadraticDecrease, rowSumNorm } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem, problemKinds } from "../helpers/random-problems.ts";

describe("cauchy()", () => {
  test("solves the example of its documentation", async () => {
    const model = { gradient: Float64Array.of(3, 4), multiply: (v: Float64Array) => v.map((x) => 2 * x) };
    const step = await cauchy({ ...model, norm: norms.euclidean(), radius: 10 } as Parameters<typeof cauchy>[0]);
    expect(step).toMatchObject({ outcome: "interior", products: 1, multiplier: undefined, modelDecrease: 6.25 });
    expect(step.step).toBeAllclose([-1.5, -2]);
  });

  test("is the first point of Steihaug-Toint CG and keeps the decrease that the theory promises", async () => {
    for (let seed = 0; seed < 120; seed++) {
      const kind = problemKinds[seed % problemKinds.length];
      const problem = knownProblem(seed, { size: 1 + (seed % 12), kind, decades: seed % 5 });
      const { gradient, multiply, metric, rows } = problem;
      const model = { gradient, multiply, norm: norms.diagonal(metric) };
      for (const radius of [1e-2 * problem.radius, problem.radius, 100 * problem.radius]) {
        const step = await cauchy({ ...model, radius });
        const first = await steihaug({ ...model, radius, maxProducts: 1 });
        expect(step.step).toBeAllclose(first.step);
        expect(step.modelDecrease).toBeAllclose(first.modelDecrease);
        expect(step.outcome).toBe(first.outcome === "max-products" ? "interior" : first.outcome);
        expect(step.products).toBe(length(gradient) === 0 ? 0 : 1);
        expect(step.modelDecrease).toBeAllclose(quadraticDecrease(rows, gradient, step.step), { relative: 1e-10 });
        // m(0) − m(s) ≥ ½γ·min{γ/(1 + ‖A^{-1/2}BA^{-1/2}‖), Δ}, with the row-sum norm for the spectral one
        const root = metric.map(Math.sqrt);
        const gamma = Math.sqrt(
          inner(
            gradient,
            gradient.map((g, i) => g / metric[i]),
          ),
        );
        const whitened = rows.map((row, i) => row.map((entry, j) => entry / (root[i] * root[j])));
        const least = 0.5 * gamma * Math.min(gamma / (1 + rowSumNorm(whitened)), radius);
        expect(step.modelDecrease).toBeGreaterThanOrEqual(least * (1 - 1e-12));
        if (length(gradient) > 0) {
          const resolved = (await step.atRadius!(0.5 * radius))!;
          expect(resolved.products).toBe(0);
          const afresh = await cauchy({ ...model, radius: 0.5 * radius });
          expect(resolved.step).toBeAllclose(afresh.step);
          expect(resolved.outcome).toBe(afresh.outcome);
        }
      }
    }
  });

  test("does not move where something is not finite", async () => {
    const norm = norms.euclidean();
    const bad = await cauchy({
      gradient: Float64Array.of(1, 1),
      multiply: () => Float64Array.of(-Infinity, 0),
      norm,
      radius: 1,
    });
    expect(bad).toMatchObject({ outcome: "nonfinite", stepNorm: 0, modelDecrease: 0, products: 1 });
    const lost = await cauchy({ gradient: Float64Array.of(1, Infinity), multiply: (v) => v, norm, radius: 1 });
    expect(lost).toMatchObject({ outcome: "nonfinite", stepNorm: 0, products: 0 });
  });

  test("says what must hold when misused", async () => {
    const model = { gradient: Float64Array.of(1, 1), norm: norms.euclidean() };
    await expect(cauchy({ ...model, multiply: (v) => v, radius: 0 })).rejects.toThrow(/^cauchy: radius/);
    await expect(cauchy({ ...model, multiply: () => Float64Array.of(1), radius: 1 })).rejects.toThrow(
      /^cauchy: product Bv/,
    );
  });
});
