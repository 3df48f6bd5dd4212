import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Norm } from "../../../src/norm/norm.ts";
import { norms } from "../../../src/norm/norms.ts";
import { cauchy } from "../../../src/subproblem/cauchy.ts";
import { steihaug } from "../../../src/subproblem/steihaug/steihaug.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { denseProduct, length, quadraticDecrease, type Rows, weightedLength } from "../../helpers/dense.ts";
import "../../helpers/matchers.ts";
import { type KnownProblem, knownProblem } from "../../helpers/random-problems.ts";

const H3: Rows = [
  [1, 0, 4],
  [0, 2, 0],
  [4, 0, 3],
];

const modelOf = (rows: Rows, gradient: number[], norm: Norm = norms.euclidean()) => ({
  gradient: Float64Array.from(gradient),
  multiply: (v: Vector) => denseProduct(rows, v),
  norm,
});
const modelOfProblem = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});
const keepAll = { memoryBudget: 1e9 };

describe("steihaug()", () => {
  test("solves the example of its documentation", async () => {
    const model = modelOf([[2, 0], [0, 3]], [4, 6]); // biome-ignore format: a matrix
    const inside = await steihaug({ ...model, radius: 10 });
    expect(inside).toMatchObject({ outcome: "interior", products: 2, multiplier: 0 });
    expect(inside.step).toBeAllclose([-2, -2]);
    expect(inside.modelDecrease).toBeAllclose(10);
    const cut = await steihaug({ ...model, radius: 1 });
    expect(cut).toMatchObject({ outcome: "boundary", products: 1, multiplier: undefined });
    expect(cut.step).toBeAllclose([-0.5547001962252291, -0.8320502943378437]);
    expect(cut.modelDecrease).toBeAllclose(5.864948704774132);
  });

  test("takes both exits of the ellipsoidal fixture, with the published values", async () => {
    const model = modelOf(H3, [5, 1, 4], norms.diagonal([1, 2, 4]));
    const near = await steihaug({ ...model, radius: 1 });
    expect(near).toMatchObject({ outcome: "boundary", products: 1 });
    expect(near.modelDecrease).toBeAllclose(4.270373296448);
    const far = await steihaug({ ...model, radius: 3 });
    expect(far).toMatchObject({ outcome: "negative-curvature", products: 2 });
    expect(far.modelDecrease).toBeAllclose(9.729766571621);
  });

  test("with A on (B, g) is plain CG on (A^{-1/2}BA^{-1/2}, A^{-1/2}g)", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const kind = seed % 2 === 0 ? "convex" : "indefinite";
      const problem = knownProblem(seed, { size: 12, kind, decades: 2 });
      const root = problem.metric.map(Math.sqrt);
      const rows = problem.rows.map((row, i) => row.map((entry, j) => entry / (root[i] * root[j])));
      // ‖g‖ ≥ 1 in both metrics, so that min(κ, √‖g‖) is κ in both.
      const lift = 1e3 / length(problem.gradient);
      const gradient = problem.gradient.map((g) => g * lift);
      const scaled = { ...modelOfProblem(problem), gradient, radius: 3 * lift * problem.radius, ...keepAll };
      const plain = {
        ...scaled,
        ...modelOf(
          rows,
          Array.from(gradient, (g, i) => g / root[i]),
        ),
      };
      // Rule R compares Euclidean residuals, which the change of variables alters; rule D does not.
      for (const maxProducts of [1, 2, 3, 5, 30]) {
        const a = await steihaug({ ...scaled, maxProducts });
        const b = await steihaug({ ...plain, maxProducts });
        expect(a).toMatchObject({ outcome: b.outcome, products: b.products });
        // CG amplifies rounding by the condition number of the problem.
        expect(a.step.map((s, i) => s * root[i])).toBeAllclose(b.step, { relative: 1e-9 });
        expect(a.modelDecrease).toBeAllclose(b.modelDecrease, { relative: 1e-10 });
        expect(a.stepNorm).toBeAllclose(b.stepNorm, { relative: 1e-10 });
      }
    }
  });

  test("has the same scalars by recurrence as by direct sums on well-conditioned problems", async () => {
    for (let seed = 0; seed < 30; seed++) {
      const problem = knownProblem(seed, { size: 15, kind: seed % 2 ? "convex" : "indefinite", decades: 1 });
      const direct = { ...modelOfProblem(problem), radius: problem.radius, tolerance: 1e-6 };
      // Without a diagonal in sight the solver takes the recurrences.
      const { multiply, solve, norm } = norms.diagonal(problem.metric);
      const recurrent = { ...direct, norm: { ...direct.norm, diagonal: undefined, multiply, solve, norm } };
      const [a, b] = [await steihaug(direct), await steihaug(recurrent)];
      expect(b).toMatchObject({ outcome: a.outcome, products: a.products });
      expect(b.step).toBeAllclose(a.step, { relative: 1e-10 });
      if (b.outcome !== "interior") expect(b.stepNorm).toBeAllclose(problem.radius, { relative: 1e-10 });
    }
  });

  test("reports the decrease of the very step it returns, on the boundary of the very radius", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const problem = knownProblem(seed, {
        size: 1 + (seed % 20),
        kind: seed % 2 ? "convex" : "indefinite",
        decades: 6,
      });
      const step = await steihaug({ ...modelOfProblem(problem), radius: problem.radius, tolerance: 1e-8 });
      expect(step.modelDecrease).toBeAllclose(quadraticDecrease(problem.rows, problem.gradient, step.step), {
        relative: 1e-10, // cancellation in the reference: gᵀs and sᵀBs are larger than their sum
      });
      const measured = weightedLength(problem.metric, step.step);
      expect(step.stepNorm).toBeAllclose(measured);
      if (["boundary", "negative-curvature"].includes(step.outcome)) expect(measured).toBeAllclose(problem.radius);
      else expect(measured).toBeLessThan(problem.radius);
    }
  });

  test("stops by the decrease rule at the second product at the earliest, by the residual rule at the first", async () => {
    // B = I: one product solves the problem. The decrease rule cannot know it yet; the residual is zero.
    const model = modelOf([[1, 0], [0, 1.01]], [1, 1]); // biome-ignore format: a matrix
    const options = { ...model, radius: 10, tolerance: 0.1 };
    expect(await steihaug({ ...options, stoppingRule: "residual" })).toMatchObject({
      outcome: "interior",
      products: 1,
    });
    expect(await steihaug({ ...options, stoppingRule: "decrease" })).toMatchObject({
      outcome: "interior",
      products: 2,
    });
  });

  test("stops where the residual rule and the decrease rule say, and not one product before", async () => {
    const problem = knownProblem(7, { size: 30, kind: "interior" });
    const options = { ...modelOfProblem(problem), radius: problem.radius };
    const residual = (s: Vector) => length(denseProduct(problem.rows, s).map((b, i) => b + problem.gradient[i]));
    const after = (maxProducts: number) => steihaug({ ...options, maxProducts, tolerance: 1e-14 });
    for (const tolerance of [0.3, 0.1, 1e-2, 1e-4]) {
      const limit = Math.min(tolerance, Math.sqrt(length(problem.gradient)));
      const byResidual = await steihaug({ ...options, tolerance, stoppingRule: "residual" });
      const small = limit * length(problem.gradient);
      expect(residual(byResidual.step)).toBeLessThanOrEqual(small);
      const before = byResidual.products > 1 ? (await after(byResidual.products - 1)).step : new Float64Array(30);
      expect(residual(before)).toBeGreaterThan(small);

      const { products } = await steihaug({ ...options, tolerance, stoppingRule: "decrease" });
      const decreases = await Promise.all([products - 2, products - 1, products].filter((k) => k > 0).map(after));
      const [shorter, last] = decreases.slice(-2).map(({ modelDecrease }) => modelDecrease);
      expect(last - shorter).toBeLessThanOrEqual(limit * shorter);
      if (decreases.length === 3) {
        const earlier = decreases[0].modelDecrease;
        expect(shorter - earlier).toBeGreaterThan(limit * earlier);
      }
    }
  });

  test("stops by the gains alone, at every tolerance", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = knownProblem(seed, { size: 12, kind: "interior" });
      const options = { ...modelOfProblem(problem), radius: problem.radius };
      const after = (maxProducts: number) => steihaug({ ...options, maxProducts, tolerance: 1e-14 });
      const steps = await Promise.all(Array.from({ length: 12 }, (_, k) => after(k + 1)));
      const decreases = steps.map(({ modelDecrease }) => modelDecrease);
      for (const tolerance of [0.9, 0.5, 0.2]) {
        const limit = Math.min(tolerance, Math.sqrt(length(problem.gradient)));
        const last = decreases.findIndex(
          (decrease, k) => k > 0 && decrease - decreases[k - 1] <= limit * decreases[k - 1],
        );
        expect((await steihaug({ ...options, tolerance })).products).toBe(last + 1);
      }
    }
  });

  test("ends inside after one product where that solves the problem to the last bit", async () => {
    const step = await steihaug({ ...modelOf([[1, 0], [0, 1]], [3, 4]), radius: 10 }); // biome-ignore format: a matrix
    expect(step).toMatchObject({ outcome: "interior", products: 1, multiplier: 0 });
    expect([...step.step]).toEqual([-3, -4]);
  });

  test("knows the length of its steps in a norm that is not diagonal", async () => {
    const norm = norms.fullMatrix({ accumulate: "adagrad", epsilon: 1 });
    for (const g of [[1, 2, 0.5], [-1, 0.3, 2], [0.2, 3, 1]]) norm.update(Float64Array.from(g)); // biome-ignore format: gradients
    const model = modelOf([[9, 1, 0], [1, 4, 1], [0, 1, 1]], [4, 6, -5], norm); // biome-ignore format: a matrix
    const whole = await steihaug({ ...model, radius: 100, tolerance: 1e-12 });
    expect(whole.outcome).toBe("interior");
    for (const share of [0.2, 0.6, 0.8, 0.9, 0.97, 0.999]) {
      const radius = share * whole.stepNorm;
      const cut = await steihaug({ ...model, radius, tolerance: 1e-12 });
      expect(cut.outcome).toBe("boundary");
      expect(cut.stepNorm).toBeAllclose(radius);
    }
  });

  test("goes further in ‖·‖_A and in decrease with every product", async () => {
    const problem = knownProblem(3, { size: 25, kind: "interior", decades: 3 });
    const options = { ...modelOfProblem(problem), radius: problem.radius, tolerance: 1e-12 };
    let previous = { stepNorm: 0, modelDecrease: 0 };
    for (let maxProducts = 1; maxProducts <= 8; maxProducts++) {
      const step = await steihaug({ ...options, maxProducts });
      expect(step).toMatchObject({ outcome: "max-products", multiplier: 0 });
      expect(step.stepNorm).toBeGreaterThan(previous.stepNorm);
      expect(step.modelDecrease).toBeGreaterThan(previous.modelDecrease);
      previous = step;
    }
  });

  test("cuts its path at any smaller radius as a fresh solve would, without a product", async () => {
    for (let seed = 0; seed < 30; seed++) {
      const problem = knownProblem(seed, { size: 20, kind: (["interior", "convex", "indefinite"] as const)[seed % 3] });
      const options = { ...modelOfProblem(problem), tolerance: 1e-6 };
      const step = await steihaug({ ...options, radius: problem.radius, ...keepAll });
      for (const factor of [1, 0.9, 0.5, 0.1, 1e-3]) {
        const radius = factor * problem.radius;
        const cut = (await step.atRadius!(radius))!;
        const fresh = await steihaug({ ...options, radius });
        expect(cut).toMatchObject({ products: 0, outcome: fresh.outcome, multiplier: fresh.multiplier });
        expect(cut.step).toBeAllclose(fresh.step);
        expect(cut.modelDecrease).toBeAllclose(fresh.modelDecrease);
      }
      // A larger radius is answered where the path is known as far as that, and only there.
      const longer = await step.atRadius!(2 * problem.radius);
      const fresh = await steihaug({ ...options, radius: 2 * problem.radius });
      if (longer === undefined) expect(fresh.products).toBeGreaterThan(step.products);
      else expect(longer.step).toBeAllclose(fresh.step);
    }
  });

  test("keeps no more of the path than the memory budget and says when that is not enough", async () => {
    const problem = knownProblem(1, { size: 20, kind: "interior" });
    const options = { ...modelOfProblem(problem), radius: problem.radius, tolerance: 1e-8 };
    expect((await steihaug(options)).atRadius).toBeUndefined();
    const whole = await steihaug({ ...options, ...keepAll });
    const two = await steihaug({ ...options, memoryBudget: 2 * 20 * 8 });
    expect(whole.products).toBeGreaterThan(4);
    expect(await two.atRadius!(problem.radius)).toBeUndefined();
    const short = 0.5 * (await whole.atRadius!(1e-3 * problem.radius))!.stepNorm;
    expect((await two.atRadius!(short))!.step).toBeAllclose((await whole.atRadius!(short))!.step);
  });

  test("stays where it is at a stationary point, for no product", async () => {
    const step = await steihaug({ ...modelOf(H3, [0, 0, 0]), radius: 1 });
    expect(step).toMatchObject({ outcome: "interior", products: 0, modelDecrease: 0, stepNorm: 0, multiplier: 0 });
  });

  test("follows the steepest descent direction to the boundary where B = 0", async () => {
    const norm = norms.diagonal([4, 1]);
    const step = await steihaug({ ...modelOf([[0, 0], [0, 0]], [4, 3], norm), radius: 2 }); // biome-ignore format: a matrix
    const dual = Math.sqrt(4 + 9);
    expect(step).toMatchObject({ outcome: "negative-curvature", products: 1 });
    expect(step.step).toBeAllclose([(-2 / dual) * 1, (-2 / dual) * 3]);
    expect(step.modelDecrease).toBeAllclose(2 * dual);
  });

  test("returns its last finite iterate when a product is not finite", async () => {
    const problem = knownProblem(2, { size: 10, kind: "interior" });
    const options = { ...modelOfProblem(problem), radius: problem.radius, tolerance: 1e-12 };
    for (const poison of [Number.NaN, Infinity, -Infinity]) {
      for (const at of [1, 2, 4]) {
        let count = 0;
        const multiply = (v: Vector) => {
          const product = problem.multiply(v);
          if (++count === at) product[3] = poison;
          return product;
        };
        const step = await steihaug({ ...options, multiply });
        expect(step).toMatchObject({ outcome: "nonfinite", products: at, multiplier: undefined });
        const before = at === 1 ? undefined : await steihaug({ ...options, maxProducts: at - 1 });
        expect(step.step).toBeAllclose(before?.step ?? new Float64Array(10));
        expect(step.modelDecrease).toBeAllclose(before?.modelDecrease ?? 0);
      }
    }
    const lost = await steihaug({ ...options, gradient: problem.gradient.map(() => Number.NaN) });
    expect(lost).toMatchObject({ outcome: "nonfinite", products: 0, stepNorm: 0 });
  });

  test("gets at least half of the optimal decrease where B ⪰ 0 (Yuan 2000)", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const kind = (["interior", "convex", "singular"] as const)[seed % 3];
      const problem = knownProblem(seed, { size: 1 + (seed % 30), kind, decades: seed % 7 });
      const step = await steihaug({
        ...modelOfProblem(problem),
        radius: problem.radius,
        tolerance: 1e-12,
        maxProducts: 10 * problem.size,
      });
      expect(step.modelDecrease).toBeGreaterThanOrEqual(0.5 * problem.decrease);
      expect(step.modelDecrease).toBeLessThanOrEqual(problem.decrease * (1 + 1e-12));
    }
  });

  test("never does worse than the Cauchy point, and never leaves the region", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom("convex", "indefinite", "singular", "hard"),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        async (seed, size, kind, factor) => {
          const problem = knownProblem(seed, { size, kind, decades: seed % 5 });
          const options = { ...modelOfProblem(problem), radius: factor * problem.radius };
          const [step, least] = [await steihaug(options), await cauchy(options)];
          expect(step.modelDecrease).toBeGreaterThanOrEqual(least.modelDecrease * (1 - 1e-12));
          expect(step.stepNorm).toBeLessThanOrEqual(options.radius * (1 + 1e-12));
        },
      ),
      { seed: 1, numRuns: 200 },
    ));

  test("answers in the precision of the gradient and takes promises for products", async () => {
    const gradient = Float32Array.of(4, 6);
    const multiply = async (v: Vector) => v.map((x, i) => x * (i + 2));
    const step = await steihaug({ gradient, multiply, norm: norms.euclidean(), radius: 1 });
    expect(step.step).toBeInstanceOf(Float32Array);
    expect(step.stepNorm).toBeAllclose(1, { relative: 1e-6 }); // float32
  });

  test("treats an infinite region as a very large one", async () => {
    const step = await steihaug({ ...modelOf([[-1]], [1]), radius: 1e300 });
    expect(step).toMatchObject({ outcome: "negative-curvature", stepNorm: 1e10 });
  });

  test("stays where ‖g‖_{A⁻¹} leaves the range of numbers, and says which way", async () => {
    const model = (g: number, a: number) => modelOf([[1, 0], [0, 1]], [g, 0], norms.diagonal([a, a])); // biome-ignore format: a matrix
    const stays = { products: 0, stepNorm: 0, modelDecrease: 0, step: new Float64Array(2) };
    const small = await steihaug({ ...model(1e-150, 1e100), radius: 1 });
    expect(small).toMatchObject({ ...stays, outcome: "interior", multiplier: 0 });
    const large = await steihaug({ ...model(1e150, 1e-100), radius: 1 });
    expect(large).toMatchObject({ ...stays, outcome: "nonfinite", multiplier: undefined });
  });

  test("a residual that overflows is not finite, even if the curvature along the direction is", async () => {
    const step = await steihaug({ ...modelOf([[1, 1e200], [1e200, 1]], [1, 0]), radius: 10 }); // biome-ignore format: a matrix
    expect(step).toMatchObject({ outcome: "nonfinite", products: 1 });
  });

  test("a minimum on the boundary itself is left there, for no product more", async () => {
    const step = await steihaug({ ...modelOf([[1]], [1]), radius: 1 });
    expect(step).toMatchObject({ outcome: "boundary", products: 1, stepNorm: 1, modelDecrease: 0.5 });
  });

  test("after a product that is not finite answers smaller radii from its path, and no larger one", async () => {
    const problem = knownProblem(2, { size: 10, kind: "interior" });
    const options = { ...modelOfProblem(problem), tolerance: 1e-12, ...keepAll };
    let count = 0;
    const multiply = (v: Vector) => problem.multiply(v).map((x) => (count === 4 ? Number.NaN : x));
    const counted = (v: Vector) => {
      count++;
      return multiply(v);
    };
    const step = await steihaug({ ...options, multiply: counted, radius: problem.radius });
    expect(step).toMatchObject({ outcome: "nonfinite", products: 4 });
    expect(step.stepNorm).toBeAllclose(weightedLength(problem.metric, step.step));
    const radius = 0.5 * step.stepNorm;
    expect((await step.atRadius!(radius))!.step).toBeAllclose((await steihaug({ ...options, radius })).step);
    expect(await step.atRadius!(2 * step.stepNorm)).toBeUndefined();
  });

  test("takes one product with a norm that is not diagonal, however many with B", async () => {
    const problem = knownProblem(3, { size: 12, kind: "interior", decades: 2 });
    const diagonal = norms.diagonal(problem.metric);
    let count = 0;
    const multiply: Norm["multiply"] = (v) => {
      count++;
      return diagonal.multiply(v);
    };
    const norm = { ...diagonal, diagonal: undefined, multiply };
    const options = { ...modelOfProblem(problem), norm, radius: problem.radius, tolerance: 1e-12 };
    for (const maxProducts of [1, 2, 6]) {
      count = 0;
      expect((await steihaug({ ...options, maxProducts })).products).toBe(maxProducts);
      expect(count).toBe(1);
    }
  });

  test("says what must hold when misused", async () => {
    const model = modelOf(H3, [5, 0, 4]);
    const rejected = (options: object) => expect(steihaug({ ...model, radius: 1, ...options })).rejects;
    await rejected({ radius: -0.5 }).toThrow("steihaug: radius must be > 0, got -0.5.");
    await rejected({ radius: Number.NaN }).toThrow("steihaug: radius must be > 0, got NaN.");
    await rejected({ tolerance: 1 }).toThrow("steihaug: tolerance must be in (0, 1), got 1.");
    await rejected({ maxProducts: 0 }).toThrow("steihaug: maxProducts must be an integer >= 1, got 0.");
    await rejected({ memoryBudget: -1 }).toThrow("steihaug: memoryBudget must be >= 0, got -1.");
    await rejected({ stoppingRule: "luck" }).toThrow("stoppingRule must be one of residual, decrease, got luck.");
    await rejected({ multiply: () => Float64Array.of(1, 2) }).toThrow(
      "steihaug: product Bv must have shape [3], got [2].",
    );
    await rejected({ norm: norms.diagonal([1, 2]) }).toThrow("diagonal: vector must have shape [2], got [3].");
  });
});
