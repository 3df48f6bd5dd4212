/**
 * SIGKILL at every kind of moment of every kind of run: resumed, it ends with the very bits of one that was left alone.
 * `npm run soak:kills` has 200 of them.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { record } from "../../quadric/test/helpers/record.ts";
import { bin, buildIfStale } from "./bin.ts";
import { temporaryFolder, writeCsv } from "./command.ts";

const kills = Number(process.env.KILLS ?? 5);
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const program = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

interface Case {
  readonly name: string;
  readonly ending: string;
  /** Starts the run in a folder, or continues it there. */
  begin(out: string): string[];
  resume(out: string): string[];
  /** What it leaves, without times. */
  outcome(out: string): unknown;
}

const text = (path: string) => readFileSync(path, "utf8");
const trained = (out: string) => ({
  parameters: readFileSync(join(out, "parameters.safetensors"), "hex"),
  metrics: text(join(out, "metrics.jsonl")).replace(/,"seconds":[^},]*/g, ""),
  summary: text(join(out, "summary.json")).replace(/"(seconds|sha256)".*/g, ""),
});
const train = (optimizer: string, ending: string, ...flags: string[]): Case => ({
  name: optimizer,
  ending,
  begin: (out) => {
    const task = ["--data", at("data.csv"), "--target", "side", "--model", "mlp:2-3-2", "--backend", "wasm"];
    return [bin, "train", ...task, "--optimizer", optimizer, "--checkpoint-every", "3", ...flags, "--out", out];
  },
  resume: (out) => [bin, "resume", out],
  outcome: trained,
});
const fitted = (name: string, ending: string): Case => {
  const begin = (out: string) => [program("fit-in-folder.mjs"), name, out];
  return { name, ending, begin, resume: begin, outcome: (out) => text(join(out, "end.json")) };
};

const small = ["--batch-size", "5"];
const steps = [...small, "--steps", "8"];
const diverging = ["--loss", "mse", "--target", "x", "--model", "mlp:2-1", "--lr", "1e30", "--steps", "50"];
const cases: readonly Case[] = [
  train("tr-rmsprop", "max-iterations", ...steps, "--evaluate-every", "10"),
  train("auto", "converged", "--batch-size", "16", "--l2", "0.1", "--steps", "200"),
  train("sgd", "nonfinite", ...small, ...diverging),
  fitted("early stopping", "stopped"),
  train("tr-adam", "budget-spent", ...small, "--budget-backprops", "30"),
  train("adam", "max-iterations", ...small, "--epochs", "3"),
  fitted("lbfgs, converged", "converged"),
  fitted("lbfgs, budget", "budget-spent"),
  train("trust-region", "converged", "--batch-size", "16", "--l2", "0.1", "--steps", "200"),
  train("tr-euclidean", "max-iterations", ...steps, "--ratio-batch", "full"),
  train("tr-adagrad", "max-iterations", ...steps, "--curvature", "gauss-newton"),
  train("tr-full-rmsprop", "budget-spent", ...small, "--budget-backprops", "30"),
  train("arc-rmsprop", "max-iterations", ...steps, "--ratio-batch", "independent"),
  train("arc-euclidean", "converged", "--batch-size", "16", "--l2", "0.1", "--steps", "300"),
  train("sd-adam", "max-iterations", ...steps),
  train("momentum", "nonfinite", ...small, ...diverging),
  train("adagrad", "max-iterations", ...small, "--epochs", "2"),
  train("rmsprop", "budget-spent", ...small, "--budget-backprops", "9", "--evaluate-every", "4"),
  train("adamw", "max-iterations", ...steps, "--keep-checkpoints", "1"),
  train("tr-full-adagrad", "max-iterations", ...steps, "--subproblem", "gltr"),
];

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", program("kill-at.mjs"), ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (words) => {
      err += words;
    });
    child.on("close", (code) => resolve({ code, err }));
  });
}

beforeAll(() => {
  buildIfStale();
  writeCsv(at("data.csv"));
}, 300_000);

/** Operations at which to kill: half of them over all of the run, half in its last twenty, where it ends. */
function moments(operations: number, count: number, offset: number): number[] {
  const early = Math.ceil(count / 2);
  const share = (i: number, of: number) => (i + ((offset * 0.381966) % 1)) / of;
  return [
    ...Array.from({ length: early }, (_, i) => 1 + Math.floor(share(i, early) * operations)),
    ...Array.from({ length: count - early }, (_, i) => operations - Math.floor(share(i, count - early) * 20)),
  ];
}

test(`${kills} runs killed at ${kills} moments end, resumed, with the bits of one left alone`, async () => {
  const chosen = cases.slice(0, Math.min(kills, cases.length));
  const told: Record<string, number[]> = {};
  for (const [i, { name, ending, begin, resume, outcome }] of chosen.entries()) {
    const [whole, count] = [at(`whole-${i}`), at(`count-${i}`)];
    const { code, err } = await run(begin(whole), { KILL_COUNT: count });
    expect(err, name).toBe("");
    const { status } = JSON.parse(text(join(whole, existsSync(join(whole, "end.json")) ? "end.json" : "summary.json")));
    expect(status, name).toBe(ending);
    const operations = Number(text(count));
    const each = moments(
      operations,
      Math.round((kills * (i + 1)) / chosen.length) - Math.round((kills * i) / chosen.length),
      i,
    );
    for (const moment of each) {
      const out = at("killed");
      rmSync(out, { recursive: true, force: true });
      const killed = await run(begin(out), { KILL_AT: `${moment}` });
      expect(killed.code, `${name}, ${ending}, killed at ${moment} of ${operations}`).toBe(null);
      // Before it has said what it is there is nothing to resume; after its summary nothing to do.
      const isOver = existsSync(join(out, "summary.json"));
      mkdirSync(out, { recursive: true });
      const again = existsSync(join(out, "run.json")) ? resume(out) : begin(out);
      const resumed = isOver ? { code, err: "" } : await run(again);
      const where = `${name}, ${ending}, killed at ${moment} of ${operations}`;
      expect(resumed, where).toEqual({ code, err: "" });
      expect(outcome(out), where).toEqual(outcome(whole));
    }
    told[`${name}, ${ending}`] = each.map((moment) => Number((moment / operations).toFixed(3)));
  }
  record("soak-kills", { kills, sameBits: Object.values(told).flat().length, momentsAsSharesOfTheRun: told });
}, 0);
