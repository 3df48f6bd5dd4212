import { describe, expect, test } from "vitest";
import { denseOperator } from "../../src/curvature/dense.ts";
import { extremeEigenvalues } from "../../src/curvature/extremes.ts";
import { norms } from "../../src/norm/norms.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { gltr } from "../../src/subproblem/gltr.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { inner, length, quadraticDecrease, rowSumNorm, weightedLength } from "../helpers/dense.ts";
import { type KnownProblem, knownProblem, problemKinds } from "../helpers/random-problems.ts";

const slack = 1 - 1e-12;
const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});

/**
 * Model decreases that worst-case theory asks of a solver (assumption A2 and the first two links of Theorem 2's chain).
 */
describe("model decrease of the theory", () => {
  const battery = Array.from({ length: 140 }, (_, seed) =>
    knownProblem(seed, { size: 2 + (seed % 12), kind: problemKinds[seed % 7], decades: seed % 5 }),
  );
  const radii = (problem: KnownProblem) => [0.01, 1, 100].map((factor) => factor * problem.radius);

  test("Cauchy part: at least ½‖g‖·min{‖g‖/(1 + ‖B‖), Δ‖g‖/‖g‖_A} ≥ ½‖g‖·min{‖g‖/(1 + ‖B‖), Δ/μ}", async () => {
    for (const problem of battery) {
      const { gradient, metric, rows } = problem;
      const g = length(gradient);
      if (g === 0) continue;
      const { mu } = norms.diagonal(metric).bounds();
      for (const radius of radii(problem)) {
        const sharp = 0.5 * g * Math.min(g / (1 + rowSumNorm(rows)), (radius * g) / weightedLength(metric, gradient));
        expect(sharp).toBeGreaterThanOrEqual(0.5 * g * Math.min(g / (1 + rowSumNorm(rows)), radius / mu) * slack);
        for (const step of [
          await exact({ ...modelOf(problem), radius }),
          await gltr({ ...modelOf(problem), radius, tolerance: 1e-8 }),
        ]) {
          expect(step.modelDecrease).toBeGreaterThanOrEqual(sharp * slack);
        }
      }
    }
  });

  test("Cauchy part in the norm: steihaug gets at least ½γ·min{γ/(1 + ‖A^{-1/2}BA^{-1/2}‖), Δ}", async () => {
    for (const problem of battery) {
      const { gradient, metric, spectralNorm } = problem;
      const gamma = weightedLength(metric.map((a) => 1 / a), gradient); // biome-ignore format: one formula
      for (const radius of radii(problem)) {
        const { modelDecrease } = await steihaug({ ...modelOf(problem), radius });
        expect(modelDecrease).toBeGreaterThanOrEqual(
          0.5 * gamma * Math.min(gamma / (1 + spectralNorm), radius) * slack,
        );
      }
    }
  });

  test("eigen part: gltr and exact get at least that of an approximate leftmost eigenvector, ≥ ½ν|λ_min|Δ²/μ²", async () => {
    for (const problem of battery) {
      const { gradient, metric, rows, size } = problem;
      const operator = denseOperator(Float64Array.from(rows.flat()), size);
      const { min } = await extremeEigenvalues(operator, { tolerance: 0.1 });
      if (min.value >= 0) continue;
      const u = min.vector;
      const { min: leftmost } = await extremeEigenvalues(operator, { tolerance: 1e-10 });
      const nu = min.value / leftmost.value;
      expect(nu).toBeGreaterThan(0);
      expect(nu).toBeLessThanOrEqual(1 + 1e-9);
      const { mu } = norms.diagonal(metric).bounds();
      for (const radius of radii(problem)) {
        const reach = radius / weightedLength(metric, u);
        const sign = inner(gradient, u) > 0 ? -1 : 1;
        const eigenStep = quadraticDecrease(
          rows,
          gradient,
          Float64Array.from(u, (x) => sign * reach * x),
        );
        const promised = 0.5 * nu * Math.abs(leftmost.value) * reach ** 2;
        expect(eigenStep).toBeGreaterThanOrEqual(promised * (1 - 1e-9));
        expect(promised).toBeGreaterThanOrEqual(
          ((0.5 * nu * Math.abs(leftmost.value) * radius ** 2) / mu ** 2) * slack,
        );
        const byKrylov = await gltr({ ...modelOf(problem), radius, tolerance: 1e-8 });
        const byEigen = await exact({ ...modelOf(problem), radius });
        for (const { modelDecrease } of [byKrylov, byEigen]) {
          expect(modelDecrease).toBeGreaterThanOrEqual(eigenStep * (1 - 1e-9));
        }
      }
    }
  });
});
