import { describe, expect, test } from "vitest";
import { clipped } from "../../src/norm/diagonal.ts";
import type { Norm } from "../../src/norm/norm.ts";
import { norms } from "../../src/norm/norms.ts";
import { flatLayout } from "../../src/vector/layout.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { length } from "../helpers/dense.ts";
import { initialFloor } from "../helpers/initial-floor.ts";
import { lemmaBounds } from "../helpers/lemma-bounds.ts";

const size = 6;
const epsilon = 1e-4;

/** Gradients of length at most M that fade to nothing in half of the entries, which is where floors are needed. */
function gradient(t: number, bound: number) {
  const g = normalVector(makeRandom(2, t), size).map((x, i) => (i < 3 ? x : x * 0.9 ** t));
  const scale = bound / Math.max(bound, length(g));
  return g.map((x) => x * scale);
}

function run(norm: Norm, bound: number, steps = 120) {
  const bound_ = norm.fresh(flatLayout(size));
  const seen = [];
  let largest = 0;
  for (let t = 0; t < steps; t++) {
    const g = gradient(t, bound);
    largest = Math.max(largest, ...g.map(Math.abs));
    bound_.update(g);
    seen.push(bound_.bounds());
  }
  return { seen, largest };
}

describe("Lemma 1: moving averages with ε give uniformly equivalent norms", () => {
  for (const bound of [0.5, 20]) {
    for (const exponent of [0.5, 1]) {
      for (const epsilonPlacement of ["inside", "outside"] as const) {
        const options = { epsilon, exponent, epsilonPlacement };
        test(`‖g‖ ≤ ${bound}, p = ${exponent}, ε ${epsilonPlacement}: eigenvalues and μ stay within their bounds`, () => {
          const check = ({ seen }: ReturnType<typeof run>, gradientBound: number) => {
            const limit = lemmaBounds({ ...options, gradientBound });
            for (const { min, max, mu } of seen) {
              expect(min).toBeGreaterThanOrEqual(limit.min * (1 - 1e-12));
              expect(max).toBeLessThanOrEqual(limit.max * (1 + 1e-12));
              expect(mu).toBeLessThanOrEqual(limit.mu * (1 + 1e-12));
            }
          };
          for (const biasCorrection of [false, true]) {
            const diagonal = run(norms.rmsprop({ ...options, biasCorrection }), bound);
            check(diagonal, diagonal.largest); // diag(V): the bound of single entries
            check(run(norms.fullMatrix({ ...options, biasCorrection }), bound), bound);
            check(run(norms.adam({ ...options, biasCorrection }), bound), bound);
          }
        });
      }
    }
  }

  test("the table of the constants", () => {
    const mu = (options: object) => lemmaBounds({ epsilon: 1e-4, gradientBound: 3, ...options }).mu;
    expect(mu({ exponent: 1 })).toBeCloseTo(Math.max(1e2, Math.sqrt(9 + 1e-4)), 10);
    expect(mu({})).toBeCloseTo(10, 10); // ε^{-1/4}
    expect(mu({ epsilonPlacement: "outside" })).toBeCloseTo(100, 10); // ε^{-1/2}
    expect(mu({ gradientBound: 1e6 })).toBeCloseTo((1e-4 + 1e12) ** 0.25, 6);
    expect(mu({ epsilon: 1, gradientBound: 0 })).toBe(1);
  });

  test("ε only at the start decays like β^t and takes the lemma with it", () => {
    const limit = lemmaBounds({ epsilon, gradientBound: 20 });
    const { seen } = run(initialFloor(epsilon), 20, 200);
    expect(seen[0].min).toBeGreaterThan(0.8 * limit.min);
    expect(seen[199].min).toBeLessThan(1e-3 * limit.min);
    expect(seen[199].mu).toBeGreaterThan(10 * limit.mu);
    expect(seen[199].mu).toBeGreaterThan(seen[100].mu);
  });

  test("Adagrad's μ grows without bound unless it is clipped", () => {
    const steady = (norm: Norm, steps: number) => {
      const bound = norm.fresh(flatLayout(1));
      for (let t = 0; t < steps; t++) bound.update(Float64Array.of(1));
      return bound.bounds().mu;
    };
    // A = √t: μ = t^{1/4}
    for (const steps of [16, 256, 4096]) expect(steady(norms.adagrad(), steps)).toBeCloseTo(steps ** 0.25, 6);
    expect(steady(clipped(norms.adagrad(), { min: 1e-2, max: 1e2 }), 1e5)).toBe(10);
    expect(steady(norms.fullMatrix({ accumulate: "adagrad", clip: { min: 1e-2, max: 4 } }), 1000)).toBe(2);
  });
});
