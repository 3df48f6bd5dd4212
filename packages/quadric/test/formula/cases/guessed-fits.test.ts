import { describe, expect, test } from "vitest";
import { curveFit } from "../../../src/fitting/curve-fit.ts";
import { formula } from "../../../src/formula/formula.ts";
import { shapes, sumOfSquares } from "./shapes.ts";

describe("a fit without start values", () => {
  test.each(shapes)("finds $name", async ({ text, truth, x, y }) => {
    const model = formula(text);
    const { status, chiSquared, parameters } = await curveFit(model, x, y, {});
    expect(status).toBe("converged");
    // The truth explains the noise; the best fit explains at least as much.
    expect(chiSquared).toBeLessThanOrEqual(sumOfSquares(model, truth, x, y));
    expect(Object.keys(parameters)).toEqual(model.parameters);
  });

  test("keeps what is given, and says what no parameter is", async () => {
    const { text, x, y } = shapes.find(({ name }) => name === "a decay")!;
    const model = formula(text);
    const fixed = await curveFit(model, x, y, { start: { c: 1 }, fixed: ["c"], bounds: { b: [0, 1] } });
    expect(fixed.parameters).toMatchObject({ c: 1 });
    expect(fixed.status).toBe("converged");
    await expect(curveFit(model, x, y, { start: { d: 1 } })).rejects.toThrow(/must be among a, b, c, got d/);
    await expect(curveFit(model, x, y, { start: {}, fixed: ["c" as never] })).rejects.toThrow(
      /start must have c, which is fixed/,
    );
    await expect(curveFit(model, x, y, { bounds: { e: [0, 1] } })).rejects.toThrow(/among a, b, c, got e/);
  });

  test("says from how many starts it came and how many agree", async () => {
    const { text, x, y } = shapes.find(({ name }) => name === "a decay")!;
    const { starts } = await curveFit(formula(text), x, y, { multistart: { count: 4 } });
    expect(starts).toMatchObject({ tried: 4, converged: 4, agreeing: 4 });
  });
});
