import { expect, test } from "vitest";
import { rowsFile } from "../../src/committee/rows-file.ts";
import type { Examples } from "../../src/data/datasets.ts";

const examples = (targets: number[], rows?: number[]): Examples => ({
  inputs: { shape: [targets.length, 0], data: new Float32Array() },
  targets: { shape: [targets.length], data: Float64Array.from(targets) },
  ...(rows && { rows: Int32Array.from(rows) }),
});
const numbers = (...values: number[]) => values.map((value) => ({ values: [value] }));
const textOf = (...args: Parameters<typeof rowsFile>) => new TextDecoder().decode(rowsFile(...args));

test("rows.csv has training and test rows in the order of the file", () => {
  const dataset = { train: examples([10, 11, 13], [0, 1, 3]), test: examples([12], [2]) };
  const trained = { folds: Int32Array.of(1, 0, 1), heldOutPredictions: numbers(10.5, 11.5, 13.5) };
  expect(textOf(trained, dataset, numbers(12.5), undefined)).toBe(
    "row,part,target,prediction\n1,fold 2,10,10.5\n2,fold 1,11,11.5\n3,test,12,12.5\n4,fold 2,13,13.5\n",
  );
});

test("rows.csv of one network has predictions of its fold alone, and rows of another table beside those of the same number", () => {
  const dataset = { train: examples([0, 1]), test: examples([1]) };
  const chosen = { class: 1, probability: 0.9, probabilities: [0.1, 0.9] };
  const trained = { folds: Int32Array.of(1, 0), heldOutPredictions: [chosen] };
  expect(textOf(trained, dataset, [chosen], ["no", "yes"])).toBe(
    'row,part,target,prediction\n1,fold 2,"no",\n1,test,"yes","yes"\n2,fold 1,"yes","yes"\n',
  );
});

test("rows.csv is whole beyond the lines that are text at a time", () => {
  const count = 70_000;
  const dataset = { train: examples(Array.from({ length: count }, (_, i) => i)), test: examples([]) };
  const lines = textOf(
    { folds: new Int32Array(count).fill(1), heldOutPredictions: numbers(0) },
    dataset,
    [],
    undefined,
  );
  expect(lines.split("\n").length).toBe(count + 2);
  expect(lines.endsWith("\n69999,fold 2,69998,\n70000,fold 2,69999,\n")).toBe(true);
});
