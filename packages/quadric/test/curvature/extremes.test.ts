import { describe, expect, test } from "vitest";
import { denseOperator } from "../../src/curvature/dense.ts";
import { extremeEigenvalues } from "../../src/curvature/extremes.ts";
import type { LinearOperator } from "../../src/curvature/operator.ts";
import { norms } from "../../src/norm/norms.ts";
import { denseProduct, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem, type ProblemKind } from "../helpers/random-problems.ts";

/** Tridiagonal (−1, 2, −1) with one entry that binds an eigenvector above the band. */
function chain(size: number, dtype: "float32" | "float64" = "float64"): LinearOperator {
  return {
    size,
    dtype,
    multiply: (v) => v.map((x, i) => (i === 10 ? 6 : 2) * x - (v[i - 1] ?? 0) - (v[i + 1] ?? 0)),
  };
}

describe("extremeEigenvalues()", () => {
  test("finds both ends of random spectra, in the Euclidean and in the A-norm, to the accuracy asked for", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const kind = (["interior", "indefinite", "singular", "hard"] as ProblemKind[])[seed % 4];
      const problem = knownProblem(seed, { size: 1 + (seed % 30), kind, decades: seed % 4 });
      const operator = denseOperator(Float64Array.from(problem.rows.flat()), problem.size);
      const norm = norms.diagonal(problem.metric);
      const { min, max, outcome } = await extremeEigenvalues(operator, { norm, tolerance: 1e-8 });
      expect(outcome).toBe("converged");
      expect(min.value).toBeAllclose(problem.leftmost, { absolute: 1e-8 * problem.spectralNorm });
      expect(Math.max(-min.value, max.value)).toBeAllclose(problem.spectralNorm, { relative: 1e-8 });
      for (const { value, error, vector } of [min, max]) {
        expect(weightedLength(problem.metric, vector)).toBeAllclose(1);
        const defect = denseProduct(problem.rows, vector).map((x, i) => x - value * problem.metric[i] * vector[i]);
        const residual = weightedLength(problem.metric.map((a) => 1 / a), defect); // biome-ignore format: one formula
        expect(residual).toBeAllclose(error, { absolute: 1e-12 * problem.spectralNorm });
      }
    }
  });

  test("stops within its tolerance long before d products, and says so when it could not", async () => {
    const exact = 2 + Math.sqrt(16 + 4); // of the infinite chain: 2 + √(4² + 4)
    for (const dtype of ["float64", "float32"] as const) {
      const found = await extremeEigenvalues(chain(20_000, dtype), { tolerance: 0.02 });
      expect(found.outcome).toBe("converged");
      expect(found.products).toBeLessThan(60);
      expect(found.max.value).toBeAllclose(exact, { relative: 1e-3 });
      expect(found.min.value).toBeGreaterThan(0);
      expect(found.min.value).toBeLessThan(0.1);
      expect(found.min.vector).toHaveLength(20_000);
    }
    const cut = await extremeEigenvalues(chain(20_000), { tolerance: 1e-6, maxProducts: 10 });
    expect(cut).toMatchObject({ outcome: "max-products", products: 10 });
    expect(cut.max.error).toBeGreaterThan(0);
  });

  test("spends one product for each distinct eigenvalue at most", async () => {
    const identity: LinearOperator = { size: 50, multiply: (v) => v.map((x) => 3 * x) };
    const { min, max, products } = await extremeEigenvalues(identity);
    expect(products).toBe(1);
    expect([min.value, max.value]).toBeAllclose([3, 3]);
  });

  test("reports curvature that is not finite", async () => {
    let count = 0;
    const counted: LinearOperator = {
      size: 30,
      multiply(v) {
        count++;
        return v.map((x, i) => (count > 3 ? Number.NaN : i * x));
      },
    };
    const found = await extremeEigenvalues(counted, { tolerance: 1e-9 });
    expect(found).toMatchObject({ outcome: "nonfinite", products: 4 });
    expect(found.max.value).toBeGreaterThan(0);
    count = 9;
    const nothing = await extremeEigenvalues(counted);
    expect(nothing).toMatchObject({ outcome: "nonfinite", products: 1, min: { value: Number.NaN, error: Number.NaN } });
  });

  test("says what must hold when misused", async () => {
    const rejected = (options: object) => expect(extremeEigenvalues(chain(9), options)).rejects;
    await rejected({ tolerance: 0 }).toThrow("extremeEigenvalues: tolerance must be in (0, 1), got 0.");
    await rejected({ maxProducts: 1.5 }).toThrow("extremeEigenvalues: maxProducts must be an integer >= 1, got 1.5.");
  });
});
