/**
 * Runs in separate processes, so many at a time.
 *
 * A worker is `quadric train` or `quadric resume` with `--json`. It is the head of its own process group, so that
 * Ctrl-C reaches it through here, once; if this process dies, the worker's next line finds nobody reading and it ends
 * too.
 */
import { spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { ConfigError } from "quadric";
import { bin, holderOf, type StepLine, type Summary } from "quadric-cli/internal";
import { commandFor, hasBegun, isFinished, type PlannedRun } from "./matrix.ts";

export interface Watcher {
  /** A worker, numbered from 0, takes up a run. */
  begin(worker: number, run: PlannedRun): void;
  step(worker: number, run: PlannedRun, line: StepLine): void;
  end(worker: number, run: PlannedRun): void;
}

/**
 * Takes all runs to their ends; finished ones are left alone.
 *
 * @param signal - lets the workers finish their step, save, and leave.
 * @throws {ConfigError} with a worker's own words if it refuses its configuration; the others are stopped first.
 */
export async function completeRuns(
  runs: readonly PlannedRun[],
  { workers, signal, watcher }: { readonly workers: number; readonly signal: AbortSignal; readonly watcher: Watcher },
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const queue = runs.filter((run) => !isFinished(run));
  const work = async (worker: number): Promise<void> => {
    for (let run = queue.shift(); run && !stop.aborted; run = queue.shift()) {
      watcher.begin(worker, run);
      await completeRun(worker, run, stop, watcher);
      watcher.end(worker, run);
    }
  };
  const settled = await Promise.allSettled(
    Array.from({ length: Math.min(workers, queue.length) }, (_, worker) =>
      work(worker).catch((error) => {
        failure.abort();
        throw error;
      }),
    ),
  );
  const failed = settled.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

/** The worker of a `reproduce` that was killed may be in its last step. */
async function untilFree(folder: string, signal: AbortSignal): Promise<void> {
  while (holderOf(folder) && !signal.aborted) await setTimeout(200);
}

/**
 * One run to its end in a separate process, or until the signal stops it.
 *
 * @param isAgain - whether a process was refused before; a worker left over from a `reproduce` that was killed may take
 *   the folder between the look and the start.
 */
export async function completeRun(
  worker: number,
  run: PlannedRun,
  signal: AbortSignal,
  watcher: Watcher,
  isAgain = false,
): Promise<void> {
  await untilFree(run.folder, signal);
  if (isFinished(run) || signal.aborted) return;
  const command = commandFor(run);
  const child = spawn(process.execPath, [bin, ...command, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  let words = "";
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    words += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines.map((line): StepLine | Summary => JSON.parse(line))) {
      if (line.type === "step") watcher.step(worker, run, line);
    }
  });
  const [code, name] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...end) => resolve(end));
  });
  signal.removeEventListener("abort", stop);
  // 1: a run that ended as nonfinite, or with its radius collapsed; that too is a result.
  if (isFinished(run) || signal.aborted) return;
  if (code === 2 && !isAgain) {
    await untilFree(run.folder, signal);
    if (hasBegun(run)) return completeRun(worker, run, signal, watcher, true);
  }
  const said = words.trim().replace(/^quadric: /, "") || `the worker ended with ${name ?? code}`;
  if (code === 2) throw new ConfigError(said);
  throw new Error(`${run.folder}: ${said}`);
}
