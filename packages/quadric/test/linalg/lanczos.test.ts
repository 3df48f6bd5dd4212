import { describe, expect, test } from "vitest";
import { lanczos, ritzPairs } from "../../src/linalg/lanczos.ts";
import { identity, tridiagonalEigen } from "../../src/linalg/symmetric-eigen.ts";
import { norms } from "../../src/norm/norms.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { inner, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

describe("lanczos()", () => {
  test("builds a basis with QᵀAQ = I and QᵀBQ = T", async () => {
    const problem = knownProblem(5, { size: 20, kind: "indefinite", decades: 4 });
    const basis: Vector[] = [];
    const { multiply, gradient, metric } = problem;
    const process = lanczos({ where: "test", multiply, metric: norms.diagonal(metric), start: gradient, basis });
    const steps = [];
    for (let k = 0; k < 12; k++) steps.push(await process.step());
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) {
        const Aq = basis[j].map((q, k) => metric[k] * q);
        expect(inner(basis[i], Aq)).toBeAllclose(i === j ? 1 : 0, { absolute: 1e-13 });
        const T = i === j ? steps[i].diagonal : Math.abs(i - j) === 1 ? steps[Math.min(i, j)].coupling : 0;
        expect(inner(basis[i], multiply(basis[j]))).toBeAllclose(T, { absolute: 1e-13 * problem.spectralNorm });
      }
    }
  });

  test("has the scalars of conjugate gradients: δ_k = 1/α_k + β_{k−1}/α_{k−1}, γ_{k+1} = √β_k/α_k", async () => {
    const { multiply, gradient, metric } = knownProblem(9, { size: 12, kind: "interior", decades: 2 });
    const process = lanczos({ where: "test", multiply, metric: norms.diagonal(metric), start: gradient, basis: [] });
    // Preconditioned CG, written out.
    let r = gradient.slice();
    let v = r.map((x, i) => x / metric[i]);
    let p = v.map((x) => -x);
    let [alphaBefore, betaBefore] = [1, 0];
    for (let k = 0; k < 6; k++) {
      const Bp = multiply(p);
      const alpha = inner(r, v) / inner(p, Bp);
      const next = r.map((x, i) => x + alpha * Bp[i]);
      const w = next.map((x, i) => x / metric[i]);
      const beta = inner(next, w) / inner(r, v);
      const { diagonal, coupling } = await process.step();
      // CG loses conjugacy slowly; ten digits are left after six steps.
      expect(diagonal).toBeAllclose(1 / alpha + betaBefore / alphaBefore, { relative: 1e-10 });
      expect(coupling).toBeAllclose(Math.sqrt(beta) / alpha, { relative: 1e-10 });
      p = w.map((x, i) => -x + beta * p[i]);
      [r, v, alphaBefore, betaBefore] = [next, w, alpha, beta];
    }
  });
});

describe("ritzPairs()", () => {
  test("know the residual of their eigenvectors without forming them", async () => {
    const { multiply, gradient, metric, leftmost } = knownProblem(3, { size: 20, kind: "indefinite", decades: 2 });
    const basis: Vector[] = [];
    const process = lanczos({ where: "test", multiply, metric: norms.diagonal(metric), start: gradient, basis });
    const [diagonal, couplings]: [number[], number[]] = [[], []];
    for (let k = 0; k < 8; k++) {
      const step = await process.step();
      diagonal.push(step.diagonal);
      couplings.push(step.coupling);
    }
    const pairs = ritzPairs(diagonal, couplings);
    expect(pairs.reduce((sum, { first }) => sum + first ** 2, 0)).toBeAllclose(1);
    expect(pairs[0].value).toBeGreaterThan(leftmost);
    const { vectors } = tridiagonalEigen(diagonal, couplings, identity(8));
    pairs.forEach(({ value, residual }, i) => {
      const u = gradient.map((_, j) => basis.reduce((sum, q, k) => sum + vectors[8 * i + k] * q[j], 0));
      const defect = multiply(u).map((x, j) => x - value * metric[j] * u[j]);
      expect(Math.abs(residual)).toBeAllclose(weightedLength(metric.map((a) => 1 / a), defect), { relative: 1e-9 }); // biome-ignore format: one formula
    });
  });
});
