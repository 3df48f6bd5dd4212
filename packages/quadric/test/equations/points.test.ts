import { describe, expect, test } from "vitest";
import { points } from "../../src/equations/points.ts";

const domain = { x: [-1, 1], t: [0, 2], k: 3 } as const;

describe("points", () => {
  test.each(["uniform", "latinHypercube", "sobol"] as const)("%s: lie in the domain, the same for a seed", (kind) => {
    const set = points[kind](domain, 64);
    const [x, t, k] = set.draw(1);
    expect(set.coordinates).toEqual(["x", "t", "k"]);
    expect([...x].every((v) => v >= -1 && v < 1) && [...t].every((v) => v >= 0 && v < 2)).toBe(true);
    expect(new Set(k)).toEqual(new Set([3]));
    expect(set.draw(1)).toEqual([x, t, k]);
    expect(set.draw(1, 1)[0]).not.toEqual(x);
    expect(set.draw(1, 0, 7)[0]).toHaveLength(7);
  });

  test("a Latin hypercube has one point in each row and column", () => {
    for (const column of points.latinHypercube({ x: [0, 1], y: [0, 1] }, 50).draw(3)) {
      expect([...column].map((v) => Math.floor(50 * v)).sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    }
  });

  test("Sobol's 64 points have one in every box of volume 1/64 of two dimensions, whatever the shift", () => {
    const [x, y] = points.sobol({ x: [0, 1], y: [0, 1] }, 64).draw(5);
    for (const columns of [1, 2, 4, 8, 16, 32, 64]) {
      const boxes = new Set([...x].map((v, i) => `${Math.floor(v * columns)} ${Math.floor((y[i] * 64) / columns)}`));
      expect(boxes.size).toBe(64);
    }
  });

  test("a grid has its ends, and the last coordinate runs first", () => {
    const [x, t] = points.grid({ x: [0, 1], t: [0, 2] }, { x: 2, t: 3 }).draw(0);
    expect([...x]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...t]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("the boundary's points are on the faces asked for, as many on each", () => {
    const [x] = points.boundary({ x: [-1, 1], t: [0, 1] }, 10, { of: ["x"] }).draw(0);
    expect([...x]).toEqual([-1, 1, -1, 1, -1, 1, -1, 1, -1, 1]);
    const all = points.boundary({ x: [0, 1], y: [0, 1] }, 40).draw(0);
    expect([...all[0]].every((v, i) => [v, all[1][i]].some((c) => c === 0 || c === 1))).toBe(true);
  });

  test("refuse what is no domain, and columns of different lengths", () => {
    expect(() => points.uniform({ x: [1, 0] }, 3)).toThrow(
      "points.uniform: x must be [low, high] with low < high or a number, got [1,0].",
    );
    expect(() => points.grid({ x: [0, 1] }, 1)).toThrow(
      "points.grid: the count along x must be an integer >= 2, got 1.",
    );
    expect(() => points.grid({ x: [0, 1] }, undefined as never)).toThrow(
      "points.grid: the count along x must be an integer >= 2, got undefined.",
    );
    expect(() => points.at({ x: [0, 1], y: [0] })).toThrow("points.at: y must have shape [2], got [1].");
    expect(() => points.boundary({ x: [0, 1] }, 3, { on: ["x"] } as never)).toThrow(
      "no option is named on, did you mean of?",
    );
    expect(() => points.boundary({ x: 1 }, 3)).toThrow("points.boundary: the domain must have an interval, got none.");
  });
});
