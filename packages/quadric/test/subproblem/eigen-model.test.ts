import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { cauchy } from "../../src/subproblem/cauchy.ts";
import { eigenModelOf, residualModelOf } from "../../src/subproblem/eigen-model.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { denseProduct, inner, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { knownProblem, problemKinds } from "../helpers/random-problems.ts";

function randomResiduals(n: number, d: number, seed: number) {
  const random = makeRandom(seed, n);
  const jacobian = normalVector(random, n * d) as Float64Array;
  const a = Float64Array.from({ length: d }, () => 10 ** (2 * random.uniform() - 1));
  return { jacobian, residuals: normalVector(random, n) as Float64Array, a };
}

/** JᵀJ, row-major, and Jᵀr. */
function normalEquations(jacobian: Float64Array, residuals: Float64Array, d: number) {
  const columns = Array.from({ length: d }, (_, j) => residuals.map((_, i) => jacobian[i * d + j]));
  return {
    B: Float64Array.from(columns.flatMap((x) => columns.map((y) => inner(x, y)))),
    gradient: Float64Array.from(columns, (x) => inner(x, residuals)),
  };
}

describe("eigenModelOf()", () => {
  test.each(problemKinds)("its step in a region is the global minimiser of %s problems", async (kind) => {
    for (let seed = 0; seed < 10; seed++) {
      const { rows, gradient, metric, radius, multiply, leftmost } = knownProblem(seed, { size: 2 + seed, kind });
      const model = eigenModelOf(Float64Array.from(rows.flat()), gradient, metric);
      expect(model.leftmost).toBeAllclose(leftmost, { relative: 1e-9, absolute: 1e-12 * Math.abs(rows[0][0]) });
      for (const factor of [0.1, 1, 10]) {
        const step = model.within(factor * radius);
        const expected = await exact({ gradient, multiply, norm: norms.diagonal(metric), radius: factor * radius });
        expect(step.outcome).toBe(expected.outcome);
        expect(step.modelDecrease).toBeAllclose(expected.modelDecrease, { relative: 1e-10 });
        expect(step.stepNorm).toBeAllclose(expected.stepNorm, { relative: 1e-10 });
        expect(step.multiplier).toBeAllclose(expected.multiplier!, { relative: 1e-9, absolute: 1e-12 });
        expect(weightedLength(metric, step.step)).toBeAllclose(step.stepNorm, { relative: 1e-10 });
      }
    }
  });

  test("tells the decrease that B promises without a region, ½gᵀB⁻¹g, of any gradient", () => {
    const B = Float64Array.of(2, 0, 0, 8);
    const model = eigenModelOf(B, Float64Array.of(4, 8), Float64Array.of(4, 100));
    expect(model.decrement()).toBeAllclose(0.5 * (16 / 2 + 64 / 8));
    expect(model.decrement(Float64Array.of(1, 0))).toBeAllclose(0.25);
    expect(model.decrement(new Float64Array(2))).toBe(0);
  });

  test("measures the decrement of an indefinite B by the absolute values of its eigenvalues", () => {
    const model = eigenModelOf(Float64Array.of(-2, 0, 0, 8), Float64Array.of(4, 8), Float64Array.of(1, 1));
    expect(model.decrement()).toBeAllclose(0.5 * (16 / 2 + 64 / 8));
    expect(model.leftmost).toBeAllclose(-2);
  });

  test("a gradient along which B has no curvature makes the decrement huge, not infinite", () => {
    const model = eigenModelOf(Float64Array.of(1, 0, 0, 0), Float64Array.of(0, 1), Float64Array.of(1, 1));
    expect(model.decrement()).toBeGreaterThan(1e12);
    expect(model.decrement()).toBeLessThan(Infinity);
  });

  test("the natural length is that of the Newton step for B ≻ 0, in the norm", () => {
    const model = eigenModelOf(Float64Array.of(2, 0, 0, 8), Float64Array.of(4, 8), Float64Array.of(9, 16));
    expect(model.naturalLength).toBeAllclose(Math.hypot(3 * 2, 4 * 1));
  });

  test("the natural length is that of the Cauchy step where the Newton step is no minimiser", async () => {
    const a = Float64Array.of(9, 16);
    const gradient = Float64Array.of(6, 4);
    const model = eigenModelOf(Float64Array.of(0, 0, 0, 8), gradient, a);
    const multiply = ([, y]: Float64Array | Float32Array) => Float64Array.of(0, 8 * y);
    const { stepNorm } = await cauchy({ gradient, multiply, norm: norms.diagonal(a), radius: 1e9 });
    expect(model.naturalLength).toBeAllclose(stepNorm);
    const negative = eigenModelOf(Float64Array.of(0, 0, 0, -8), gradient, a);
    expect(negative.naturalLength).toBeAllclose(stepNorm);
  });

  test("the natural length is 1 where there is nothing to measure by", () => {
    const one = Float64Array.of(1, 1);
    expect(eigenModelOf(new Float64Array(4), one, one).naturalLength).toBe(1);
    expect(eigenModelOf(Float64Array.of(-1, 0, 0, 1), new Float64Array(2), one).naturalLength).toBe(1);
  });

  test("the rank leaves out eigenvalues that are rounding of zero, of either sign", () => {
    const rankOf = (...eigenvalues: number[]) => {
      const d = eigenvalues.length;
      const B = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? eigenvalues[k / (d + 1)] : 0));
      return eigenModelOf(B, new Float64Array(d), new Float64Array(d).fill(1)).rank;
    };
    expect(rankOf(1, 1e-6, 2)).toBe(3);
    expect(rankOf(-1e-17, 1e-17, 0, 1)).toBe(1);
    expect(rankOf(-1, -1e-6, 1e-17)).toBe(2);
    expect(rankOf(0, 0)).toBe(0);
    expect([rankOf(1e10, 1e-7), rankOf(1e-10, 1e-12)]).toEqual([1, 2]);
  });

  test("leaves B as it was", () => {
    const B = Float64Array.of(2, 1, 1, 3);
    eigenModelOf(B, Float64Array.of(1, 1), Float64Array.of(4, 9)).within(0.1);
    expect([...B]).toEqual([2, 1, 1, 3]);
  });
});

describe("residualModelOf()", () => {
  test.each([
    [9, 4],
    [5, 5],
  ])("of %i residuals of %i parameters is the model of the normal equations", (n, d) => {
    const { jacobian, residuals, a } = randomResiduals(n, d, 1);
    const { B, gradient } = normalEquations(jacobian, residuals, d);
    const [model, expected] = [residualModelOf(jacobian, residuals, a), eigenModelOf(B, gradient, a)];
    const close = { relative: 1e-8 }; // the condition of JᵀJ, below 1e6
    expect([model.rank, expected.rank]).toEqual([d, d]);
    expect(model.leftmost).toBeAllclose(expected.leftmost, close);
    expect(model.naturalLength).toBeAllclose(expected.naturalLength, close);
    expect(model.decrement()).toBeAllclose(expected.decrement(), close);
    const other = normalVector(makeRandom(7), d);
    expect(model.decrement(other)).toBeAllclose(expected.decrement(other), close);
    for (const radius of [0.01, 0.1, 100]) {
      const [step, wanted] = [model.within(radius), expected.within(radius)];
      expect(step.outcome).toBe(wanted.outcome);
      expect(step.step).toBeAllclose(wanted.step, close);
      expect(step.modelDecrease).toBeAllclose(wanted.modelDecrease, close);
    }
  });

  test("of fewer residuals than parameters fits them all by the shortest step of the norm", () => {
    const [n, d] = [3, 6];
    const { jacobian, residuals, a } = randomResiduals(n, d, 2);
    const model = residualModelOf(jacobian, residuals, a);
    expect(model.rank).toBe(n);
    const { step, stepNorm, outcome, modelDecrease } = model.within(1e6);
    expect(outcome).toBe("interior");
    const rows = Array.from({ length: n }, (_, i) => [...jacobian.subarray(i * d, (i + 1) * d)]);
    expect(denseProduct(rows, step)).toBeAllclose(
      residuals.map((x) => -x),
      { relative: 1e-10 },
    );
    expect(modelDecrease).toBeAllclose(0.5 * inner(residuals, residuals), { relative: 1e-10 });
    expect(model.decrement()).toBeAllclose(modelDecrease, { relative: 1e-10 });
    expect(model.naturalLength).toBeAllclose(stepNorm, { relative: 1e-10 });
    // −A⁻¹Jᵀ(JA⁻¹Jᵀ)⁻¹r, of one row
    const one = residualModelOf(Float64Array.of(1, 2, 2), Float64Array.of(-8), Float64Array.of(1, 4, 2));
    expect(one.within(10).step).toBeAllclose([2, 1, 2]);
  });

  test("keeps what JᵀJ loses: singular values below √ε of the largest", () => {
    // Läuchli's matrix: JᵀJ is singular in double precision for δ = 1e-9.
    const delta = 1e-9;
    const jacobian = Float64Array.of(1, 1, delta, 0, 0, delta);
    const model = residualModelOf(jacobian, Float64Array.of(-2, -delta, -delta), Float64Array.of(1, 1));
    expect(model.rank).toBe(2);
    expect(model.within(10).step).toBeAllclose([1, 1], { relative: 1e-6 }); // ε times the condition of J
    expect(eigenModelOf(Float64Array.of(1, 1, 1, 1), Float64Array.of(-2, -2), Float64Array.of(1, 1)).rank).toBe(1);
  });

  test("of equal parameters moves them alike, and nothing along their difference", () => {
    const model = residualModelOf(Float64Array.of(1, 1, 2, 2), Float64Array.of(-1, -2), Float64Array.of(1, 1));
    expect(model.rank).toBe(1);
    const { step, outcome } = model.within(10);
    expect(outcome).toBe("interior");
    expect(step).toBeAllclose([0.5, 0.5]);
    expect(model.naturalLength).toBeAllclose(Math.SQRT1_2);
    expect(model.decrement()).toBeAllclose(2.5);
    expect(model.decrement(Float64Array.of(1, -1))).toBeAllclose(0, { absolute: 1e-12 });
  });

  test("tells singular values that are rounding of zero by the largest, whatever its scale", () => {
    const rankOf = (...sigma: number[]) =>
      residualModelOf(Float64Array.of(sigma[0], 0, 0, sigma[1]), new Float64Array(2), Float64Array.of(1, 1)).rank;
    expect([rankOf(1e10, 1e-7), rankOf(1e-10, 1e-20), rankOf(1e-10, 1e-27)]).toEqual([1, 2, 1]);
  });

  test("of a zero Jacobian stays", () => {
    const model = residualModelOf(new Float64Array(6), Float64Array.of(1, 2, 3), Float64Array.of(1, 1));
    expect(model).toMatchObject({ rank: 0, leftmost: 0, naturalLength: 1 });
    expect(model.decrement()).toBe(0);
    expect(model.within(1)).toMatchObject({ stepNorm: 0, modelDecrease: 0, outcome: "interior" });
  });
});
