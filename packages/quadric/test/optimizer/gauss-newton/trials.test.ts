import { expect, test } from "vitest";
import type { Objective } from "../../../src/objective/objective.ts";
import { trialsAt } from "../../../src/optimizer/gauss-newton/trials.ts";
import type { DenseGaussNewton, GaussNewtonStep } from "../../../src/subproblem/gauss-newton.ts";

/** The trial of a step to w = 1 where the loss has this value, of a model that promises a decrease from 1. */
const tried = (modelDecrease: number, after: number) => {
  const solution = { step: Float64Array.of(1), stepNorm: 1, modelDecrease, outcome: "interior" } as GaussNewtonStep;
  const evaluation = { value: 1, jacobian: Float64Array.of(1), residuals: Float64Array.of(1) };
  const { damped } = trialsAt(
    { w: Float64Array.of(0), batch: undefined, evaluation, diagonal: Float64Array.of(1) },
    {
      objective: { dtype: "float64", value: async () => ({ value: after }) } as unknown as Objective,
      model: { solve: async () => solution } as unknown as DenseGaussNewton,
      ...{ rounding: 1e-14, centre: undefined, corrections: 0 },
    },
  );
  return damped(1);
};

test("a trial's ratio is of the decrease to that of the model", async () => {
  expect((await tried(0.5, 0.6)).ratio).toBeCloseTo(0.8, 12);
});

test("a model that rises, by a factor lost to rounding, has no trial, whatever the loss does", async () => {
  expect((await tried(-0.01, 1e16)).ratio).toBe(-Infinity);
  expect((await tried(-0.01, 0.5)).ratio).toBe(-Infinity);
});

test("a model that rises by the rounding of the loss is level", async () => {
  expect((await tried(-1e-16, 1)).ratio).toBeCloseTo(1, 12);
});
