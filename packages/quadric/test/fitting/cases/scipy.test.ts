/** Fits with bounds and robust losses, against scipy's: fixtures/curve-fits.json, by bench/scipy_curve_fits.py. */
import { describe, expect, test } from "vitest";
import { curveFit } from "../../../src/fitting/curve-fit.ts";
import type { RobustLoss } from "../../../src/fitting/robust-loss.ts";
import { formula } from "../../../src/formula/formula.ts";
import reference from "../../fixtures/curve-fits.json" with { type: "json" };

const named = <T>(names: readonly string[], values: readonly T[]) =>
  Object.fromEntries(names.map((name, j) => [name, values[j]]));

describe.each(reference.problems)(
  "$name",
  ({ formula: text, parameters, start, bounds, x, y, loss, scale, answer, cost }) => {
    const limits = bounds?.map(([low, high]) => [low ?? -Infinity, high ?? Infinity] as const);
    const options = {
      start: named(parameters, start),
      bounds: limits && named(parameters, limits),
      loss: loss.replace("_", "-") as RobustLoss,
      lossScale: scale,
    };

    test("ends where scipy does, no worse, and inside the box", async () => {
      const fit = await curveFit(formula(text), x, y, options);
      expect(fit.status).toBe("converged");
      expect(fit.cost).toBeLessThanOrEqual(cost * (1 + 1e-12));
      parameters.forEach((name, j) => {
        const size = Math.max(Math.abs(answer[j]), 1e-3);
        // f is flat to second order: half of the digits that both methods have of it.
        expect(Math.abs(fit.parameters[name] - answer[j]) / size).toBeLessThan(1e-6);
        if (limits) {
          expect(fit.parameters[name]).toBeGreaterThanOrEqual(limits[j][0]);
          expect(fit.parameters[name]).toBeLessThanOrEqual(limits[j][1]);
        }
      });
      const atBound = fit.notes.flatMap((note) => (note.kind === "at-bound" ? note.parameters : []));
      const expected = parameters.filter((name) => limits?.[parameters.indexOf(name)].includes(fit.parameters[name]));
      expect(atBound).toEqual(expected);
    });
  },
);
