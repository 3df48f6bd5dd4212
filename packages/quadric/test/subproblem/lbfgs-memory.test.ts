import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { norms } from "../../src/norm/norms.ts";
import { cauchy } from "../../src/subproblem/cauchy.ts";
import {
  append,
  appendDirections,
  countPairs,
  emptyMemory,
  fittingMemory,
  initialScaling,
  inverseOf,
  type LbfgsMemory,
  lbfgsPreconditioner,
  memoryOf,
  memoryState,
} from "../../src/subproblem/lbfgs-memory.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { denseProduct, inner, quadraticDecrease } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { type KnownProblem, knownProblem } from "../helpers/random-problems.ts";

const size = 12;
const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});
const problemOf = (seed: number) => knownProblem(seed, { size, kind: "convex", decades: 2 });
const toTheEnd = { radius: 1e9, tolerance: 1e-12, stoppingRule: "residual", maxProducts: 40 } as const;
const randomVector = (seed: number) => {
  const random = makeRandom(seed);
  return Float64Array.from({ length: size }, () => random.normal());
};
/** Pairs of random directions under two matrices, as two points of a run would leave them. */
const stalePairs = (capacity: number): LbfgsMemory =>
  [0, 1].reduce(
    (pairs, seed) => {
      const { multiply } = problemOf(seed);
      const seen = [1, 2, 3].map((k) => {
        const p = randomVector(10 * seed + k);
        const Bp = multiply(p);
        return { p, Bp, kappa: inner(p, Bp) };
      });
      return appendDirections(pairs, seen);
    },
    emptyMemory(capacity, size, "float64"),
  );

describe("correction pairs", () => {
  test("precondition by the BFGS recursion, written out densely", () => {
    const pairs = stalePairs(8);
    expect(countPairs(pairs)).toBe(6);
    const { metric } = problemOf(2);
    const row = (rows: Vector, i: number) => [...rows.subarray((2 + i) * size, (3 + i) * size)];
    const list = Array.from({ length: 6 }, (_, i) => ({ s: row(pairs.s, i), y: row(pairs.y, i) }));
    for (const { s, y } of list) expect(inner(s, y)).toBeAllclose(1);
    const gamma =
      initialScaling * Math.max(...list.map(({ y }) => 1 / y.reduce((sum, x, i) => sum + (x * x) / metric[i], 0)));
    let H = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => (i === j ? gamma / metric[i] : 0)),
    );
    const times = (X: number[][], Y: number[][]) =>
      X.map((row) => Y[0].map((_, j) => row.reduce((sum, x, k) => sum + x * Y[k][j], 0)));
    for (const { s, y } of list) {
      const left = s.map((si, i) => y.map((yj, j) => Number(i === j) - si * yj));
      const right = left[0].map((_, j) => left.map((row) => row[j]));
      H = times(times(left, H), right).map((row, i) => row.map((x, j) => x + s[i] * s[j]));
    }
    const r = randomVector(99);
    const apply = lbfgsPreconditioner(pairs, norms.diagonal(metric), size);
    expect(apply(r)).toBeAllclose(denseProduct(H, r), { relative: 1e-10 }); // conditioned like 1e4
    const out = r.slice();
    expect(apply(out, out)).toBe(out);
    expect(out).toBeAllclose(apply(r));
  });

  test("of a solve to the end make the next one of the same matrix take one product", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const model = modelOf(problemOf(seed));
      const first = await steihaug({ ...model, ...toTheEnd, preconditioner: emptyMemory(20, size, "float64") });
      expect(first.products).toBeGreaterThanOrEqual(size);
      const gradient = randomVector(seed);
      const next = await steihaug({
        ...model,
        gradient,
        ...toTheEnd,
        tolerance: 1e-6,
        preconditioner: first.preconditioner,
      });
      expect(next.products).toBe(1);
      const exact = await steihaug({ ...model, gradient, ...toTheEnd });
      expect(next.step).toBeAllclose(exact.step, { relative: 1e-5 }); // to the residual's tolerance
    }
  });

  test("save products where the next matrix is a little different", async () => {
    let [fresh, kept] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const problem = problemOf(seed);
      const { preconditioner } = await steihaug({
        ...modelOf(problem),
        ...toTheEnd,
        preconditioner: emptyMemory(20, size, "float64"),
      });
      const multiply = (v: ArrayLike<number>) =>
        problem.multiply(v).map((x, i) => x + 0.01 * problem.spectralNorm * v[i]);
      const moved = { ...modelOf(problem), multiply, gradient: randomVector(seed) };
      fresh += (await steihaug({ ...moved, ...toTheEnd, tolerance: 0.01 })).products;
      kept += (await steihaug({ ...moved, ...toTheEnd, tolerance: 0.01, preconditioner })).products;
    }
    expect(kept).toBeLessThan(0.6 * fresh);
  });

  test("do not see the scale of the loss: times c, the same products and the same step", async () => {
    const problem = problemOf(3);
    const runs = [1, 1e6].map(async (c) => {
      const model = {
        ...modelOf(problem),
        gradient: problem.gradient.map((x) => c * x),
        multiply: (v: ArrayLike<number>) => problem.multiply(v).map((x) => c * x),
      };
      const options = { radius: problem.radius, tolerance: 0.01, stoppingRule: "residual", maxProducts: 5 } as const;
      const { preconditioner } = await steihaug({
        ...model,
        ...options,
        preconditioner: emptyMemory(20, size, "float64"),
      });
      return steihaug({ ...model, ...options, radius: 2 * problem.radius, preconditioner });
    });
    const [one, scaled] = await Promise.all(runs);
    expect([scaled.products, scaled.outcome]).toEqual([one.products, one.outcome]);
    expect(scaled.step).toBeAllclose(one.step, { relative: 1e-9 }); // rounding of CG, multiplied by its condition
    expect(scaled.modelDecrease / one.modelDecrease).toBeAllclose(1e6, { relative: 1e-9 });
  });

  test("leave the region that of A: steps end on its boundary, at every radius of the path too", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const kind = seed % 2 ? "indefinite" : "convex";
      const problem = knownProblem(seed, { size, kind, decades: 2 });
      const model = modelOf(problem);
      const options = { ...toTheEnd, tolerance: 0.01, memoryBudget: 1e9, preconditioner: stalePairs(8) };
      const far = await steihaug({ ...model, ...options, radius: problem.radius });
      for (const [i, part] of [1, 0.5, 0.1, 0.01].entries()) {
        const radius = part * problem.radius;
        const cut = (await far.atRadius!(radius))!;
        // What the pairs make of the smaller region counts only if it gains half of the Cauchy point's decrease.
        const preconditioned = await steihaug({ ...model, ...options, radius });
        const { modelDecrease: least } = await cauchy({ ...model, radius });
        const isSound = preconditioned.modelDecrease >= 0.5 * least;
        const empty = emptyMemory(8, size, "float64");
        const anew = isSound ? preconditioned : await steihaug({ ...model, ...options, radius, preconditioner: empty });
        expect(cut.products).toBe((i === 0 ? 1 : 0) + (isSound ? 0 : anew.products));
        expect(cut.outcome).toBe(anew.outcome);
        expect(cut.step).toBeAllclose(anew.step, { relative: 1e-9, absolute: 1e-12 * radius });
        expect(cut.stepNorm).toBeLessThanOrEqual(radius * (1 + 1e-12));
        expect(cut.modelDecrease).toBeAllclose(quadraticDecrease(problem.rows, problem.gradient, cut.step), {
          relative: 1e-6, // the path's own sum, with conjugacy lost
        });
      }
    }
  });

  test("take no direction without positive curvature, and drop the oldest when they are full", async () => {
    const problem = knownProblem(4, { size, kind: "indefinite", decades: 2 });
    const step = await steihaug({ ...modelOf(problem), ...toTheEnd, preconditioner: emptyMemory(20, size, "float64") });
    expect(step.outcome).toBe("negative-curvature");
    expect(countPairs(step.preconditioner!)).toBe(step.products - 1);
    const [few, many] = [stalePairs(4), stalePairs(8)];
    expect(few.s).toEqual(many.s.subarray(4 * size));
    expect(few.y).toEqual(many.y.subarray(4 * size));
  });

  test("survive a checkpoint", () => {
    const pairs = stalePairs(8);
    const { scalars, vectors } = structuredClone(memoryState(pairs));
    expect(vectors.s).toHaveLength(6 * size);
    const back = memoryOf({ scalars, vectors }, 8, size, "float64");
    expect([back.s, back.y]).toEqual([pairs.s, pairs.y]);
    expect(countPairs(memoryOf(memoryState(emptyMemory(8, size, "float64")), 8, size, "float64"))).toBe(0);
  });

  test("are values: what is appended to them does not change them, however often and in whatever order", () => {
    const start = stalePairs(4);
    const saved = [start.s.slice(), start.y.slice()];
    const more = (k: number) => [{ p: randomVector(k), Bp: randomVector(k + 1), kappa: 2 }];
    const one = appendDirections(start, more(1));
    const savedOne = one.s.slice();
    let other = start;
    for (let k = 0; k < 9; k++) other = appendDirections(other, more(10 + k));
    expect([start.s, start.y]).toEqual(saved);
    expect(one.s).toEqual(savedOne);
    const newest = randomVector(18).map((x) => x / Math.sqrt(2));
    expect(other.s.subarray(3 * size)).toBeAllclose(newest);
  });

  test("slide through their buffer: as many new rows as there are copy no old ones", () => {
    const more = (pairs: LbfgsMemory, k: number) =>
      appendDirections(pairs, [{ p: randomVector(k), Bp: randomVector(k + 1), kappa: 2 }]);
    const start = emptyMemory(4, size, "float64");
    const buffers = [start];
    for (let k = 0; k < 5; k++) buffers.push(more(buffers[k], k));
    const shared = buffers.map(({ s, y }) => s.buffer === start.s.buffer && y.buffer === start.y.buffer);
    expect(shared).toEqual([true, true, true, true, true, false]);
    expect(buffers[5].s.subarray(0, 3 * size)).toEqual(buffers[4].s.subarray(size));
    expect(buffers[4].s.subarray(0, 3 * size)).toEqual(buffers[3].s.subarray(size));
  });

  test("of one solve that are more than the memory leave the newest", () => {
    const seen = [1, 2, 3].map((k) => ({ p: randomVector(k), Bp: randomVector(k + 10), kappa: 1 }));
    const two = appendDirections(emptyMemory(2, size, "float64"), seen);
    expect(two.s).toEqual(Float64Array.of(...seen[1].p, ...seen[2].p));
    expect(two.y).toEqual(Float64Array.of(...seen[1].Bp, ...seen[2].Bp));
  });

  test("count where a product has zeros in it", () => {
    const p = new Float64Array(size).fill(1);
    const Bp = new Float64Array(size);
    Bp[3] = 1;
    expect(countPairs(appendDirections(emptyMemory(5, size, "float64"), [{ p, Bp, kappa: 1 }]))).toBe(1);
  });

  test("precondition into another vector, and leave the one given", () => {
    const apply = lbfgsPreconditioner(stalePairs(8), norms.euclidean(), size);
    const r = randomVector(5);
    const [given, out] = [r.slice(), randomVector(6)];
    expect(apply(r, out)).toBe(out);
    expect(out).toEqual(apply(r.slice()));
    expect(r).toEqual(given);
  });

  test("have the inverse of the upper triangle of ⟨s_i, y_j⟩, with ones for empty rows", () => {
    for (const memory of [6, 8]) {
      const pairs = stalePairs(memory);
      const row = (rows: Vector, i: number) => rows.subarray(i * size, (i + 1) * size);
      const empty = memory - 6;
      const R = Array.from({ length: memory }, (_, i) =>
        Array.from({ length: memory }, (_, j) => {
          if (i > j) return 0;
          return j < empty ? Number(i === j) : inner(row(pairs.s, i), row(pairs.y, j));
        }),
      );
      const inverse = inverseOf(pairs);
      for (let j = 0; j < memory; j++) {
        const column = Array.from({ length: memory }, (_, i) => inverse[i * memory + j]);
        const unit = Array.from({ length: memory }, (_, i) => Number(i === j));
        expect(denseProduct(R, column)).toBeAllclose(unit, { relative: 1e-8 }); // the condition of R
      }
    }
  });

  test("keep an inverse that they are given, through a checkpoint too, and lose it with the next pair", () => {
    const start = emptyMemory(3, size, "float64");
    const inverse = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0.5);
    const pairs = append(start, randomVector(1), randomVector(2), inverse);
    expect(inverseOf(pairs)).toBe(inverse);
    const state = structuredClone(memoryState(pairs));
    expect(memoryOf(state, 3, size, "float64").inverse).toEqual(inverse);
    const next = append(pairs, randomVector(3), randomVector(4));
    expect(next).not.toHaveProperty("inverse");
    expect(Object.keys(memoryState(next).vectors)).toEqual(["s", "y"]);
    expect(memoryOf(memoryState(next), 3, size, "float64").inverse).toBeUndefined();
  });

  test("that are none have a checkpoint without vectors, and no checkpoint is none", () => {
    expect(memoryState(emptyMemory(3, size, "float64"))).toEqual({ scalars: { count: 0 }, vectors: {} });
    expect(countPairs(memoryOf(undefined, 3, size, "float32"))).toBe(0);
  });

  test("are as many as asked for, as the parameters and as fit 2²¹ numbers; none if too few fit", () => {
    expect(fittingMemory(1000, 20)).toBe(20);
    expect(fittingMemory(10, 20)).toBe(10);
    expect(fittingMemory(2 ** 21 / 128, 1000)).toBe(128);
    expect(fittingMemory(2 ** 21 / 32, 20)).toBe(0);
    expect(fittingMemory(2 ** 22, 20)).toBe(0);
  });

  test("hold the products as they were, if a product takes the memory of the one before", async () => {
    const { rows, ...problem } = problemOf(1);
    const multiply = (v: Vector, out: Vector = new Float64Array(size)) => {
      out.set(problem.multiply(v));
      return out;
    };
    const empty = emptyMemory(20, size, "float64");
    const { preconditioner } = await steihaug({
      ...modelOf({ rows, ...problem }),
      multiply,
      ...toTheEnd,
      preconditioner: empty,
    });
    const pairs = preconditioner!;
    expect(countPairs(pairs)).toBeGreaterThan(5);
    for (let i = 20 - countPairs(pairs); i < 20; i++) {
      const [s, y] = [pairs.s, pairs.y].map((all) => all.subarray(i * size, (i + 1) * size));
      expect(y).toBeAllclose(denseProduct(rows, s));
    }
  });

  test("leave out a direction without curvature", async () => {
    const model = { gradient: randomVector(1), multiply: (v: Vector) => v.map(() => 0), norm: norms.euclidean() };
    const { preconditioner } = await steihaug({ ...model, radius: 1, preconditioner: emptyMemory(3, size, "float64") });
    expect(countPairs(preconditioner!)).toBe(0);
  });

  test("make the same steps in a norm whether its diagonal is known or not", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const problem = knownProblem(seed, { size, kind: "convex", decades: 2 });
      const direct = { ...modelOf(problem), radius: problem.radius, tolerance: 1e-3, preconditioner: stalePairs(8) };
      const { multiply, solve, norm } = direct.norm;
      const hidden = { ...direct, norm: { ...direct.norm, diagonal: undefined, multiply, solve, norm } };
      const [a, b] = [await steihaug(direct), await steihaug(hidden)];
      expect([b.outcome, b.products]).toEqual([a.outcome, a.products]);
      expect(b.step).toBeAllclose(a.step, { relative: 1e-9 }); // rounding of CG, multiplied by its condition
      expect(b.stepNorm).toBeAllclose(a.stepNorm, { relative: 1e-9 });
    }
  });

  test("of a step that kept nothing solve again at another radius, and count the products", async () => {
    const problem = problemOf(4);
    const options = { ...modelOf(problem), ...toTheEnd, tolerance: 0.01, preconditioner: stalePairs(8) };
    const step = await steihaug({ ...options, radius: 10 * problem.radius });
    expect(step.products).toBeGreaterThan(1);
    const radius = 5 * problem.radius;
    const again = (await step.atRadius!(radius))!;
    expect(again.products).toBeGreaterThan(1);
    expect(again.stepNorm).toBeLessThanOrEqual(radius * (1 + 1e-12));
    const { modelDecrease: least } = await cauchy({ ...modelOf(problem), radius });
    expect(again.modelDecrease).toBeGreaterThanOrEqual(0.5 * least);
  });

  test("of another length are refused", async () => {
    const preconditioner = emptyMemory(3, size + 1, "float64");
    await expect(steihaug({ ...modelOf(problemOf(0)), radius: 1, preconditioner })).rejects.toThrow(ShapeError);
    await expect(steihaug({ ...modelOf(problemOf(0)), radius: 1, preconditioner })).rejects.toThrow(
      "steihaug: preconditioner must hold pairs of length 12, got 13.",
    );
    expect(() => emptyMemory(0, size, "float64")).toThrow("emptyMemory: memory must be an integer >= 1, got 0.");
  });
});
