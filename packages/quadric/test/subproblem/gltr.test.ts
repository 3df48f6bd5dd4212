import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { gltr } from "../../src/subproblem/gltr.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { denseProduct, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { type KnownProblem, knownProblem, problemKinds } from "../helpers/random-problems.ts";

const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});
const hard3 = {
  gradient: Float64Array.of(0, 2, 0),
  multiply: (v: Vector) => denseProduct([[1, 0, 4], [0, 2, 0], [4, 0, 3]], v), // biome-ignore format: a matrix
  norm: norms.euclidean(),
  radius: 1,
};

describe("gltr()", () => {
  test("solves the example of its documentation", async () => {
    const step = await gltr({ ...hard3, gradient: Float64Array.of(5, 0, 4), tolerance: 1e-10 });
    expect(step.outcome).toBe("boundary");
    expect(step.step).toBeAllclose([-1, 0, 0], { absolute: 1e-14 });
    expect([step.multiplier as number, step.modelDecrease]).toBeAllclose([4, 4.5]);
  });

  test("decreases the model at least as far as Steihaug-Toint CG with as many products", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const problem = knownProblem(seed, { size: 25, kind: problemKinds[seed % 6], decades: seed % 5 });
      for (const factor of [0.1, 1]) {
        const options = { ...modelOf(problem), radius: factor * problem.radius, restart: "never" } as const;
        const byCg = await steihaug({ ...options, tolerance: 1e-3 });
        const byLanczos = await gltr({ ...options, tolerance: 1e-12, maxProducts: byCg.products });
        expect(byLanczos.modelDecrease).toBeGreaterThanOrEqual(byCg.modelDecrease * (1 - 1e-12));
        expect(byLanczos.products).toBeLessThanOrEqual(byCg.products);
      }
    }
  });

  test("ends with the residual its tolerances promise, inside and on the boundary", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const problem = knownProblem(seed, { size: 40, kind: seed % 2 ? "interior" : "indefinite", decades: 3 });
      const { rows, gradient, metric, radius } = problem;
      const [tolerance, boundaryTolerance] = [1e-2, 1e-4];
      const step = await gltr({ ...modelOf(problem), radius, tolerance, boundaryTolerance });
      const dual = metric.map((a) => 1 / a);
      const Bs = denseProduct(rows, step.step);
      const lambda = step.multiplier as number;
      const residual = weightedLength(dual, Bs.map((b, i) => b + lambda * metric[i] * step.step[i] + gradient[i])); // biome-ignore format: one formula
      const gamma = weightedLength(dual, gradient);
      const limit =
        step.outcome === "interior" ? Math.min(tolerance, Math.sqrt(gamma)) : Math.min(boundaryTolerance, gamma);
      expect(residual).toBeLessThanOrEqual(limit * gamma * (1 + 1e-6));
      expect(step.products).toBeLessThan(40);
    }
  });

  test("with a looser tolerance never spends more products", async () => {
    const problem = knownProblem(4, { size: 60, kind: "indefinite" });
    let most = Infinity;
    for (const tolerance of [1e-8, 1e-4, 1e-2, 0.1, 0.5]) {
      const step = await gltr({ ...modelOf(problem), radius: problem.radius, tolerance, maxProducts: 59 });
      expect(step.products).toBeLessThanOrEqual(most);
      most = step.products;
    }
    expect(most).toBeLessThan(10);
  });

  test("holds steps inside the region to the tolerance of the inside only", async () => {
    const problem = knownProblem(5, { size: 40, kind: "interior" });
    const options = { ...modelOf(problem), radius: problem.radius, tolerance: 0.1 };
    const [loose, tight] = [await gltr(options), await gltr({ ...options, boundaryTolerance: 1e-12 })];
    expect(tight.outcome).toBe("interior");
    expect(tight.products).toBe(loose.products);
  });

  test("says so when products run out before the answer settles, and not when it settles with the last", async () => {
    const problem = knownProblem(5, { size: 40, kind: "interior" });
    const options = { ...modelOf(problem), radius: problem.radius, tolerance: 1e-3 };
    const { products } = await gltr(options);
    expect(products).toBeGreaterThan(2);
    expect(await gltr({ ...options, maxProducts: products - 1 })).toMatchObject({ outcome: "max-products" });
    expect(await gltr({ ...options, maxProducts: products })).toMatchObject({ outcome: "interior", products });
  });

  test("does not look beyond an exhausted space when no product is left", async () => {
    const model = { gradient: Float64Array.of(1, 0, 0), norm: norms.euclidean(), radius: 10 };
    const multiply = ([x, y, z]: Vector) => Float64Array.of(x, 2 * y, 3 * z);
    expect(await gltr({ ...model, multiply, maxProducts: 1 })).toMatchObject({ outcome: "interior", products: 1 });
    const lost = await gltr({ ...model, multiply: () => Float64Array.of(Number.NaN, 0, 0) });
    expect(lost).toMatchObject({ outcome: "nonfinite", multiplier: undefined, stepNorm: 0 });
    const still = await gltr({ ...model, gradient: new Float64Array(3), multiply, restart: "never" });
    expect(still).toMatchObject({ outcome: "interior", multiplier: 0, products: 0 });
  });

  test("leaves the Krylov space that misses the leftmost eigenvector, unless told not to", async () => {
    const options = { ...hard3, radius: 0.5, tolerance: 1e-10 };
    const local = await gltr({ ...options, restart: "never" });
    expect(local).toMatchObject({ outcome: "boundary", products: 1 });
    expect(local.modelDecrease).toBeAllclose(0.75);
    const solution = [0.0955839492831, 0.4850712500727, 0.0746296924312]; // up to the sign of the eigenvector
    for (const restart of ["invariant", "certify"] as const) {
      const step = await gltr({ ...options, restart });
      expect(step.outcome).toBe("hard-case");
      expect(step.modelDecrease).toBeAllclose(0.7504594532748735);
      expect(step.step.map(Math.abs)).toBeAllclose(solution, { relative: 1e-10 });
      expect(step.step).toEqual((await gltr({ ...options, restart })).step);
    }
    const otherStart = await gltr({ ...options, seed: 7 });
    expect(otherStart.step.map(Math.abs)).toBeAllclose(solution, { relative: 1e-10 });
  });

  test("at g = 0 goes along the leftmost eigenvector to the boundary, and stays where B ⪰ 0", async () => {
    const gradient = new Float64Array(3);
    const step = await gltr({ ...hard3, gradient, radius: 2, tolerance: 1e-8 });
    expect(step).toMatchObject({ outcome: "hard-case" });
    expect(step.multiplier as number).toBeAllclose(Math.sqrt(17) - 2);
    expect(step.modelDecrease).toBeAllclose(2 * (Math.sqrt(17) - 2));
    expect(step.stepNorm).toBeAllclose(2);
    const flat = await gltr({ ...hard3, gradient, multiply: (v) => v.map((x) => 2 * x) });
    expect(flat).toMatchObject({ outcome: "interior", modelDecrease: 0, stepNorm: 0, multiplier: 0 });
    const never = await gltr({ ...hard3, gradient, restart: "never" });
    expect(never).toMatchObject({ outcome: "interior", products: 0, stepNorm: 0 });
  });

  test("stops a restarted block once its leftmost Ritz pair has converged", async () => {
    // g lives on the first two coordinates; the leftmost eigenvalue −3 is one of 2,000 others in [1, 2].
    const size = 2002;
    const diagonal = Float64Array.from({ length: size }, (_, i) => (i < 2 ? i + 1 : i === 1000 ? -3 : 1 + i / size));
    const gradient = new Float64Array(size);
    gradient.set([1, 1]);
    const multiply = (v: Vector) => v.map((x, i) => diagonal[i] * x);
    const step = await gltr({ gradient, multiply, norm: norms.euclidean(), radius: 1, tolerance: 1e-5 });
    expect(step.outcome).toBe("hard-case");
    expect(step.products).toBeLessThan(25);
    expect(step.multiplier as number).toBeAllclose(3, { relative: 1e-8 }); // the square of the tolerance
    expect(Math.abs(step.step[1000])).toBeAllclose(Math.sqrt(1 - 1 / 16 - 1 / 25), { relative: 1e-5 });
  });

  test("solves again at other radii from its basis, for no product", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const problem = knownProblem(seed, { size: 15, kind: problemKinds[seed % 7], decades: 2 });
      const options = { ...modelOf(problem), tolerance: 1e-10, maxProducts: 30 };
      const step = await gltr({ ...options, radius: problem.radius, memoryBudget: 1e6 });
      for (const factor of [2, 0.7, 0.1, 1e-3]) {
        const radius = factor * problem.radius;
        const again = (await step.atRadius!(radius))!;
        const fresh = await exact({ ...modelOf(problem), radius });
        expect(again.products).toBe(0);
        expect(again.modelDecrease).toBeAllclose(fresh.modelDecrease, { relative: 1e-10 });
        expect(again.stepNorm).toBeLessThanOrEqual(radius * (1 + 1e-12));
        expect((await again.atRadius!(problem.radius))!.modelDecrease).toBeAllclose(step.modelDecrease);
      }
    }
  });

  test("certifies by itself where a tight tolerance asks for it and the products are there", async () => {
    const size = 12;
    const gradient = new Float64Array(size).fill(1);
    const multiply = (v: Vector) => v.map((x, i) => (1 + 0.01 * i) * x);
    const options = { gradient, multiply, norm: norms.euclidean(), radius: 100 };
    const spent = async (more: object) => (await gltr({ ...options, ...more })).products;
    expect(await spent({ tolerance: 1e-6, maxProducts: size })).toBe(size);
    expect(await spent({ tolerance: 1e-6, maxProducts: size - 1 })).toBeLessThan(size - 2);
    expect(await spent({ tolerance: 1e-5, maxProducts: size })).toBeLessThan(size - 2);
  });

  test("tells rounding from coupling by the precision of the vectors", async () => {
    // From e₁ the second coordinate, along which B is negative, is reached through an entry of 1e-7 or less.
    const coupled = (entry: number) => (v: Vector) => {
      const out = v.slice();
      out.set([v[0] + entry * v[1], entry * v[0] - v[1]]);
      return out;
    };
    const options = { norm: norms.euclidean(), radius: 0.5, tolerance: 1e-12, restart: "never" } as const;
    const double = await gltr({ ...options, gradient: Float64Array.of(1, 0), multiply: coupled(1e-7) });
    expect(double.products).toBe(2);
    expect(double.multiplier as number).toBeGreaterThan(1);
    const single = await gltr({ ...options, gradient: Float32Array.of(1, 0), multiply: coupled(1e-8) });
    expect(single).toMatchObject({ products: 1, outcome: "boundary" });
  });

  test("a product whose remainder overflows is not finite", async () => {
    const multiply = ([x, y]: Vector) => Float64Array.of(x + 1e200 * y, 1e200 * x + y);
    const options = { gradient: Float64Array.of(1, 0), norm: norms.euclidean(), radius: 1 };
    expect(await gltr({ ...options, multiply })).toMatchObject({ outcome: "nonfinite", products: 1, stepNorm: 0 });
  });

  test("offers no second radius without the memory, nor where its basis does not reach", async () => {
    const problem = knownProblem(3, { size: 60, kind: "convex" });
    const options = { ...modelOf(problem), tolerance: 1e-3 };
    const small = await gltr({ ...options, radius: 1e-3 * problem.radius, memoryBudget: 1e9 });
    expect(small.products).toBeLessThan(10);
    expect(await small.atRadius!(1e3 * problem.radius)).toBeUndefined();
    const tight = { ...options, radius: problem.radius };
    const { products } = await gltr(tight);
    expect((await gltr({ ...tight, memoryBudget: products * 60 * 8 - 1 })).atRadius).toBeUndefined();
    expect((await gltr({ ...tight, memoryBudget: products * 60 * 8 })).atRadius).toBeDefined();
  });

  test("returns the best step known when a product is not finite", async () => {
    const problem = knownProblem(6, { size: 12, kind: "indefinite" });
    const options = { ...modelOf(problem), radius: problem.radius, tolerance: 1e-10 };
    for (const at of [1, 2, 5]) {
      let count = 0;
      const multiply = (v: Vector) => problem.multiply(v).map((x) => (count === at ? Number.NaN : x));
      const counted = (v: Vector) => {
        count++;
        return multiply(v);
      };
      const step = await gltr({ ...options, multiply: counted });
      expect(step).toMatchObject({ outcome: "nonfinite", products: at });
      const before = at === 1 ? undefined : await gltr({ ...options, maxProducts: at - 1 });
      expect(step.modelDecrease).toBeAllclose(before?.modelDecrease ?? 0);
      expect(step.step).toBeAllclose(before?.step ?? new Float64Array(12));
    }
    const lost = await gltr({ ...options, gradient: problem.gradient.map(() => Infinity) });
    expect(lost).toMatchObject({ outcome: "nonfinite", products: 0, stepNorm: 0 });
  });

  test("finds the hard case in float32 too", async () => {
    const multiply = (v: Vector) => Float32Array.from(hard3.multiply(v));
    const step = await gltr({ ...hard3, gradient: Float32Array.of(0, 2, 0), multiply, tolerance: 1e-4 });
    expect(step.step).toBeInstanceOf(Float32Array);
    expect(step.outcome).toBe("hard-case");
    expect(step.modelDecrease).toBeAllclose(1.546624062881, { relative: 1e-6 }); // float32
  });

  test("says what must hold when misused", async () => {
    const rejected = (options: object) => expect(gltr({ ...hard3, ...options })).rejects;
    await rejected({ radius: 0 }).toThrow("gltr: radius must be > 0, got 0.");
    await rejected({ boundaryTolerance: 0 }).toThrow("gltr: boundaryTolerance must be in (0, 1), got 0.");
    await rejected({ restart: "always" }).toThrow(
      "gltr: restart must be one of never, invariant, certify, got always.",
    );
    await rejected({ multiply: () => new Float64Array(2) }).toThrow("gltr: product Bv must have shape [3], got [2].");
  });
});
