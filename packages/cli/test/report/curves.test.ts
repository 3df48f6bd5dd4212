import { describe, expect, test } from "vitest";
import type { Row } from "../../src/metrics.ts";
import { curveOf } from "../../src/report/curves.ts";
import type { RunFiles } from "../../src/runs.ts";

/** Only what a curve looks at. */
function runOf(rows: readonly object[], summary?: object): RunFiles {
  return { rows: rows as Row[], summary } as unknown as RunFiles;
}

describe("curveOf()", () => {
  const row = (before: number, backprops: number, loss: number | null, evaluation?: object) => ({
    loss,
    before: { backprops: before },
    counts: { backprops },
    evaluation,
  });

  test("puts the loss where a step started, before that step was paid for", () => {
    const run = runOf([row(0, 2, 3), row(2, 5, 2), row(5, 9, null)]);
    expect(curveOf(run, "batchLoss", "backprops")).toEqual({ x: [0, 2, 5], y: [3, 2, Number.NaN] });
  });

  test("puts an evaluation after its step, and the end of the run last", () => {
    const at = (trainLoss: number) => ({ trainLoss, testLoss: 1, testAccuracy: null });
    const run = runOf([row(0, 2, 3), row(2, 5, 2, at(1.5)), row(5, 9, 1)], at(0.5));
    expect(curveOf(run, "trainLoss", "backprops")).toEqual({ x: [5, 9], y: [1.5, 0.5] });
    expect(curveOf(run, "testAccuracy", "backprops").y).toEqual([Number.NaN, Number.NaN]);
  });
});
