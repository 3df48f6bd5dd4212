import { describe, expect, test } from "vitest";
import { derivative } from "../../src/equations/derivative.ts";
import { equation } from "../../src/equations/equation.ts";
import { coordinates } from "../../src/equations/field.ts";
import { network, periodic, unknown } from "../../src/equations/network.ts";
import { points } from "../../src/equations/points.ts";
import { solve } from "../../src/equations/solve.ts";
import { gaussNewton } from "../../src/optimizer/gauss-newton/gauss-newton.ts";

const [t, level] = coordinates("t", "level");
const method = gaussNewton();

describe("solve()", () => {
  const u = network([t], [8]);
  const decay = { residual: equation("u_t = -2*u", { u, t }), on: points.sobol({ t: [0, 1] }, 32) };
  const initial = { residual: u.sub(1), on: points.at({ t: [0] }) };
  const compare = { field: u, exact: t.mul(-2).exp(), on: points.grid({ t: [0, 1] }, 21), every: 4 };

  test("solves u′ = −2u, u(0) = 1, and says how far it is from e^(−2t)", async () => {
    const { error, history, evaluate, value } = await solve([decay, initial], { method, maxIterations: 25, compare });
    expect(error).toBeLessThan(1e-4);
    expect(value).toBeLessThan(1e-8);
    expect(history[3].error).toBeGreaterThan(error!);
    expect(history[4].error).toBeUndefined();
    const [half] = await evaluate(u, { t: [0.5] });
    expect(Math.abs(half - Math.exp(-1))).toBeLessThan(1e-4);
  });

  test("redraws points where residuals are large, and continues a solution", async () => {
    const exact = ({ t }: Readonly<Record<string, number>>) => Math.exp(-2 * t);
    const redraw = { every: 5, adaptive: true };
    const first = await solve([decay, initial], { method, maxIterations: 5 });
    const options = { method, redraw, start: first, maxIterations: 20, compare: { ...compare, exact } };
    const second = await solve([decay, initial], options);
    expect(second.history[0].loss).toBeCloseTo(first.value, 12);
    expect(second.history[5].loss).not.toBe(second.history[4].loss);
    expect(second.error).toBeLessThan(1e-4);
  });

  test("exchanges points drawn by residual for others drawn so when these show a larger loss", async () => {
    const few = { ...decay, on: points.uniform({ t: [0, 1] }, 8) };
    const options = { method, maxIterations: 25, compare };
    const { error, history } = await solve([few, initial], { ...options, redraw: { adaptive: true } });
    const left = history.map(({ loss, ratio = 0, modelDecrease = 0 }) => loss - ratio * modelDecrease);
    const jumps = history.slice(1).filter(({ loss }, k) => loss > 1.5 * left[k]);
    expect(jumps.length).toBeGreaterThan(2);
    expect(error).toBeLessThan(1e-4);
  });

  test("begins with a part of the points, and has more where those say too little", async () => {
    const many = { ...decay, on: points.sobol({ t: [0, 1] }, 40) };
    const few = { ...decay, on: points.sobol({ t: [0, 1] }, 4) };
    const options = { method, maxIterations: 25, compare };
    const growing = await solve([many, initial], { ...options, redraw: { from: 0.1 } });
    const fixed = await solve([few, initial], options);
    expect(growing.error).toBeLessThan(1e-4);
    expect(fixed.error).toBeGreaterThan(10 * growing.error!);
  });

  test("takes the same steps with a Jacobian in parts of the points as with a whole one", async () => {
    const run = (maxBytes: number) =>
      solve([decay, initial], { method: gaussNewton({ maxBytes, corrections: 0 }), maxIterations: 3 });
    // 33 rows of 25 parameters in parts of 11, the one initial point in each of them.
    const [whole, inParts] = [await run(2 ** 20), await run(11 * 25 * 8)];
    expect(inParts.value).toBeCloseTo(whole.value, 12);
    inParts.x.forEach((x, j) => {
      expect(x).toBeCloseTo(whole.x[j], 8);
    });
  });

  test("finds a coefficient from measurements", async () => {
    const rate = unknown(0.5);
    const times = Array.from({ length: 9 }, (_, i) => i / 8);
    const measured = points.at({ t: times, level: times.map((at) => Math.exp(-2 * at)) });
    const equations = [
      { residual: derivative(u, t).add(rate.mul(u)), on: points.grid({ t: [0, 1] }, 20) },
      { residual: u.sub(level), on: measured, weight: 10 },
    ];
    const solution = await solve(equations, { method, maxIterations: 30 });
    expect(Math.abs(solution.valueOf(rate) - 2)).toBeLessThan(1e-3);
  });

  test("the same seed gives the same bits, another one another start", async () => {
    const run = (seed: number) => solve([decay, initial], { method, maxIterations: 2, seed });
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(a.x).toEqual(b.x);
    expect(a.history[0].loss).not.toBe(c.history[0].loss);
  });

  test("refuses terms that cannot be evaluated", async () => {
    const [x] = coordinates("x");
    await expect(solve([])).rejects.toThrow("solve: need one or more terms, got none.");
    await expect(solve(initial as never)).rejects.toThrow("solve: terms must be a list, such as [{ residual, on }].");
    await expect(solve([{ residual: u, on: [0, 1] as never }])).rejects.toThrow(
      "solve: term 1 must have points, such as points.sobol({ t: [0, 1] }, 100), got [0,1].",
    );
    await expect(solve([{ residual: u, on: points.at({ t: [0] }), weigth: 3 } as never])).rejects.toThrow(
      "solve: term 1: no option is named weigth, did you mean weight?",
    );
    await expect(solve([{ residual: t, on: points.at({ t: [0] }) }])).rejects.toThrow("a residual must have a network");
    await expect(solve([{ residual: u.add(x), on: points.at({ t: [0] }) }])).rejects.toThrow(
      "solve: the points of term 1 must have the coordinates x, got t.",
    );
    await expect(solve([{ ...initial, weight: -1 }])).rejects.toThrow("solve: weight of term 1 must be > 0, got -1.");
    await expect(solve([initial], { redraw: { every: 0 } })).rejects.toThrow(
      "solve: redraw.every must be an integer >= 1",
    );
    await expect(solve([initial], { redraw: { from: 0 } })).rejects.toThrow("solve: redraw.from must be in (0, 1]");
    const other = network([t], [2]);
    const { evaluate } = await solve([initial], { method, maxIterations: 1 });
    await expect(evaluate(other, { t: [0] })).rejects.toThrow("made of unknowns of this solution");
    expect(() => evaluate(u, { t: 0.5 as never })).toThrow("t must be a list of numbers, such as [0.5], got 0.5.");
  });
});

describe("network(), unknown() and periodic()", () => {
  test("refuse sizes, numbers and periods outside their domains", () => {
    expect(() => network([], [3])).toThrow("network: need one or more inputs, got none.");
    expect(() => network([t], 20 as never)).toThrow(
      "network: hidden must be a list of sizes, such as [20, 20], got 20.",
    );
    expect(() => network(t as never, [20])).toThrow("network: inputs must be a list of fields, such as [x, t].");
    expect(() => network([t], [0])).toThrow("network: a hidden layer must be an integer >= 1, got 0.");
    expect(() => unknown(Number.NaN)).toThrow("unknown: start must be finite, got NaN.");
    expect(() => periodic(t, 0)).toThrow("periodic: period must be > 0, got 0.");
  });
});
