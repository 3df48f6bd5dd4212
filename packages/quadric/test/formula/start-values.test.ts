import { describe, expect, test } from "vitest";
import { formula } from "../../src/formula/formula.ts";
import { startValues } from "../../src/formula/start-values.ts";
import { shapes, sumOfSquares } from "./cases/shapes.ts";

describe("start values", () => {
  // A fit starts from here; what share of the data a start explains decides little.
  test.each(shapes)("of $name explain most of the data", ({ text, x, y }) => {
    const model = formula(text);
    const [best] = startValues(model, [x], y);
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(sumOfSquares(model, best, x, y) / total).toBeLessThan(0.4);
  });

  test("of a formula that is linear in its parameters are the solution", () => {
    const x = Float64Array.from({ length: 30 }, (_, i) => 1000 + i);
    const y = x.map((x) => 3 - 2 * x + 0.1 * (x - 1010) ** 2);
    const [p] = startValues(formula("a + b*x + c*(x - 1010)^2"), [x], y);
    [3, -2, 0.1].forEach((value, j) => {
      expect(p[j]).toBeCloseTo(value, 6); // x between 1000 and 1029: the constant has six digits fewer
    });
  });

  test("do not depend on the units of the data", () => {
    const { text, x, y } = shapes.find(({ name }) => name === "a logistic")!;
    const [plain] = startValues(formula(text), [x], y);
    const [scaled] = startValues(
      formula(text),
      [x.map((x) => 1e9 * x)],
      y.map((y) => 1e-6 * y),
    );
    [1e-6, 1e-9, 1e9].forEach((unit, j) => {
      expect(scaled[j] / unit / plain[j]).toBeCloseTo(1, 2);
    });
  });

  test("keep what is fixed, stay within bounds, and heed weights", () => {
    const { text, x, y } = shapes.find(({ name }) => name === "a decay")!;
    const model = formula(text);
    for (const p of startValues(model, [x], y, { given: { c: 0.5 }, bounds: { b: [0.02, 0.05], a: [0, 4] } })) {
      const [a, b, c] = p;
      expect(c).toBe(0.5);
      expect(b >= 0.02 && b <= 0.05 && a >= 0 && a <= 4).toBe(true);
    }
    // The first half of the data is of another curve and counts for nothing.
    const spoiled = y.map((value, i) => (i < 30 ? -100 : value));
    const sigma = y.map((_, i) => (i < 30 ? 1e9 : 1));
    const [p] = startValues(model, [x], spoiled, { sigma });
    expect(sumOfSquares(model, p, x.slice(30), y.slice(30))).toBeLessThan(1);
  });

  test("are finite even where no trial is", () => {
    const y = Float64Array.of(1, 2, 3);
    expect(startValues(formula("log(-a^2 - x^2)"), [y], y)).toEqual([Float64Array.of(1)]);
  });

  test("from many points use some of them, and the same ones each time", () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => i / 1e4);
    const y = x.map((x) => 3 * Math.exp(-x));
    const model = formula("a*exp(-b*x)");
    expect(startValues(model, [x], y)).toEqual(startValues(model, [x], y));
  });
});
