import { expect, test } from "vitest";
import { calibrationOf } from "../../src/committee/calibration.ts";

test("coverage is the share of targets inside the interval of each level", () => {
  const predictions = [0, 1, 2, 3].map((x) => ({ values: [0], deviation: x === 3 ? 10 : 1 }));
  // Distances 0, 1, 2 and 0.3 deviations; an interval of a level reaches to twice the level.
  const calibration = calibrationOf(predictions, [0, 1, 2, 3], (level) => 2 * level);
  expect(calibration).toMatchObject({ coverage: expect.any(Array) });
  const { coverage } = calibration as { coverage: { level: number; share: number }[] };
  const at = (level: number) => coverage.find((each) => each.level === level)!.share;
  expect([at(0.1), at(0.3), at(0.5), at(0.95)]).toEqual([0.25, 0.5, 0.75, 0.75]);
});

test("bins say how often the predicted class was right", () => {
  const sure = { class: 1, probability: 0.9, probabilities: [0.1, 0.9] };
  const unsure = { class: 0, probability: 0.6, probabilities: [0.6, 0.4] };
  expect(calibrationOf([sure, sure, unsure], [1, 0, 0])).toEqual({
    bins: [
      { rows: 1, confidence: 0.6, accuracy: 1 },
      { rows: 2, confidence: 0.9, accuracy: 0.5 },
    ],
  });
});

test("predictions that do not say how sure they are have none", () => {
  expect(calibrationOf([{ values: [1] }], [1])).toBeUndefined();
  expect(calibrationOf([{ class: 0, probability: null, probabilities: null }], [0])).toBeUndefined();
});
