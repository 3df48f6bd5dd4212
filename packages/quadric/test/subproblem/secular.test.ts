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

  test("a matrix of one eigenvalue is one cluster: hard without a gradient, easy with one", () => {
    const hard = solve([-1, -1], [0, 0], 2);
    expect(hard).toMatchObject({ outcome: "hard-case", multiplier: 1, length: 2, decrease: 2 });
    const easy = solve([-1, -1], [3, 4], 1);
    expect(easy.outcome).toBe("boundary");
    expect(easy.multiplier).toBeAllclose(6);
    expect(easy.coordinates).toBeAllclose([-0.6, -0.8]);
  });

  test("without curvature goes down the gradient to the boundary, and stays if there is none", () => {
    const { coordinates, multiplier, outcome, decrease } = solve([0, 0], [3, 4], 2);
    expect(outcome).toBe("boundary");
    expect(coordinates).toBeAllclose([-1.2, -1.6]);
    expect([multiplier, decrease]).toBeAllclose([2.5, 10]);
    for (const theta of [[0], [0, 0]]) {
      const still = solve(theta, theta.map(() => 0), 2); // biome-ignore format: one call
      expect(still).toMatchObject({ outcome: "interior", multiplier: 0, length: 0, decrease: 0 });
    }
  });

  test("an eigenvalue that is rounding of zero from below makes no multiplier", () => {
    expect(solve([-1e-16, 1], [0, 1], 5)).toMatchObject({ outcome: "interior", multiplier: 0, length: 1 });
  });

  test("the cubic term alone gives ‖x‖² = ‖c‖/σ", () => {
    const { length, multiplier, decrease } = solveSecular(new Float64Array(2), Float64Array.of(3, 4), { sigma: 20 });
    expect(length).toBeAllclose(0.5);
    expect(multiplier).toBeAllclose(10);
    expect(decrease).toBeAllclose(0.5 * 5 - (20 / 3) * 0.5 ** 3);
  });
});
