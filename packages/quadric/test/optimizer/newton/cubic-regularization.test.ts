import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { faulty, quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const sphere = { norm: norms.euclidean() };

describe("cubicRegularization()", () => {
  test("halves σ after a very successful step and doubles it after a rejection, at zero products", async () => {
    const f = faulty(quadratic([1, 2], [-3, 1]), { value: (call, value) => (call === 2 ? Infinity : value) });
    const steps = await takeSteps(startOn(cubicRegularization({ ...sphere, sigma: { initial: 1 } }), f, [0, 0]), 3);
    expect(steps.records.map((r) => [r.accepted, r.radius])).toEqual([
      [false, 1],
      [true, 2],
      [true, 1],
    ]);
    expect(steps.records[1].products).toBe(0);
  });

  test("refuses what makes no sense", () => {
    expect(() => cubicRegularization({ sigma: { initial: 0 } })).toThrow(
      "cubicRegularization: sigma.initial must be > 0, got 0.",
    );
    expect(() => cubicRegularization({ sigma: { min: 2 } })).toThrow(
      "cubicRegularization: sigma.min must be in [0, sigma.initial], got 2.",
    );
  });
});
