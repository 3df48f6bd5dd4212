import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { regressionData } from "../helpers/regression.ts";
import { data, run } from "../helpers/training.ts";

describe("validation", () => {
  const validation = { fraction: 0.25, every: 2 };

  test("is evaluated when due, on another ledger, and changes nothing else", async () => {
    const { history, monitoring, counts } = await run({ steps: 6, validation });
    expect(history.map((row) => row.validationLoss !== undefined)).toEqual([false, true, false, true, false, true]);
    // Fifteen held-out examples in chunks of ten: two values each time.
    expect(monitoring).toMatchObject({ values: 6, examples: 45, gradients: 0 });
    const unwatched = await run({ steps: 6, validation: { ...validation, every: 100 } });
    expect(unwatched.monitoring.values).toBe(0);
    expect(unwatched.counts).toEqual(counts);
    expect(unwatched.history.map(({ loss }) => loss)).toEqual(history.map(({ loss }) => loss));
    expect(data).toEqual(regressionData(60));
  });

  test("returns the best parameters, or the last ones if asked to", async () => {
    const optimizer = sgd({ learningRate: 3 });
    const best = await run({ steps: 30, validation: { ...validation, every: 1 }, optimizer });
    const losses = best.history.map((row) => row.validationLoss!);
    expect(best.best).toMatchObject({ loss: Math.min(...losses), step: losses.indexOf(Math.min(...losses)) + 1 });
    expect(best.parameters).toEqual(best.best!.parameters);
    const last = await run({ steps: 30, validation: { ...validation, every: 1, keepBest: false }, optimizer });
    expect(last.parameters).not.toEqual(best.parameters);
  });

  test("stops when patience runs out", async () => {
    const { status, message, best, history } = await run({
      epochs: 1000,
      validation: { ...validation, every: 1, patience: 3 },
      optimizer: sgd({ learningRate: 3 }),
    });
    expect(status).toBe("stopped");
    expect(message).toContain(`since step ${best!.step}`);
    expect(history).toHaveLength(best!.step + 3);
  });

  test.each([
    [{}, "validation: need either data or fraction, got both or neither."],
    [{ fraction: 1 }, "validation: fraction must leave examples on both sides of 60, got 1."],
    [{ fraction: 0.5, every: 0 }, "validation: every must be an integer >= 1, got 0."],
  ])("refuses %o", async (options, message) => {
    await expect(run({ validation: options })).rejects.toThrow(message);
  });
});
