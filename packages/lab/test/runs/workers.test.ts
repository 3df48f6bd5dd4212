/** Processes of runs, and who else may be at a run's folder. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { takeLock } from "../../../cli/src/lock.ts";
import { buildIfStale } from "../../../cli/test/bin.ts";
import { temporaryFolder } from "../../../cli/test/command.ts";
import { isFinished, type PlannedRun } from "../../src/runs/matrix.ts";
import { completeRun, type Watcher } from "../../src/runs/workers.ts";

beforeAll(buildIfStale, 300_000);

const folder = temporaryFolder();

test("a run that another process takes between the look and the resume is waited for, and then completed", async () => {
  const flags = { data: "digits", model: "mlp:64-4-10", optimizer: "adam", lr: 0.01, seed: 1, budgetBackprops: 30 };
  const run = { label: "Adam", seed: 1, flags, folder: join(folder, "run") } as unknown as PlannedRun;
  const stop = new AbortController();
  const watcher: Watcher = { begin() {}, step: () => stop.abort(), end() {} };
  await completeRun(0, run, stop.signal, watcher);
  expect(isFinished(run)).toBe(false);

  const completed = completeRun(0, run, new AbortController().signal, { ...watcher, step() {} });
  // Its process has started and not looked yet.
  const lock = await takeLock(join(run.folder, "lock"));
  await delay(1500);
  await lock.free();
  await completed;
  expect(isFinished(run)).toBe(true);
}, 60_000);
