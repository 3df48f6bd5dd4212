import { describe, expect, test } from "vitest";
import { curveFit } from "../../src/fitting/curve-fit.ts";
import type { CurveModel } from "../../src/fitting/curve-model.ts";
import { formula } from "../../src/formula/formula.ts";

const t = [0, 1, 2, 3];
const y = [3, 1.9, 1.15, 0.75];

describe("curveFit()", () => {
  // scipy 1.10: curve_fit(lambda t, a, b: a * np.exp(-b * t), t, y, [1, 1])
  test("has scipy's parameters and standard errors of a decay", async () => {
    const { parameters, standardErrors, status } = await curveFit((t, { a, b }) => a * Math.exp(-b * t), t, y, {
      start: { a: 1, b: 1 },
    });
    expect(status).toBe("converged");
    expect(parameters.a).toBeCloseTo(3.00441912, 7);
    expect(parameters.b).toBeCloseTo(0.46837391, 7);
    expect(standardErrors.a).toBeCloseTo(0.02430333, 7);
    expect(standardErrors.b).toBeCloseTo(0.00823863, 7);
  });

  test("takes rows, columns by name, lists of parameters and models of all points at once alike", async () => {
    const rows = t.map((value, i) => [value, i % 2]);
    const columns = { time: t, odd: t.map((_, i) => i % 2) };
    const model: CurveModel = {
      variables: ["time", "odd"],
      parameters: ["slope", "step"],
      evaluate([slope, step], [time, odd], values, jacobian) {
        time.forEach((_, i) => {
          values[i] = slope * time[i] + step * odd[i];
        });
        jacobian?.set(time);
        jacobian?.set(odd, time.length);
      },
    };
    const fits = [
      await curveFit(([time, odd], { slope, step }) => slope * time + step * odd, rows, y, {
        start: { slope: 1, step: 1 },
      }),
      await curveFit(({ time, odd }, { slope, step }) => slope * time + step * odd, columns, y, {
        start: { slope: 1, step: 1 },
      }),
      await curveFit(model, columns, y, { start: { step: 1, slope: 2 } }),
    ];
    const listed = await curveFit(([time, odd], [slope, step]) => slope * time + step * odd, rows, y, {
      start: [1, 1],
    });
    for (const { parameters } of fits) {
      expect(parameters.slope).toBeCloseTo(listed.parameters[0], 8);
      expect(parameters.step).toBeCloseTo(listed.parameters[1], 8);
    }
  });
});

test("a formula is a model as it is", async () => {
  const { parameters } = await curveFit(formula("a*exp(-b*t)", { variables: ["t"] }), { t }, y, {
    start: { b: 1, a: 1 },
  });
  expect(parameters).toEqual({ a: expect.closeTo(3.00441912, 7), b: expect.closeTo(0.46837391, 7) });
});
