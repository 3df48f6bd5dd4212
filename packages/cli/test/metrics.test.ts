/** metrics.jsonl in any size and state: what is there is read, what is not is told. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cutAfter, readMetrics } from "../src/metrics.ts";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
let number = 0;

const lineOf = (step: number, change: object = {}) => ({
  ...{ type: "step", step, loss: 1 / step, gradientNorm: 1, radius: 1, ratio: 1, accepted: true, products: 3 },
  ...{ outcome: "interior", counts: { gradients: step, hvps: 3 * step, backprops: 4 * step } },
  ...{ epochs: step / 10, seconds: step / 100, ...change },
});
const text = (...lines: (object | string)[]) =>
  lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
function run(content: string): string {
  const path = join(folder, `${number++}`);
  mkdirSync(path);
  writeFileSync(join(path, "metrics.jsonl"), content);
  return path;
}
const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => lineOf(from + i));

describe("readMetrics()", () => {
  test("knows what a run had cost before each step, on the paper's scale too", () => {
    const first = lineOf(1, { radius: null, products: 0 });
    const { rows, damage } = readMetrics(run(text(first, lineOf(2), lineOf(3, { products: 1 }))), 3);
    expect(damage).toBe(undefined);
    expect(rows.map(({ paperBackprops }) => paperBackprops)).toEqual([1, 3, 4]);
    expect(rows.map(({ before }) => before.backprops)).toEqual([0, 4, 8]);
    expect(rows[2].before).toEqual({ backprops: 8, paperBackprops: 3, epochs: 0.2, seconds: 0.02 });
  });

  test.each<[string, string, number, string | undefined]>([
    ["a half line at the end of a killed run", `${text(...steps(1, 3))}{"type":"step","st`, 3, undefined],
    [
      "a line that is no JSON",
      text(lineOf(1), "garbage", lineOf(3)),
      3,
      "1 of its lines cannot be read, the first is line 2, 1 of its steps are missing, the first is step 2",
    ],
    [
      "a number that is a word",
      text(lineOf(1), lineOf(2, { ratio: "high" })),
      2,
      "1 of its lines cannot be read, the first is line 2, 1 of its steps are missing, the first is step 2",
    ],
    [
      "a line twice",
      text(lineOf(1), lineOf(2), lineOf(2), lineOf(3)),
      3,
      "1 of its lines cannot be read, the first is line 3",
    ],
    ["lines left out", text(lineOf(1), ...steps(5, 6)), 6, "3 of its steps are missing, the first is step 2"],
    ["an end that the disk lost", text(...steps(1, 4)), 10, "6 of its steps are missing, the first is step 5"],
    [
      "a line of a megabyte",
      text(lineOf(1), "x".repeat(2 ** 20 + 7), lineOf(2)),
      2,
      "1 of its lines cannot be read, the first is line 2",
    ],
    ["none of what was taken", "", 2, "2 of its steps are missing, the first is step 1"],
  ])("%s", (_, content, taken, damage) => {
    expect(readMetrics(run(content), taken).damage).toBe(damage);
  });

  test("of a long run keeps extremes, evaluations and the end, and steps that stand for their neighbours", () => {
    const special = new Map<number, object>([
      [12_345, { loss: 1e9 }],
      [23_456, { ratio: -7 }],
      [34_567, { evaluation: { trainLoss: 1, testLoss: 2, testAccuracy: 0.5 } }],
    ]);
    const lines = Array.from({ length: 50_000 }, (_, i) => lineOf(i + 1, special.get(i + 1)));
    const { rows, damage } = readMetrics(run(text(...lines)), 50_000);
    expect(damage).toBe(undefined);
    expect(rows.length).toBeLessThan(2048 * 9);
    for (const step of [1, 12_345, 23_456, 34_567, 50_000]) expect(rows.some((row) => row.step === step)).toBe(true);
    const samples = rows.filter(({ isSample }) => isSample).map(({ step }) => step);
    expect(new Set(samples.slice(1).map((step, i) => step - samples[i]))).toEqual(new Set([32]));
    for (const row of rows) expect(row.before.backprops).toBe(4 * (row.step - 1));
  });
});

describe("cutAfter()", () => {
  test("keeps whole lines up to a step as they are, damaged ones among them, and tells what is lost", () => {
    const kept = text(lineOf(1), "garbage", lineOf(3));
    const cut = cutAfter(run(`${kept}${text(lineOf(4), lineOf(5))}{"half`), 3);
    expect(cut.length).toBe(Buffer.byteLength(kept));
    expect(cut.last?.step).toBe(3);
    expect(cut.damage).toBe(
      "1 of its lines cannot be read, the first is line 2, 1 of its steps are missing, the first is step 2",
    );
  });

  test("cuts the half line of a kill off", () => {
    const kept = text(...steps(1, 2));
    expect(cutAfter(run(`${kept}{"half`), 2)).toMatchObject({ length: Buffer.byteLength(kept), damage: undefined });
  });
});

test("a damaged line is told by resume and report, and both go on", async () => {
  const path = join(folder, "run");
  const flags = ["--model", "mlp:64-10", "--steps", "6", "--batch-size", "64", "--checkpoint-every", "2"];
  await quadric("train", ...flags, "--out", path);
  const whole = readFileSync(join(path, "metrics.jsonl"), "utf8").split("\n");
  writeFileSync(join(path, "metrics.jsonl"), [...whole.slice(0, 2), "lost", ...whole.slice(3)].join("\n"));
  const told = `${join(path, "metrics.jsonl")}: 1 of its lines cannot be read, the first is line 3, 1 of its steps are missing, the first is step 3`;
  expect(await quadric("report", path)).toMatchObject({ code: 0, err: `quadric: ${told}\n` });
  writeFileSync(join(path, "summary.json.kept"), readFileSync(join(path, "summary.json")));
  rmSync(join(path, "summary.json"));
  expect(await quadric("resume", path)).toMatchObject({ code: 0, err: `quadric: ${told}\n` });
  const after = readFileSync(join(path, "metrics.jsonl"), "utf8").split("\n");
  expect(after).toHaveLength(whole.length);
  expect(after[2]).toBe("lost");
  expect(readFileSync(join(path, "summary.json"), "utf8").replace(/"seconds".*/, "")).toBe(
    readFileSync(join(path, "summary.json.kept"), "utf8").replace(/"seconds".*/, ""),
  );
});
