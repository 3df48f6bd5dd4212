import { describe, expect, test } from "vitest";
import { confusionOf, scoresOf } from "../../src/committee/scores.ts";

const number = (value: number) => ({ values: [value] });
const label = (probabilities: readonly number[]) => {
  const probability = Math.max(...probabilities);
  return { class: probabilities.indexOf(probability), probability, probabilities };
};

describe("numbers", () => {
  test("have RMSE, MAE and R² of their definitions", () => {
    // Errors 1, −1, 0, 2 around targets of variance 1.25.
    const scores = scoresOf([2, 1, 3, 6].map(number), [1, 2, 3, 4]);
    expect(scores).toEqual({ rmse: Math.sqrt(6 / 4), mae: 1, r2: 1 - 6 / 5 });
  });
});

describe("classes", () => {
  const predictions = [
    [0.9, 0.1],
    [0.6, 0.4],
    [0.2, 0.8],
    [0.3, 0.7],
  ].map(label);

  test("have accuracy, balanced accuracy and log loss of their definitions", () => {
    // Targets 0, 1, 1, 1: the second is missed, so 3 of 4, and 1 of 1 with 2 of 3.
    const scores = scoresOf(predictions, [0, 1, 1, 1]);
    expect(scores).toMatchObject({
      accuracy: 3 / 4,
      balancedAccuracy: expect.closeTo((1 + 2 / 3) / 2, 12),
      logLoss: expect.closeTo(-(Math.log(0.9) + Math.log(0.4) + Math.log(0.8) + Math.log(0.7)) / 4, 12),
    });
  });

  test("have the calibration error of bins of a tenth", () => {
    // Each prediction has a bin of its own: |1 − .9| + |0 − .6| + |1 − .8| + |1 − .7|, over 4.
    const scores = scoresOf(predictions, [0, 1, 1, 1]);
    expect("calibrationError" in scores && scores.calibrationError).toBeCloseTo((0.1 + 0.6 + 0.2 + 0.3) / 4, 12);
  });

  test("are told apart from the ones they are taken for", () => {
    expect(confusionOf(predictions, [0, 1, 1, 1], 2)).toEqual([
      [1, 0],
      [1, 2],
    ]);
  });
});
