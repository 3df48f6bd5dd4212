/** More steps for a run that has ended. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRunRecord } from "../src/run-files.ts";
import { quadric, temporaryFolder, writeCsv } from "./command.ts";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const data = writeCsv(at("data.csv"));

const train = (name: string, ...flags: string[]) =>
  quadric("train", "--data", data, "--out", at(name), "--json", ...flags);

/** The tensors: the rest of the file names the run, which began with other limits. */
function tensorsOf(name: string): Buffer {
  const bytes = readFileSync(at(name, "parameters.safetensors"));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

/** Lines of metrics.jsonl without what a clock says. */
const linesOf = (name: string) =>
  readFileSync(at(name, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

test("a run given more steps ends with the bits of one begun with as many, twice over", async () => {
  const one = ["--model", "mlp:2-4-2", "--batch-size", "5", "--optimizer", "adam"];
  await train("short", ...one, "--steps", "6");
  await train("long", ...one, "--steps", "15");
  for (const steps of ["11", "15"]) {
    expect((await quadric("resume", at("short"), "--steps", steps, "--json")).code).toBe(0);
  }
  expect(tensorsOf("short")).toEqual(tensorsOf("long"));
  expect(linesOf("short")).toEqual(linesOf("long"));
  expect(readRunRecord(at("short"))).toMatchObject({ config: { steps: 15 }, begun: { steps: 6 } });
});

test("so do the networks of a table that their limit ended", async () => {
  await train("few", "--steps", "3");
  await train("more", "--steps", "6");
  expect((await quadric("resume", at("few"), "--steps", "6", "--json")).code).toBe(0);
  expect(tensorsOf("few")).toEqual(tensorsOf("more"));
  expect(linesOf("few")).toEqual(linesOf("more"));
});

test("steps that would change nothing are refused, and the run stays as it is", async () => {
  const before = readFileSync(at("short", "summary.json"));
  const refused = async (message: RegExp, name: string, steps: string) => {
    const { code, err } = await quadric("resume", at(name), "--steps", steps);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  };
  await refused(/--steps: must be more than the 15 steps that the run has, got 15/, "short", "15");
  await refused(/--steps: must be more than the 6 steps that the run has, got 2/, "few", "2");
  expect(readFileSync(at("short", "summary.json"))).toEqual(before);

  writeFileSync(at("line.csv"), ["x,y", ...Array.from({ length: 20 }, (_, i) => `${i},${2 * i + 1}`)].join("\n"));
  const line = ["train", "--data", at("line.csv"), "--model", "mlp:1-1", "--activation", "linear"];
  await quadric(...line, "--steps", "90", "--out", at("ended"));
  await refused(/must have ended at its limits, got converged, after which more steps change nothing/, "ended", "900");
});
