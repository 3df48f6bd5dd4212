/** Alone, without the eigenvalues that stand in for it in `exact`. */
import { describe, expect, test } from "vitest";
import { moreSorensen } from "./more-sorensen.ts";
import "./matchers.ts";
import { denseProduct, length } from "./dense.ts";
import { type KnownProblem, knownProblem, problemKinds } from "./random-problems.ts";

const solve = ({ rows, gradient, radius }: KnownProblem, factor: number) =>
  moreSorensen(Float64Array.from(rows.flat()), gradient, factor * radius, 1e-10);

describe("moreSorensen()", () => {
  test.each(problemKinds)("what it returns for %s problems is the solution", (kind) => {
    for (let seed = 0; seed < 40; seed++) {
      const problem = knownProblem(seed, { size: 1 + (seed % 12), kind });
      const { rows, gradient, leftmost, spectralNorm, decrease } = problem;
      for (const factor of [1e-3, 1, 1e3]) {
        const solution = solve(problem, factor);
        if (solution === undefined) continue;
        const { step, multiplier, outcome } = solution;
        const radius = factor * problem.radius;
        expect(multiplier).toBeGreaterThanOrEqual(Math.max(0, -leftmost - 1e-8 * spectralNorm));
        expect(length(step)).toBeLessThanOrEqual(radius * (1 + 1e-10));
        // The accuracy asked for, of the length and of the decrease, and room for rounding.
        if (factor === 1) expect(solution.decrease).toBeAllclose(decrease, { relative: 1e-9 });
        if (outcome === "interior") expect(multiplier).toBe(0);
        else expect(length(step)).toBeAllclose(radius, { relative: 1e-9 });
        if (outcome === "hard-case") continue;
        const residual = denseProduct(rows, step).map((x, i) => x + multiplier * step[i] + gradient[i]);
        const terms = length(gradient) + (spectralNorm + multiplier) * length(step);
        expect(length(residual)).toBeLessThanOrEqual(1e-9 * terms); // one Cholesky solve
      }
    }
  });

  test("gives up on no easy problem, and on the others only where rounding hides how far λ is from −λ_min", () => {
    const given = { up: 0, asked: 0 };
    for (const kind of problemKinds) {
      for (let seed = 0; seed < 40; seed++) {
        const problem = knownProblem(seed, { size: 1 + (seed % 12), kind });
        const { multiplier, leftmost, spectralNorm } = problem;
        for (const factor of [1e-3, 1, 1e3]) {
          given.asked++;
          if (solve(problem, factor) !== undefined) continue;
          given.up++;
          // μ = λ + λ_min falls at least as fast as the radius grows; λ is rounded to ε‖M‖, so κμ of it must be more.
          const distance = (multiplier + leftmost) / Math.max(1, factor);
          expect(1e-10 * distance).toBeLessThanOrEqual(Number.EPSILON * spectralNorm);
        }
      }
    }
    expect(given.up).toBeLessThan(given.asked / 10);
    expect(given.up).toBeGreaterThan(0);
  });
});
