import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricsCsv } from "../../src/report/metrics-csv.ts";
import type { Group, RunFiles } from "../../src/runs.ts";
import { temporaryFolder } from "../command.ts";
import { stepLine } from "./step-line.ts";

const folder = temporaryFolder();

test("metricsCsv() has a line for the start and each step of every run, with empty cells for what is not there", () => {
  const runs = ["1", "2"].map((seed) => {
    const path = join(folder, seed);
    mkdirSync(path);
    const evaluation = { trainLoss: 0.25, testLoss: 0.5, testAccuracy: 0.9 };
    const lines = [
      stepLine({ step: 1, loss: 2, radius: 0.5, seconds: 0.1, initial: { ...evaluation, trainLoss: 3 } }),
      stepLine({ step: 2, loss: null, radius: null, seconds: 0.2, evaluation }),
    ];
    writeFileSync(join(path, "metrics.jsonl"), `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"half`);
    return { path, record: { config: { seed: Number(seed) } } } as unknown as RunFiles;
  });
  const table = [...metricsCsv([{ name: 'a "b", c', runs } as Group])].join("").trimEnd().split("\n");
  const [head, ...rows] = table.map((line) => line.replace('"a ""b"", c"', "name").split(","));
  const cells = rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
  expect(rows.every((row) => row.length === head.length)).toBe(true);
  expect(cells.map(({ method, seed, step }) => [method, seed, step].join(" "))).toEqual([
    "name 1 0",
    "name 1 1",
    "name 1 2",
    "name 2 0",
    "name 2 1",
    "name 2 2",
  ]);
  expect(cells[0]).toMatchObject({ batch_loss: "", backprops: "0", train_loss: "3", test_accuracy: "0.9" });
  expect(cells[1]).toMatchObject({ batch_loss: "2", radius: "0.5", accepted: "true", train_loss: "" });
  expect(cells[2]).toMatchObject({ batch_loss: "", radius: "", seconds: "0.2", train_loss: "0.25" });
});
