import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnNormDiagonal, columnSquares } from "../../src/norm/column-norms.ts";
import { norms } from "../../src/norm/norms.ts";
import { times, transposedTimes } from "../../src/subproblem/damped-factor.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { denseGaussNewton, type GaussNewtonModel, squaredColumns } from "../../src/subproblem/gauss-newton.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { countingEngine } from "../helpers/counting-engine.ts";
import { denseProduct, inner, quadraticDecrease, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";

type Float64Model = GaussNewtonModel & { readonly jacobian: Float64Array; readonly residuals: Float64Array };

function randomModel(n: number, d: number, seed: number, rank = Math.min(n, d)): Float64Model {
  const random = makeRandom(seed);
  const [U, V] = [normalVector(random, n * rank), normalVector(random, rank * d)];
  const jacobian = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < rank; l++) for (let j = 0; j < d; j++) jacobian[i * d + j] += U[i * rank + l] * V[l * d + j];
  }
  const diagonal = Float64Array.from({ length: d }, () => 10 ** (2 * random.uniform() - 1));
  return { jacobian, residuals: normalVector(random, n) as Float64Array, diagonal };
}

/** JᵀJ + D as rows, and g = Jᵀr + p. */
function reference({ jacobian, residuals, diagonal, penalty }: Float64Model) {
  const [n, d] = [residuals.length, diagonal.length];
  const column = (j: number) => Float64Array.from({ length: n }, (_, i) => jacobian[i * d + j]);
  const columns = Array.from({ length: d }, (_, j) => column(j));
  const curvature = (i: number, j: number) => {
    if (penalty?.curvature === undefined) return 0;
    if (penalty.curvature.length === d) return i === j ? penalty.curvature[i] : 0;
    return penalty.curvature[i * d + j];
  };
  const B = columns.map((x, i) => columns.map((y, j) => inner(x, y) + curvature(i, j)));
  const gradient = Float64Array.from(columns, (x, j) => inner(x, residuals) + (penalty?.gradient[j] ?? 0));
  return { B, gradient };
}

/** The exact solver's answer by eigenvectors of A^{-1/2}BA^{-1/2}. */
function byEigenvectors(model: Float64Model, radius: number) {
  const { B, gradient } = reference(model);
  return exact({ gradient, multiply: (v) => denseProduct(B, v), norm: norms.diagonal(model.diagonal), radius });
}

const spaces = ["parameters", "samples"] as const;

/** A model of which the matrix of the space has 65 rows, ill-conditioned, with the number of factorisations. */
async function countingSolver(space: (typeof spaces)[number]) {
  const model = space === "parameters" ? randomModel(70, 65, 7) : randomModel(65, 70, 7);
  const { engine, calls, factorisations } = countingEngine();
  const solver = await denseGaussNewton(model, { engine, space });
  expect(calls()).toBe(1);
  return { solver, factorisations };
}

describe("denseGaussNewton()", () => {
  test("the step of a diagonal Jacobian in closed form", async () => {
    const model = {
      jacobian: Float64Array.of(2, 0, 0, 1),
      residuals: Float64Array.of(2, 1),
      diagonal: Float64Array.of(1, 3),
    };
    for (const space of spaces) {
      const { step, stepNorm, modelDecrease, multiplier } = await (await denseGaussNewton(model, { space })).solve(1);
      expect(step).toBeAllclose([-4 / 5, -1 / 4]);
      expect(stepNorm).toBeAllclose(Math.sqrt(16 / 25 + 3 / 16));
      expect(modelDecrease).toBeAllclose(0.5 * (4 + 1 - 0.16 - 0.5625));
      expect(multiplier).toBe(1);
    }
  });

  test("both spaces give the same step to rounding, with and without a penalty", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("none", "gradient", "diagonal"),
        fc.double({ min: -3, max: 3, noNaN: true }),
        async (n, d, kind, exponent) => {
          const random = makeRandom(n, d);
          const gradient = normalVector(random, d);
          const curvature = normalVector(random, d).map(Math.abs);
          const penalty = { none: undefined, gradient: { gradient }, diagonal: { gradient, curvature } }[kind];
          const model = { ...randomModel(n, d, n + 13 * d), penalty };
          const lambda = 10 ** exponent;
          const [a, b] = await Promise.all(
            spaces.map(async (space) => (await denseGaussNewton(model, { space })).solve(lambda)),
          );
          // Condition of JᵀJ + λA here below 1e6.
          expect(a.step).toBeAllclose(b.step, { relative: 1e-9 });
          expect(a.stepNorm).toBeAllclose(b.stepNorm, { relative: 1e-9 });
          expect(a.modelDecrease).toBeAllclose(b.modelDecrease, { relative: 1e-9 });
        },
      ),
      { numRuns: 80 },
    );
  });

  test("solves (JᵀJ + D + λA)s = −g for a dense D, and tells the decrease of the model", async () => {
    const d = 6;
    const random = makeRandom(4);
    const R = normalVector(random, d * d);
    const D = Float64Array.from(R, (_, k) => {
      const [i, j] = [Math.floor(k / d), k % d];
      return inner(R.subarray(i * d, (i + 1) * d), R.subarray(j * d, (j + 1) * d));
    });
    const model = { ...randomModel(4, d, 3), penalty: { gradient: normalVector(random, d), curvature: D } };
    const { B, gradient } = reference(model);
    const solver = await denseGaussNewton(model);
    expect(solver.space).toBe("parameters");
    expect(solver.gradient).toBeAllclose(gradient);
    const { step, modelDecrease } = await solver.solve(0.3);
    const left = denseProduct(B, step).map((x, j) => x + 0.3 * model.diagonal[j] * step[j]);
    expect(left).toBeAllclose(
      gradient.map((x) => -x),
      { relative: 1e-10 },
    );
    expect(modelDecrease).toBeAllclose(quadraticDecrease(B, gradient, step), { relative: 1e-10 });
  });

  test("pulled to a centre c, (JᵀJ + D + λA)(s − c) = −g − (JᵀJ + D)c, in both spaces and by normal equations", async () => {
    for (const [n, d, kind] of [
      [4, 6, "none"],
      [9, 5, "diagonal"],
      [4, 6, "gradient"],
      [5, 5, "dense"],
    ] as const) {
      const random = makeRandom(n, d);
      const gradient = normalVector(random, d);
      const root = normalVector(random, d);
      const penalty = {
        ...{ none: undefined, gradient: { gradient }, diagonal: { gradient, curvature: root.map((x) => x * x) } },
        dense: { gradient, curvature: Float64Array.from({ length: d * d }, (_, k) => root[(k / d) | 0] * root[k % d]) },
      }[kind];
      const model = { ...randomModel(n, d, 11 * n), penalty };
      const centre = normalVector(random, d);
      const { B, gradient: g } = reference(model as Float64Model);
      const gram = Float64Array.from({ length: d * d }, (_, k) => {
        const [i, j] = [(k / d) | 0, k % d];
        return j < i ? 0 : reference({ ...model, penalty: undefined }).B[i][j];
      });
      const projection = transposedTimes(model.jacobian, model.residuals, d);
      const normal = await denseGaussNewton({ gram, projection, diagonal: model.diagonal, penalty });
      const solvers = [normal, await denseGaussNewton({ ...model }, { space: "parameters" })];
      if (kind !== "dense") solvers.push(await denseGaussNewton({ ...model }, { space: "samples" }));
      for (const solver of solvers) {
        const { step, modelDecrease, correction } = await solver.solve(0.3, centre);
        const left = denseProduct(B, step).map((x, j) => x + 0.3 * model.diagonal[j] * (step[j] - centre[j]));
        expect(left).toBeAllclose(
          g.map((x) => -x),
          { relative: 1e-9 },
        );
        expect(modelDecrease).toBeAllclose(quadraticDecrease(B, g, step), { relative: 1e-9, absolute: 1e-9 });
        expect(correction === undefined).toBe(solver === normal);
      }
    }
  });

  test.each(spaces)("a correction in the space of %s brings bent residuals back to their tangent", async (space) => {
    const model = randomModel(5, 7, 2);
    const solver = await denseGaussNewton(model, { space });
    const { step, correction } = await solver.solve(0.7);
    const bend = normalVector(makeRandom(8), 5);
    const change = times(model.jacobian, step).map((x, i) => x + bend[i]);
    const { B } = reference(model);
    const s2 = correction!(change);
    const left = denseProduct(B, s2).map((x, j) => x + 0.7 * model.diagonal[j] * s2[j]);
    expect(left).toBeAllclose(
      transposedTimes(model.jacobian, bend, 7).map((x) => -x),
      { relative: 1e-9 },
    );
  });

  test("the step within a radius is that of the eigenvectors, in both spaces and any diagonal norm", async () => {
    for (const [n, d] of [
      [9, 5],
      [5, 9],
    ]) {
      const model = randomModel(n, d, n);
      for (const space of spaces) {
        const solver = await denseGaussNewton(model, { space });
        for (const radius of [1e-3, 0.1, 1]) {
          const { step, stepNorm, multiplier, outcome } = await solver.solveWithin(radius, { tolerance: 1e-9 });
          const expected = await byEigenvectors(model, radius);
          expect(outcome).toBe(expected.outcome);
          // The tolerance on the length passes to the step; in a singular JᵀJ rounding is divided by the least λ.
          expect(step).toBeAllclose(expected.step, { relative: outcome === "interior" && n < d ? 1e-4 : 1e-7 });
          expect(stepNorm).toBeAllclose(weightedLength(model.diagonal, step));
          expect(multiplier).toBeAllclose(expected.multiplier!, { relative: 1e-6, absolute: 1e-9 });
        }
      }
    }
  });

  test("inside a radius it does not reach the step is the least-squares solution", async () => {
    const model = randomModel(9, 5, 2);
    const solver = await denseGaussNewton(model);
    const { step, outcome } = await solver.solveWithin(1e6);
    expect(outcome).toBe("interior");
    // The least λ is 1e-12 of the largest curvature, the smallest is above 1e-4 of it.
    expect(step).toBeAllclose((await byEigenvectors(model, 1e6)).step, { relative: 1e-8 });
  });

  test.each(spaces)("in the space of %s another radius takes no product of J with itself", async (space) => {
    const model = space === "parameters" ? randomModel(40, 30, 5) : randomModel(30, 40, 5);
    const { engine, calls } = countingEngine();
    const solver = await denseGaussNewton(model, { engine });
    expect(solver.space).toBe(space);
    const first = await solver.solveWithin(1);
    const second = await solver.solveWithin(0.5, { start: first.multiplier });
    expect(calls()).toBe(1); // matrices of 30 are factored without the engine
    expect(second.multiplier).toBeGreaterThan(first.multiplier);
    expect(Math.abs(second.stepNorm - 0.5)).toBeLessThanOrEqual(0.05);
  });

  test.each(spaces)("in the space of %s a radius takes few factorisations, wherever its λ lies", async (space) => {
    const { solver, factorisations } = await countingSolver(space);
    for (const radius of [1e-8, 1e-4, 1e-2, 1]) {
      const { outcome, stepNorm } = await solver.solveWithin(radius);
      expect(outcome).toBe("boundary");
      expect(Math.abs(stepNorm / radius - 1)).toBeLessThanOrEqual(0.1);
      expect(factorisations()).toBeLessThanOrEqual(4);
      // Newton's steps double the digits.
      await solver.solveWithin(radius, { tolerance: 1e-10 });
      expect(factorisations()).toBeLessThanOrEqual(7);
    }
  });

  test.each(spaces)(
    "in the space of %s a start at the answer takes one factorisation, any other few",
    async (space) => {
      const { solver, factorisations } = await countingSolver(space);
      const { multiplier } = await solver.solveWithin(0.1, { tolerance: 1e-12 });
      factorisations();
      const again = await solver.solveWithin(0.1, { start: multiplier });
      expect([again.multiplier, factorisations()]).toEqual([multiplier, 1]);
      for (const start of [1e-30, 1e-3 * multiplier, 1e3 * multiplier, 1e30]) {
        const other = await solver.solveWithin(0.1, { start, tolerance: 1e-6 });
        expect(other.multiplier).toBeAllclose(multiplier, { relative: 1e-4 });
        expect(factorisations()).toBeLessThanOrEqual(12);
      }
    },
  );

  test("the scale of the loss changes nothing but λ, to the last bit", async () => {
    const model = randomModel(7, 5, 12);
    const scale = (v: Float64Array) => v.map((x) => 2 ** 10 * x);
    const scaled = { ...model, jacobian: scale(model.jacobian), residuals: scale(model.residuals) };
    for (const space of spaces) {
      const [a, b] = [await denseGaussNewton(model, { space }), await denseGaussNewton(scaled, { space })];
      for (const radius of [1e-3, 0.1, 1]) {
        const [s, t] = [await a.solveWithin(radius), await b.solveWithin(radius)];
        expect([t.outcome, t.multiplier]).toEqual([s.outcome, 2 ** 20 * s.multiplier]);
        expect(t.step).toEqual(s.step);
      }
    }
  });

  test("without a gradient, or without a finite one, a radius takes one factorisation", async () => {
    const model = randomModel(70, 65, 3);
    for (const [residual, outcome] of [
      [0, "interior"],
      [Number.NaN, "nonfinite"],
    ] as const) {
      const { engine, factorisations } = countingEngine();
      const solver = await denseGaussNewton({ ...model, residuals: new Float64Array(70).fill(residual) }, { engine });
      expect(await solver.solveWithin(1)).toMatchObject({ outcome, stepNorm: 0, modelDecrease: 0 });
      expect(factorisations()).toBe(1);
    }
  });

  test("factors the smaller matrix unless told otherwise, and tells its rank", async () => {
    for (const [n, d, space] of [
      [9, 3, "parameters"],
      [4, 4, "parameters"],
      [3, 9, "samples"],
    ] as const) {
      const model = randomModel(n, d, 4);
      expect((await denseGaussNewton(model)).space).toBe(space);
      expect((await (await denseGaussNewton(model, { space: "samples" })).solve(1)).rank).toBe(n);
      expect((await (await denseGaussNewton(model, { space: "parameters" })).solve(1)).rank).toBe(d);
    }
  });

  test("the normal equations give the steps of their Jacobian, and are left as they were", async () => {
    const [n, d] = [9, 5];
    const model = randomModel(n, d, 11);
    const penalty = { gradient: normalVector(makeRandom(1), d), curvature: new Float64Array(d).fill(0.5) };
    const { B, gradient } = reference(model);
    const gram = Float64Array.from(B.flat());
    const equations = { gram: gram.slice(), projection: gradient, diagonal: model.diagonal };
    expect(squaredColumns(equations, d)).toBeAllclose(squaredColumns(model, d));
    for (const more of [{}, { penalty }]) {
      const a = await denseGaussNewton({ ...model, ...more });
      const b = await denseGaussNewton({ ...equations, ...more });
      expect(b.space).toBe("parameters");
      expect(b.gradient).toBeAllclose(a.gradient);
      for (const radius of [0.01, 0.1, 100]) {
        const [s, t] = [await a.solveWithin(radius), await b.solveWithin(radius)];
        expect(t.outcome).toBe(s.outcome);
        expect(t.step).toBeAllclose(s.step, { relative: 1e-8 }); // the condition of JᵀJ, below 1e4
        expect(t.modelDecrease).toBeAllclose(s.modelDecrease, { relative: 1e-10 });
      }
    }
    expect(equations.gram).toEqual(gram);
    expect(equations.projection).toEqual(reference(model).gradient);
  });

  test("a Jacobian without full rank is solved all the same", async () => {
    const model = randomModel(12, 8, 6, 3);
    const { step } = await (await denseGaussNewton(model)).solve(1e-6);
    const { step: inSamples } = await (await denseGaussNewton(model, { space: "samples" })).solve(1e-6);
    // λA is 1e-7 of JᵀJ, whose rounding it multiplies.
    expect(step).toBeAllclose(inSamples, { relative: 1e-6 });
  });

  test("rescaling parameters and their ellipsoid rescales the step", async () => {
    const model = randomModel(7, 4, 8);
    const scale = [1e-3, 1, 1e3, 20];
    const jacobian = model.jacobian.map((x, k) => x * scale[k % 4]);
    const diagonal = model.diagonal.map((a, j) => a * scale[j] ** 2);
    const [plain, scaled] = [await denseGaussNewton(model), await denseGaussNewton({ ...model, jacobian, diagonal })];
    const [s, t] = [await plain.solve(0.1), await scaled.solve(0.1)];
    expect(t.step.map((x, j) => x * scale[j])).toBeAllclose(s.step, { relative: 1e-10 });
    expect(t.modelDecrease).toBeAllclose(s.modelDecrease, { relative: 1e-10 });
    const [u, v] = [await plain.solveWithin(1e6), await scaled.solveWithin(1e6)];
    expect([u.outcome, v.outcome]).toEqual(["interior", "interior"]);
    expect(v.multiplier).toBeAllclose(u.multiplier);
  });

  test("float32 Jacobians give float32 steps close to those of float64", async () => {
    const model = randomModel(20, 10, 9);
    const diagonal = columnNormDiagonal(columnSquares(model.jacobian, 10));
    const single = {
      jacobian: Float32Array.from(model.jacobian),
      residuals: Float32Array.from(model.residuals),
      diagonal,
    };
    const { step } = await (await denseGaussNewton(single)).solve(1);
    expect(step).toBeInstanceOf(Float32Array);
    expect(step).toBeAllclose((await (await denseGaussNewton({ ...model, diagonal })).solve(1)).step, {
      relative: 1e-4,
    });
  });

  test("a Jacobian that is not finite gives a zero step and says so", async () => {
    const model = randomModel(3, 2, 1);
    model.jacobian[0] = Number.NaN;
    const { step, outcome, modelDecrease } = await (await denseGaussNewton(model)).solve(1);
    expect([outcome, modelDecrease]).toEqual(["nonfinite", 0]);
    expect(step).toEqual(new Float64Array(2));
  });

  test("misuse throws", async () => {
    const model = randomModel(3, 2, 1);
    await expect(denseGaussNewton({ ...model, jacobian: new Float64Array(5) })).rejects.toThrow(
      "denseGaussNewton: jacobian must have shape [6], got [5].",
    );
    const [two, three] = [new Float64Array(2), new Float64Array(3)];
    await expect(denseGaussNewton({ ...model, penalty: { gradient: three } })).rejects.toThrow(
      "denseGaussNewton: penalty.gradient must have shape [2], got [3].",
    );
    await expect(denseGaussNewton({ ...model, penalty: { gradient: two, curvature: three } })).rejects.toThrow(
      "denseGaussNewton: penalty.curvature must have shape [4], got [3].",
    );
    const equations = { gram: new Float64Array(4), projection: two, diagonal: model.diagonal };
    await expect(denseGaussNewton({ ...equations, gram: three })).rejects.toThrow(
      "denseGaussNewton: gram must have shape [4], got [3].",
    );
    await expect(denseGaussNewton(equations, { space: "samples" })).rejects.toThrow(
      "denseGaussNewton: space must be one of parameters, got samples.",
    );
    const penalty = { gradient: two, curvature: new Float64Array(4) };
    await expect(denseGaussNewton({ ...model, penalty }, { space: "samples" })).rejects.toThrow(
      "denseGaussNewton: space must be one of parameters, got samples.",
    );
    await expect((await denseGaussNewton(model)).solve(0)).rejects.toThrow(
      "denseGaussNewton: lambda must be > 0, got 0.",
    );
    await expect((await denseGaussNewton(model)).solveWithin(-1)).rejects.toThrow(
      "denseGaussNewton: radius must be > 0, got -1.",
    );
  });
});
