import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Norm } from "../../src/norm/norm.ts";
import { norms } from "../../src/norm/norms.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { type Vector, zeros } from "../../src/vector/vector.ts";
import { denseProduct, inner, length, quadraticDecrease, type Rows } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { stepByCholesky } from "../helpers/more-sorensen.ts";
import { type KnownProblem, knownProblem, type ProblemKind, problemKinds } from "../helpers/random-problems.ts";

const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});
const dense = (rows: Rows, gradient: number[]) => ({
  gradient: Float64Array.from(gradient),
  multiply: (v: Vector) => denseProduct(rows, v),
  norm: norms.euclidean(),
});

describe("exact()", () => {
  test.each(problemKinds)("Cholesky and eigenvectors agree on %s problems", async (kind: ProblemKind) => {
    for (let seed = 0; seed < 60; seed++) {
      const problem = knownProblem(seed, { size: 2 + (seed % 20), kind, decades: [0, 4, 8][seed % 3] });
      for (const factor of [1e-3, 1, 1e3]) {
        const options = { ...modelOf(problem), radius: factor * problem.radius };
        const byEigen = await exact(options);
        const byCholesky = stepByCholesky(problem, options.radius, 1e-12) ?? byEigen; // it may not settle in extreme hard cases
        // Twice the tolerance: of the length and of the decrease.
        expect(byCholesky.modelDecrease).toBeAllclose(byEigen.modelDecrease, { relative: 1e-10 });
        expect(byCholesky.stepNorm).toBeLessThanOrEqual(options.radius * (1 + 1e-12));
      }
    }
  });

  test("asked for a tenth, Moré and Sorensen stay within a tenth, and take what it allows", async () => {
    let [short, settled] = [0, 0];
    for (let seed = 0; seed < 140; seed++) {
      const problem = knownProblem(seed, { size: 2 + (seed % 20), kind: problemKinds[seed % 7], decades: 2 });
      const step = stepByCholesky(problem, problem.radius, 0.1);
      if (!step) continue;
      settled++;
      expect(step.modelDecrease).toBeGreaterThanOrEqual((1 - 0.1) ** 2 * problem.decrease * (1 - 1e-12));
      expect(step.stepNorm).toBeLessThanOrEqual(1.1 * problem.radius);
      if (Math.abs(step.stepNorm - problem.radius) > 1e-3 * problem.radius && step.outcome === "boundary") short++;
    }
    expect(short).toBeGreaterThan(10);
    expect(settled).toBeGreaterThan(130);
  });

  test("solves in a full norm what it solves in the variables of that norm", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = knownProblem(seed, { size: 6, kind: problemKinds[seed % 7] });
      // A = CCᵀ with C lower triangular; B ↦ CBCᵀ, g ↦ Cg, s ↦ C⁻ᵀs.
      const C = Array.from({ length: 6 }, (_, i) =>
        Array.from({ length: 6 }, (_, j) => (j > i ? 0 : i === j ? 1 + i : Math.cos(seed + 3 * i + j))),
      );
      const transposed = C.map((_, i) => C.map((row) => row[i]));
      const times = (v: Vector) => denseProduct(C, denseProduct(transposed, v));
      const full = {
        ...norms.euclidean(),
        diagonal: undefined,
        multiply: times,
        norm: (v: Vector) => Math.sqrt(inner(v, times(v))),
      };
      const euclidean = { ...problem, metric: new Float64Array(6).fill(1) };
      const plain = await exact({ ...modelOf(euclidean), radius: problem.radius });
      const step = await exact({
        gradient: denseProduct(C, problem.gradient),
        multiply: (v) => denseProduct(C, problem.multiply(denseProduct(transposed, v))),
        norm: full as Norm,
        radius: problem.radius,
      });
      expect(step.modelDecrease).toBeAllclose(plain.modelDecrease, { relative: 1e-11 });
      expect(step.multiplier as number).toBeAllclose(plain.multiplier as number, { relative: 1e-10, absolute: 1e-12 });
      expect(step.stepNorm).toBeAllclose(plain.stepNorm, { relative: 1e-10 });
    }
  });

  test("rescaling parameters and ellipsoid together rescales the step and changes nothing else", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 5, maxLength: 5 }),
        async (seed, scale) => {
          const problem = knownProblem(seed, { size: 5, kind: problemKinds[seed % 6] });
          const scaled = {
            gradient: problem.gradient.map((g, i) => g * scale[i]),
            multiply: (v: Vector) => problem.multiply(v.map((x, i) => x * scale[i])).map((x, i) => x * scale[i]),
            norm: norms.diagonal(problem.metric.map((a, i) => a * scale[i] ** 2)),
            radius: problem.radius,
          };
          const [a, b] = [await exact({ ...modelOf(problem), radius: problem.radius }), await exact(scaled)];
          expect(b.modelDecrease).toBeAllclose(a.modelDecrease, { relative: 1e-11 });
          if (a.outcome === "hard-case") return; // the sign of the eigenvector is free
          expect(b.step.map((s, i) => s * scale[i])).toBeAllclose(a.step, { relative: 1e-6 }); // near-hard steps move like √ε
        },
      ),
      { seed: 2, numRuns: 100 },
    ));

  test("the decrease grows and the multiplier falls with the radius, down to 0 at the Newton step", async () => {
    const problem = knownProblem(8, { size: 10, kind: "interior" });
    const newton = (await exact({ ...modelOf(problem), radius: 1e9 })).stepNorm;
    let previous = { modelDecrease: 0, multiplier: Infinity };
    for (const factor of [1e-3, 0.1, 0.5, 0.9, 0.999, 1.001, 10]) {
      const step = await exact({ ...modelOf(problem), radius: factor * newton });
      expect(step.modelDecrease).toBeGreaterThanOrEqual(previous.modelDecrease * (1 - 1e-14));
      expect(step.multiplier as number).toBeLessThanOrEqual(previous.multiplier);
      expect((step.multiplier as number) > 0).toBe(factor < 1);
      previous = { modelDecrease: step.modelDecrease, multiplier: step.multiplier as number };
    }
  });

  test("ends on a nearly singular matrix with almost no gradient, either way", async () => {
    const rows = [[1, 1, 0], [1, 1 + 1e-15, 0], [0, 0, 1e-16]]; // biome-ignore format: a matrix
    for (const gradient of [
      [1e-20, -1e-20, 0],
      [1e-20, 0, 1e-25],
      [0, 0, 1e-300],
      [0, 0, 0],
    ]) {
      const byCholesky = stepByCholesky(
        { rows, gradient: Float64Array.from(gradient), metric: Float64Array.of(1, 1, 1) },
        1,
        1e-10,
      );
      const byEigen = await exact({ ...dense(rows, gradient), radius: 1 });
      for (const { step, stepNorm, modelDecrease } of [byEigen, byCholesky ?? byEigen]) {
        expect(stepNorm).toBeLessThanOrEqual(1 + 1e-9);
        expect(modelDecrease).toBeGreaterThanOrEqual(0);
        expect(modelDecrease).toBeAllclose(quadraticDecrease(rows, gradient, step), { absolute: 1e-15 });
      }
    }
  });

  test("stays in the range of a singular B when g does: the shortest minimiser, not a walk along the null space", async () => {
    const step = await exact({ ...dense([[2, 0, 0], [0, 0, 0], [0, 0, 3]], [2, 0, 3]), radius: 10 }); // biome-ignore format: a matrix
    expect(step).toMatchObject({ outcome: "interior", multiplier: 0 });
    expect(step.step).toBeAllclose([-1, 0, -1]);
  });

  test("is right at any scale of loss and of parameters", async () => {
    for (const kind of problemKinds) {
      const problem = knownProblem(11, { size: 6, kind });
      for (const loss of [1e-30, 1e30]) {
        for (const unit of [1e-20, 1e20]) {
          // s ↦ unit·s, m ↦ loss·m
          const step = await exact({
            gradient: problem.gradient.map((g) => (g * loss) / unit),
            multiply: (v) => problem.multiply(v).map((x) => (x * loss) / unit ** 2),
            norm: norms.diagonal(problem.metric.map((a) => a / unit ** 2)),
            radius: problem.radius,
          });
          expect(step.modelDecrease).toBeAllclose(loss * problem.decrease, { relative: 1e-10 });
        }
      }
    }
  });

  test("solves again at any radius within the memory budget, for no product", async () => {
    const problem = knownProblem(2, { size: 8, kind: "hard" });
    const options = { ...modelOf(problem), radius: problem.radius };
    expect((await exact({ ...options, memoryBudget: 8 * 64 - 1 })).atRadius).toBeUndefined();
    const step = await exact({ ...options, memoryBudget: 8 * 64 });
    for (const radius of [0.01, 1, 100]) {
      const again = (await step.atRadius!(radius * problem.radius))!;
      const fresh = await exact({ ...options, radius: radius * problem.radius });
      expect(again).toEqual({ ...fresh, products: 0, atRadius: again.atRadius });
      expect((await again.atRadius!(problem.radius))!.step).toEqual(step.step);
    }
  });

  test("solves the cubic model again at any σ within the memory budget, for no product", async () => {
    const problem = knownProblem(3, { size: 5, kind: "indefinite" });
    const sigma = problem.sigma!;
    const step = await exact({ ...modelOf(problem), sigma, memoryBudget: 8 * 25 });
    for (const factor of [0.1, 2, 100]) {
      const again = (await step.atRadius!(factor * sigma))!;
      const fresh = await exact({ ...modelOf(problem), sigma: factor * sigma });
      expect(again).toEqual({ ...fresh, products: 0, atRadius: again.atRadius });
    }
  });

  test("refuses a norm that is not positive definite", async () => {
    const multiply = ([x, y]: Vector) => Float64Array.of(x + 2 * y, 2 * x + y);
    const norm = { ...norms.euclidean(), diagonal: undefined, multiply } as Norm;
    await expect(exact({ ...dense([[1, 0], [0, 1]], [1, 1]), norm, radius: 1 })).rejects.toThrow(
      "exact: norm must be positive definite, failed at pivot 1.",
    ); // biome-ignore format: a matrix
  });

  test("builds B with vectors of the precision of the gradient, one product each", async () => {
    const seen = new Set<string>();
    const multiply = (v: Vector) => {
      seen.add(v.constructor.name);
      return v.map((x) => 2 * x);
    };
    const step = await exact({ gradient: zeros(4, "float32").fill(1), multiply, norm: norms.euclidean(), radius: 10 });
    expect([...seen]).toEqual(["Float32Array"]);
    expect(step).toMatchObject({ products: 4, outcome: "interior" });
    expect(step.step).toEqual(Float32Array.of(-0.5, -0.5, -0.5, -0.5));
  });

  test("does not move where something is not finite", async () => {
    const norm = norms.euclidean();
    const bad = { gradient: Float64Array.of(1, 2), multiply: () => Float64Array.of(Number.NaN, 1), norm, radius: 1 };
    expect(await exact(bad)).toMatchObject({ outcome: "nonfinite", stepNorm: 0, modelDecrease: 0, products: 2 });
    const lost = await exact({ ...bad, gradient: Float64Array.of(Infinity, 0), multiply: (v) => v.slice() });
    expect(lost).toMatchObject({ outcome: "nonfinite", stepNorm: 0 });
    expect(length(lost.step)).toBe(0);
  });

  test("says what must hold when misused", async () => {
    const model = dense([[1, 0], [0, 1]], [1, 1]); // biome-ignore format: a matrix
    const rejected = (options: object) => expect(exact({ ...model, radius: 1, ...options } as never)).rejects;
    await rejected({ radius: -1 }).toThrow("exact: radius must be > 0, got -1.");
    await rejected({ radius: undefined, sigma: 0 }).toThrow("exact: sigma must be > 0, got 0.");
    await rejected({ maxProducts: 1 }).toThrow("exact: maxProducts must be an integer >= 2, got 1.");
  });
});
