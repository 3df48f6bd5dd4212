/** One process with many pieces; ranks are in mpi.test.ts. */
import { describe, expect, test } from "vitest";
import { oneProcess } from "../../src/distributed/one-process.ts";
import { shardedSteihaug } from "../../src/distributed/sharded-steihaug.ts";
import { norms } from "../../src/index.ts";
import type { SubproblemOptions } from "../../src/subproblem/solver.ts";
import { solveSteihaug } from "../../src/subproblem/steihaug/solve.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";

// Not a multiple of the pieces.
const d = 203;
const random = makeRandom(11);
const gradient = normalVector(random, d);
const diagonal = Float64Array.from({ length: d }, () => 10 ** (random.uniform() - 0.5));

/** diag(h) + uuᵀ. */
function curvature(h: (i: number) => number) {
  const u = Float64Array.from(normalVector(random, d), (x) => x / Math.sqrt(d));
  return (v: Vector): Float64Array => {
    const along = u.reduce((sum, x, i) => sum + x * v[i], 0);
    return u.map((x, i) => h(i) * v[i] + along * x);
  };
}

const solve = (multiply: (v: Vector) => Float64Array, options: SubproblemOptions) =>
  solveSteihaug(
    {
      gradient,
      model: () => ({ gradient, multiply, norm: norms.diagonal(diagonal) }),
      run: (settings, rule) =>
        shardedSteihaug(
          { gradient, diagonal, multiply: async (p) => multiply(p) },
          settings,
          rule,
          oneProcess({ shards: 8 }),
          { p: new Float64Array(d), step: new Float64Array(d) },
        ),
    },
    options,
  );

/** What the battery must meet for each spectrum. */
const spectra: Record<string, { h: (i: number) => number; exits: string[] }> = {
  definite: { h: (i) => 1 + (i % 7), exits: ["boundary", "interior", "max-products"] },
  indefinite: { h: (i) => (i % 13 === 0 ? -2 : 1 + (i % 5)), exits: ["boundary", "negative-curvature"] },
  "not finite": { h: (i) => (i === 3 ? Infinity : 1), exits: ["nonfinite"] },
};

describe("shardedSteihaug()", () => {
  test.each(Object.keys(spectra))("agrees with the plain solver at every radius and rule: %s", async (name) => {
    const { h, exits } = spectra[name];
    const multiply = curvature(h);
    const seen = new Set<string>();
    for (const radius of [0.1, 3, 10, 1e3]) {
      for (const stoppingRule of ["decrease", "residual"] as const) {
        for (const maxProducts of [2, 25]) {
          const options = { radius, stoppingRule, maxProducts, tolerance: 0.01 };
          const own = await solve(multiply, options);
          const plain = await steihaug({ gradient, multiply, norm: norms.diagonal(diagonal), ...options });
          seen.add(own.outcome);
          expect([own.outcome, own.products, own.multiplier]).toEqual([
            plain.outcome,
            plain.products,
            plain.multiplier,
          ]);
          // Sums in another order, over up to 25 products.
          expect(own.step).toBeAllclose(plain.step, { relative: 1e-9, absolute: 1e-11 });
          expect(own.modelDecrease).toBeCloseTo(plain.modelDecrease, 9);
          expect(own.stepNorm).toBeCloseTo(plain.stepNorm, 9);
        }
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(exits));
  });

  test("cuts its last segment at a smaller radius without a product", async () => {
    const multiply = curvature(spectra.definite.h);
    const options = { radius: 5, tolerance: 1e-6, maxProducts: 25 };
    const whole = await solve(multiply, options);
    expect(whole.outcome).toBe("boundary");
    const cut = (await whole.atRadius!(4.99))!;
    const plain = await steihaug({ gradient, multiply, norm: norms.diagonal(diagonal), ...options, radius: 4.99 });
    expect(cut.products).toBe(0);
    expect(cut.outcome).toBe("boundary");
    expect(cut.step).toBeAllclose(plain.step, { relative: 1e-9, absolute: 1e-11 }); // as above
    expect(await whole.atRadius!(1e-3)).toBeUndefined();
  });
});
