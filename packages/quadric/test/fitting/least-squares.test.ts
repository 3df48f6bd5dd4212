import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jaxModel } from "../../src/fitting/jax-model.ts";
import { leastSquares } from "../../src/fitting/least-squares.ts";

const rosenbrock = ([x, y]: readonly number[]) => [10 * (y - x * x), 1 - x];

describe("leastSquares()", () => {
  test("finds the minimum of Rosenbrock's function, by differences and by a Jacobian in either form", async () => {
    const rows = ([x]: readonly number[]) => [
      [-20 * x, 10],
      [-1, 0],
    ];
    for (const jacobian of [undefined, rows, (p: readonly number[]) => rows(p).flat()]) {
      const { status, parameters, cost, residuals } = await leastSquares(rosenbrock, [-1.2, 1], { jacobian });
      expect(status).toBe("converged");
      expect(parameters[0]).toBeCloseTo(1, 9);
      expect(parameters[1]).toBeCloseTo(1, 9);
      expect(cost).toBeLessThan(1e-18);
      expect(residuals.length).toBe(2);
    }
  });

  // Two as scipy's own tests have them; in the last 400x³ − 78x = 2.
  test.each<{ start: number[]; bounds: Record<number, readonly [number, number]>; answer: number[] }>([
    { start: [-2, 1], bounds: { 1: [-1.5, Infinity] }, answer: [1, 1] },
    { start: [2, 2], bounds: { 1: [1.5, Infinity] }, answer: [1.22437075, 1.5] },
    { start: [-2, 1], bounds: { 0: [-Infinity, 0.5] }, answer: [0.5, 0.25] },
    {
      start: [0.5, 0.2],
      bounds: { 0: [-Infinity, 0.5], 1: [-Infinity, 0.2] },
      answer: [0.45388973, 0.2],
    },
  ])("with bounds ends at $answer from $start", async ({ start, bounds, answer }) => {
    const { status, parameters } = await leastSquares(rosenbrock, start, { bounds });
    expect(status).toBe("converged");
    answer.forEach((value, j) => {
      expect(parameters[j]).toBeCloseTo(value, 6);
    });
  });

  test("takes residuals in jax-js, with exact derivatives", async () => {
    const residuals = jaxModel((_, { x, y }) => np.stack([y.sub(np.square(x.ref)).mul(10), np.subtract(1, x)]));
    const { status, parameters, rank } = await leastSquares(residuals, { x: -1.2, y: 1 });
    expect(status).toBe("converged");
    expect(parameters).toEqual({ x: expect.closeTo(1, 10), y: expect.closeTo(1, 10) });
    expect(rank).toBe(2);
  });

  test("fixes and ties parameters, with errors by propagation", async () => {
    const t = [0, 1, 2, 3, 4];
    const y = [1.1, 2.9, 5.2, 6.8, 9.1];
    const line = ({ a, b }: { a: number; b: number }) => t.map((value, i) => a + b * value - y[i]);
    const fixed = await leastSquares(line, { a: 1, b: 1 }, { fixed: ["a"] });
    expect(fixed.parameters.a).toBe(1);
    expect(fixed.parameters.b).toBeCloseTo(t.reduce((sum, value, i) => sum + value * (y[i] - 1), 0) / 30, 9);
    expect(fixed.standardErrors.a).toBe(0);
    const tied = await leastSquares(line, { a: 0, b: 1 }, { tied: { a: ({ b }) => b / 2 } });
    expect(tied.parameters.a).toBeCloseTo(tied.parameters.b / 2, 12);
    expect(tied.standardErrors.a).toBeCloseTo(tied.standardErrors.b / 2, 9);
    expect(tied.correlation[0][1]).toBeCloseTo(1, 9);
    // y = b(t + ½) through the origin
    const u = t.map((value) => value + 0.5);
    expect(tied.parameters.b).toBeCloseTo(
      u.reduce((sum, value, i) => sum + value * y[i], 0) / u.reduce((sum, value) => sum + value * value, 0),
      9,
    );
  });

  test("the same problem in other units takes the same steps to the same point", async () => {
    const t = Array.from({ length: 15 }, (_, i) => i / 4);
    const y = t.map((value, i) => 2 * Math.exp(-0.7 * value) + 0.05 * Math.sin(9 * i));
    const fit = (unit: number, rate: number) =>
      leastSquares(({ a, b }) => t.map((value, i) => unit * ((a / unit) * Math.exp((-b / rate) * value) - y[i])), {
        a: unit,
        b: 0.1 * rate,
      });
    const plain = await fit(1, 1);
    for (const [unit, rate] of [
      [2 ** 40, 1],
      [2 ** -40, 2 ** 30],
      [1, 2 ** -50],
    ]) {
      const scaled = await fit(unit, rate);
      expect(scaled.status).toBe("converged");
      expect(scaled.iterations).toBe(plain.iterations);
      expect(scaled.parameters.a / unit).toBeCloseTo(plain.parameters.a, 12);
      expect(scaled.parameters.b / rate).toBeCloseTo(plain.parameters.b, 12);
      expect(scaled.standardErrors.b / rate).toBeCloseTo(plain.standardErrors.b, 12);
    }
  });

  test.each([
    [() => leastSquares(() => 1 as never, [1]), "leastSquares: residuals must return a list of numbers, got number."],
    [() => leastSquares(rosenbrock, [1, Number.NaN]), "leastSquares: start.1 must be finite, got NaN."],
    [() => leastSquares(rosenbrock, []), "leastSquares: start must have a parameter, got none."],
    [
      () => leastSquares(rosenbrock, [1, 1], { bounds: { 0: [2, 3] } }),
      "leastSquares: start.0 must be within its bounds [2, 3], got 1.",
    ],
    [
      () => leastSquares(rosenbrock, [1, 1], { loss: "l1" as never }),
      "leastSquares: loss must be one of linear, soft-l1, huber, cauchy, arctan, got l1.",
    ],
    [
      () => leastSquares(rosenbrock, [1, 1], { weights: [1, 0] }),
      "leastSquares: weights must be > 0, got 0 at 1. Leave points without weight out.",
    ],
    [
      () => leastSquares(rosenbrock, [1, 1], { fixed: [7] }),
      "leastSquares: fixed must name parameters among 0, 1, got 7.",
    ],
    [
      () => leastSquares(rosenbrock, [1, 1], { fixed: { 0: 1 } as never }),
      "leastSquares: fixed must be a list of names, whose values are in start, got object.",
    ],
    [() => leastSquares(rosenbrock, [1, 1], { ftol: 1 } as never), "leastSquares: "],
  ] as [() => Promise<unknown>, string][])("says what is wrong: %#", async (call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
