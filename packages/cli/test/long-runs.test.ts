/**
 * Runs of many steps: compared, reported and resumed with a heap that does not hold their rows. `npm run soak:rows` has
 * ten million.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { record } from "../../quadric/test/helpers/record.ts";
import { cutAfter } from "../src/metrics.ts";
import { bin, buildIfStale } from "./bin.ts";
import { quadric, temporaryFolder } from "./command.ts";

const rows = Number(process.env.ROWS ?? 60_000);
/** Of the old space of V8; as JavaScript objects the rows take ten times this with ten million of them. */
const megabytes = rows > 1e6 ? 256 : 64;
const run = join(temporaryFolder(), "run");
const metrics = join(run, "metrics.jsonl");
const told: Record<string, unknown> = { rows, heapMegabytes: megabytes };

beforeAll(async () => {
  buildIfStale();
  const flags = ["--model", "mlp:64-10", "--batch-size", "64", "--checkpoint-every", "1", "--evaluate-every", "3"];
  await quadric("train", ...flags, "--steps", "4", "--out", run);
  // The rows of a run that was longer than this one: what commands read is the file.
  const [, , , last] = readFileSync(metrics, "utf8").split("\n");
  const file = openSync(metrics, "w");
  const { evaluation: _, ...line } = JSON.parse(last);
  for (let step = 1; step <= rows; ) {
    let chunk = "";
    for (const end = Math.min(rows, step + 9999); step <= end; step++) {
      const counts = { ...line.counts, backprops: 3 * step };
      chunk += `${JSON.stringify({ ...line, step, loss: 2 / (1 + (step % 1000)), counts, ...(step % 10_000 === 0 && { evaluation: { trainLoss: 1 / step, testLoss: 1, testAccuracy: 0.5 } }) })}\n`;
    }
    writeSync(file, chunk);
  }
  closeSync(file);
  told.fileMegabytes = Math.round(statSync(metrics).size / 1e6);
}, 0);

function bounded(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [`--max-old-space-size=${megabytes}`, bin, ...args], { encoding: "utf8" });
}

describe(`a run of ${rows} rows`, () => {
  test("is compared", () => {
    const begin = performance.now();
    const { status, stdout, stderr } = bounded("compare", run, "--at", `${rows}`, "--json");
    told.compareSeconds = Math.round((performance.now() - begin) / 1000);
    expect([status, stderr]).toEqual([0, ""]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text));
    // The first evaluation at or after a third of the steps, since each cost three.
    const step = Math.ceil(rows / 3 / 10_000) * 10_000;
    expect(lines.find(({ at, quantity }) => at?.backprops === rows && quantity === "trainLoss").values).toEqual([
      1 / step,
    ]);
  }, 0);

  test.skipIf(rows < 1e6)(
    "is reported",
    () => {
      const begin = performance.now();
      const { status, stderr } = bounded("report", run);
      told.reportSeconds = Math.round((performance.now() - begin) / 1000);
      expect([status, stderr]).toEqual([0, ""]);
      expect(statSync(join(run, "report.html")).size).toBeLessThan(5e6);
    },
    0,
  );

  test.skipIf(rows < 1e6)(
    "is resumed",
    () => {
      for (const name of ["summary.json", "parameters.safetensors"]) rmSync(join(run, name));
      const begin = performance.now();
      // What resume looks for in the rows, had the run come to its last one.
      expect(cutAfter(run, rows)).toMatchObject({ last: { step: rows }, damage: undefined });
      const { status, stderr } = bounded("resume", run);
      told.resumeSeconds = Math.round((performance.now() - begin) / 1000);
      expect([status, stderr]).toEqual([0, ""]);
      expect(existsSync(join(run, "summary.json"))).toBe(true);
      // Its checkpoint is of step 4: the rows of later steps are none of its own.
      expect(readFileSync(metrics, "utf8").trimEnd().split("\n")).toHaveLength(4);
      record("soak-rows", told);
    },
    0,
  );
});
