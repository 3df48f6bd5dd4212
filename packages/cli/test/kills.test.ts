/**
 * SIGKILL at random moments: whatever a run was doing, resumed it ends with the very bits of one that was left alone.
 *
 * It saves after every step, so that many kills come in the middle of a checkpoint. `npm run soak:kills` has 100 of
 * them.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRandom } from "../../quadric/src/vector/random.ts";
import { record } from "../../quadric/test/helpers/record.ts";
import { bin, buildIfStale } from "./bin.ts";
import { temporaryFolder } from "./command.ts";

const kills = Number(process.env.KILLS ?? 2);
const folder = temporaryFolder();
const training = (out: string) => [
  ...["train", "--steps", "100", "--model", "mlp:64-16-10", "--batch-size", "256"],
  ...["--checkpoint-every", "1", "--json", "--out", out],
];

interface Ended {
  readonly code: number | null;
  readonly err: string;
  /** Time since its first line on standard output, milliseconds. */
  readonly milliseconds: number;
}

/** Runs the bin, and kills it so many milliseconds after its first line. */
function run(args: readonly string[], killAfter?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let first: number | undefined;
    let err = "";
    child.stdout.on("data", () => {
      if (first === undefined && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      first ??= performance.now();
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.on("close", (code) => resolve({ code, err, milliseconds: performance.now() - (first ?? 0) }));
  });
}

/** Whether a checkpoint was begun and not finished. */
function wasSaving(out: string): boolean {
  const names = readdirSync(join(out, "checkpoints"));
  const pairs = new Map<string, number>();
  for (const name of names) pairs.set(name.slice(0, 13), (pairs.get(name.slice(0, 13)) ?? 0) + 1);
  return names.some((name) => name.endsWith(".tmp")) || [...pairs.values()].some((files) => files !== 2);
}

/** What a run leaves, without times. */
const outcome = (out: string) => ({
  parameters: readFileSync(join(out, "parameters.safetensors"), "hex"),
  metrics: readFileSync(join(out, "metrics.jsonl"), "utf8").replace(/,"seconds":[^}]*/g, ""),
});

test(`${kills} runs killed at random moments end, resumed, with the bits of one left alone`, async () => {
  buildIfStale();
  const random = makeRandom(7);
  const whole = join(folder, "whole");
  const { milliseconds } = await run(training(whole));
  const [inCheckpoint, resumedFrom]: [number[], number[]] = [[], []];
  for (let kill = 0; kill < kills; ) {
    const out = join(folder, `${kill}`);
    await run(training(out), random.uniform() * milliseconds);
    if (existsSync(join(out, "summary.json"))) {
      // It was faster than the kill.
      rmSync(out, { recursive: true });
      continue;
    }
    kill++;
    if (wasSaving(out)) inCheckpoint.push(kill);
    const saved = readdirSync(join(out, "checkpoints")).filter((name) => name.endsWith(".json"));
    resumedFrom.push(Math.max(0, ...saved.map((name) => Number(name.slice(5, 13)))));
    const { code, err } = await run(["resume", out, "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(outcome(out)).toEqual(outcome(whole));
    rmSync(out, { recursive: true });
  }
  record("soak-kills", {
    kills,
    resumedToTheSameBits: resumedFrom.length,
    killedInTheMiddleOfACheckpoint: inCheckpoint.length,
    stepsResumedFrom: resumedFrom.sort((a, b) => a - b),
  });
}, 300_000);
