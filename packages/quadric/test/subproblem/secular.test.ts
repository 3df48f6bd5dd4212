import { describe, expect, test } from "vitest";
import { solveSecular } from "../../src/subproblem/secular.ts";
import "../helpers/matchers.ts";

const solve = (theta: number[], c: number[], radius: number) =>
  solveSecular(Float64Array.from(theta), Float64Array.from(c), { radius });

/** The multiplier by bisection of ‖x(λ)‖ − Δ, or of ‖x(λ)‖ − λ/σ. */
function bisected(theta: number[], c: number[], target: (lambda: number) => number): number {
  const short = (lambda: number) => Math.hypot(...c.map((ci, i) => ci / (theta[i] + lambda))) < target(lambda);
  let [low, high] = [Math.max(0, -theta[0]), 1e12];
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    [low, high] = short(middle) ? [low, middle] : [middle, high];
  }
  return high;
}

describe("solveSecular()", () => {
  const problems: readonly [number[], number[]][] = [
    [[1, 2, 3], [1, 1, 1]],
    [[-2, 0, 5], [1e-3, 4, 1]],
    [[-1, -1, 2], [3, 0, 1]],
    [[0, 0, 1], [1, 2, 3]],
    [[1e-8, 1, 1e8], [1, 1, 1]],
    [[-3], [2]],
  ]; // biome-ignore format: problems

  test.each(problems)("finds λ of %j where bisection does", (theta, c) => {
    for (const radius of [1e-6, 1e-3, 0.1, 1, 10, 1e3]) {
      const { multiplier, length, outcome } = solve(theta, c, radius);
      if (outcome === "interior") expect(length).toBeLessThanOrEqual(radius);
      else
        expect(multiplier).toBeAllclose(
          bisected(theta, c, () => radius),
          { relative: 1e-9 },
        ); // 200 halvings of 1e12
      const sigma = 1 / radius;
      const cubic = solveSecular(Float64Array.from(theta), Float64Array.from(c), { sigma });
      expect(cubic.multiplier).toBeAllclose(
        bisected(theta, c, (lambda) => lambda / sigma),
        { relative: 1e-9 },
      );
      expect(cubic.multiplier).toBeAllclose(sigma * cubic.length, { relative: 1e-10 });
    }
  });

  test("fills the hard case along the leftmost eigenvector, against what little gradient there is", () => {
    for (const tiny of [1e-15, -1e-15, 0]) {
      const { coordinates, multiplier, outcome } = solve([-1, 1], [tiny, 1], 1);
      expect(outcome).toBe("hard-case");
      expect(multiplier).toBe(1);
      expect(coordinates[0]).toBeAllclose((tiny > 0 ? -1 : 1) * Math.sqrt(0.75));
      expect(coordinates[1]).toBeAllclose(-0.5);
    }
  });

  test("a step that reaches the boundary by itself is the whole of the hard case", () => {
    const { coordinates, outcome } = solve([-1, 1], [0, 2], 1);
    expect([...coordinates].map(Math.abs)).toEqual([0, 1]);
    expect(outcome).toBe("hard-case");
  });

  test("an eigenvalue of zero without gradient is no reason to move along it", () => {
    expect(solve([0, 1], [0, 1], 5)).toMatchObject({ outcome: "interior", multiplier: 0, length: 1 });
    expect(solve([1e-16, 1], [0, 1], 5).coordinates[0]).toBeAllclose(0);
  });
});
