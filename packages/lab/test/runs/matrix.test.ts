import { expect, test } from "vitest";
import { planRuns, slug } from "../../src/runs/matrix.ts";

test.each(["..", ".", "../../etc", "/etc", "C:\\x", "a/../.."])(
  "the label %j of a method names a folder inside the experiment's",
  (label) => {
    expect(slug(label)).toMatch(/^([a-z0-9][a-z0-9.-]*)?$/);
  },
);

test("two methods never share a folder", () => {
  const plan = (...labels: string[]) =>
    planRuns({ task: {}, methods: labels.map((label) => ({ label })), seeds: [1], length: { steps: 1 } }, "runs");
  expect(plan("Adam", "Adam 2").map(({ folder }) => folder)).toEqual(["runs/adam/1", "runs/adam-2/1"]);
  expect(() => plan("TR Adam", "tr-adam")).toThrow(
    'labels must differ in letters or digits, got ["TR Adam","tr-adam"].',
  );
  expect(() => plan("…")).toThrow('label must hold a letter or a digit, got "…".');
});
