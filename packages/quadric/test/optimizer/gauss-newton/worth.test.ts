import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import {
  measuredWorth,
  replacedSeconds,
  type StepTimes,
  stepSeconds,
  worthOf,
} from "../../../src/optimizer/gauss-newton/worth.ts";

const times: StepTimes = { value: 1e-4, product: 1e-3, jacobian: 0.05, gram: 0.02, factorization: 0.01 };

describe("worthOf()", () => {
  test("compares a step of two trials, each a factorisation and seven losses, with 300 products", () => {
    expect(stepSeconds(times)).toBeCloseTo(0.05 + 0.02 + 2 * (0.01 + 7e-4), 12);
    expect(replacedSeconds(times)).toBeCloseTo(0.3, 12);
    expect(worthOf(times)).toEqual({
      isWorth: true,
      because: "a Gauss–Newton step takes 91 ms, the 300 products it replaces 300 ms",
    });
    expect(worthOf({ ...times, factorization: 1.5 })).toEqual({
      isWorth: false,
      because: "a Gauss–Newton step takes 3.1 s, the 300 products it replaces 300 ms",
    });
  });
});

describe("measuredWorth()", () => {
  const start = new Float64Array(3);
  const residuals = ([a]: np.Array[]) => np.concatenate([a.ref.sub(1), np.square(a)], 0);
  const problem = {
    model: residuals,
    loss: (r: np.Array) => np.square(r).sum(),
    params: [np.zeros([3], { dtype: np.float64 })],
  };

  test("measures the problem and books nothing; a product that costs nothing is replaced by no step", async () => {
    const objective = await compileObjective(problem, { backend: wasm(), dtype: "float64" });
    const worth = await measuredWorth(objective, start, undefined);
    expect(worth!.because).toMatch(/^a Gauss–Newton step takes [\d.]+ m?s, the 300 products it replaces [\d.]+ ms$/);
    expect(objective.ledger.counts().backprops).toBe(0);
    objective.dispose();
  });

  test("has nothing to say without residuals, with too many, or where the loss is not finite", async () => {
    const objective = await compileObjective(problem, { backend: wasm(), dtype: "float64" });
    const worth = (changes: Partial<Objective>) =>
      measuredWorth({ ...(objective as Objective), ...changes }, start, undefined);
    expect(await worth({ matrices: undefined })).toBeUndefined();
    expect(await worth({ residualShape: () => undefined })).toBeUndefined();
    expect(await worth({ residualShape: () => ({ rows: 6, hasRows: false }) })).toBeUndefined();
    expect(await worth({ residualShape: () => ({ rows: 1e9, hasRows: true }) })).toBeUndefined();
    expect(await measuredWorth(objective, Float64Array.of(1, Number.NaN, 1), undefined)).toBeUndefined();
    objective.dispose();
  });
});
