/** Evidence of linear models, where all of it is exact, against scikit-learn and finite differences. */
import { describe, expect, test } from "vitest";
import { type EvidenceProblem, laplaceAt } from "../../src/evidence/laplace.ts";
import { maximizeEvidence } from "../../src/evidence/maximize.ts";
import { solveFactor } from "../../src/evidence/precision.ts";
import fixture from "../fixtures/evidence.json" with { type: "json" };

const n = fixture.y.length;
const p = 4;

/** ½‖Xθ − y‖² about the means of the columns, in other units if asked for. */
function centred(units: readonly number[] = [1, 1, 1, 1], unit = 1) {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / n;
  const means = units.map((_, j) => mean(fixture.x.map((row) => row[j])));
  const X: number[][] = fixture.x.map((row) => row.map((x, j) => units[j] * (x - means[j])));
  const shift = mean(fixture.y);
  const y: number[] = fixture.y.map((v) => unit * (v - shift));
  const residuals = (theta: Float64Array) => X.map((row, i) => row.reduce((sum, x, j) => sum + x * theta[j], -y[i]));
  const value = (theta: Float64Array) => residuals(theta).reduce((sum, r) => sum + 0.5 * r * r, 0);
  const problem = {
    size: p,
    observations: n,
    hasNoise: true,
    cost: 0,
    value,
    curvature(theta: Float64Array) {
      const r = residuals(theta);
      return {
        value: value(theta),
        gradient: Float64Array.from({ length: p }, (_, j) => X.reduce((sum, row, i) => sum + row[j] * r[i], 0)),
        gram: Float64Array.from({ length: p * p }, (_, at) =>
          X.reduce((sum, row) => sum + row[at % p] * row[Math.floor(at / p)], 0),
        ),
      };
    },
  };
  return problem satisfies EvidenceProblem;
}

const one = { of: new Int32Array(p), count: 1 };
const each = { of: Int32Array.of(0, 1, 2, 3), count: p };
const fit = async (problem: EvidenceProblem, groups: typeof one, alpha = 1, beta = 1) =>
  maximizeEvidence(problem, new Float64Array(p).fill(0.1), groups, {
    alpha: new Float64Array(groups.count).fill(alpha),
    beta,
    maxSteps: 2000,
    tolerance: 1e-13,
  });

describe("maximizeEvidence()", () => {
  test("finds the precisions, coefficients and evidence of scikit-learn's BayesianRidge", async () => {
    const { beta, alpha, theta, effectiveParameters, logEvidence, status } = await fit(centred(), one);
    expect(status).toBe("converged");
    expect(beta).toBeCloseTo(fixture.ridge.beta, 5);
    expect(alpha[0]).toBeCloseTo(fixture.ridge.alpha, 5);
    for (const [j, coefficient] of fixture.ridge.coef.entries()) expect(theta[j]).toBeCloseTo(coefficient, 6);
    expect(effectiveParameters).toBeCloseTo(fixture.ridge.gamma, 5);
    expect(logEvidence).toBeCloseTo(fixture.ridge.score, 6);
  });

  test("switches the column off that scikit-learn's ARDRegression switches off, and agrees on the others", async () => {
    const { beta, alpha, theta, gamma } = await fit(centred(), each);
    // What is left of a column at the bound of its precision is a ten-thousandth of a parameter.
    expect(beta).toBeCloseTo(fixture.ard.beta, 2);
    expect(gamma[2]).toBeLessThan(1e-3);
    for (const j of [0, 1, 3]) {
      expect(Math.abs(alpha[j] / fixture.ard.alpha[j] - 1)).toBeLessThan(1e-2);
      expect(theta[j]).toBeCloseTo(fixture.ard.coef[j], 3);
    }
  });

  test("does not depend on the units of columns and targets", async () => {
    const units = [1e6, 1e-3, 7, 1];
    const plain = await fit(centred(), each);
    const scaled = await fit(centred(units, 1e4), each, 1, 1e-8);
    for (let j = 0; j < p; j++) {
      // The column that is off is pulled to 0 from where it started.
      if (j !== 2) expect((scaled.theta[j] * units[j]) / 1e4 / plain.theta[j]).toBeCloseTo(1, 4);
    }
    expect(scaled.beta * 1e8).toBeCloseTo(plain.beta, 4);
    expect(scaled.effectiveParameters).toBeCloseTo(plain.effectiveParameters, 3);
    expect(scaled.logEvidence + n * Math.log(1e4)).toBeCloseTo(plain.logEvidence, 2);
  });
});

describe("laplaceAt()", () => {
  test("has the slopes of the log evidence that the updates follow", () => {
    const problem = centred();
    const at = (logs: Float64Array) => {
      const [a, b, c, d, logBeta] = logs.map(Math.exp);
      const prior = Float64Array.of(a, b, c, d);
      // The minimum of F is one Newton step from anywhere.
      const zero = problem.curvature(new Float64Array(p));
      const { inverse } = laplaceAt(new Float64Array(p), zero, { prior, beta: logBeta }, problem);
      const half = Float64Array.from({ length: p }, (_, i) =>
        zero.gradient.reduce((sum, g, j) => sum + inverse[j * p + i] * -logBeta * g, 0),
      );
      const theta = Float64Array.from({ length: p }, (_, j) =>
        half.reduce((sum, x, i) => sum + inverse[j * p + i] * x, 0),
      );
      const here = problem.curvature(theta);
      return { theta, here, prior, beta: logBeta, laplace: laplaceAt(theta, here, { prior, beta: logBeta }, problem) };
    };
    const logs = Float64Array.of(0.3, -0.4, 1, 0.2, 0.9);
    const { theta, here, prior, beta, laplace } = at(logs);
    const { determined } = laplace;
    const slopes = [
      ...determined.map((gamma, i) => 0.5 * (gamma - prior[i] * theta[i] ** 2)),
      0.5 * (n - determined.reduce((a, b) => a + b) - 2 * beta * here.value),
    ];
    slopes.forEach((slope, k) => {
      const h = 1e-5; // error h²·third derivative + rounding/h: about 1e-9 of numbers near 10
      const moved = (by: number) => at(logs.map((x, i) => (i === k ? x + by : x))).laplace.logEvidence;
      expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(slope, 6);
    });
  });

  test("solves with its factor", () => {
    expect(Array.from(solveFactor(Float64Array.of(2, 0, 1, 3), Float64Array.of(10, 32)))).toEqual([1, 3]);
  });
});
