/** The bin as a process: what ends it, and what is lost by that. Nothing. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bin, buildIfStale } from "./bin.ts";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly err: string;
}

/** Runs the bin and, at its line number `line` on standard output, does something to it. */
function start(args: string[], line: number, act: (child: ReturnType<typeof spawn>) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    let acted = false;
    child.stdout.on("data", (text) => {
      out += text;
      if (acted || out.split("\n").length <= line) return;
      acted = true;
      act(child);
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.on("close", (code) => resolve({ code, lines: out.trimEnd().split("\n"), err }));
  });
}

const training = (out: string) => [
  "train",
  "--steps",
  "120",
  "--model",
  "mlp:64-16-10",
  "--checkpoint-every",
  "5",
  "--json",
  "--out",
  out,
];
const parameters = (run: string) => readFileSync(at(run, "parameters.safetensors"));
/** Metrics without the time. */
const metrics = (run: string) => readFileSync(at(run, "metrics.jsonl"), "utf8").replace(/,"seconds":[^}]*/g, "");

beforeAll(async () => {
  buildIfStale();
  await quadric(...training(at("whole")));
}, 60_000);

describe("a run that is interrupted", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s saves, says how to go on, and ends as if nothing had happened", async (signal, code) => {
    const ended = await start(training(at(signal)), 20, (child) => child.kill(signal));
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(`to continue: quadric resume ${at(signal)}`);
    expect(existsSync(at(signal, "summary.json"))).toBe(false);
    expect(existsSync(at(signal, "lock"))).toBe(false);
    for (const line of ended.lines) expect(JSON.parse(line).type).toBe("step");

    const { code: resumed, lines } = await quadric("resume", at(signal), "--json");
    expect(resumed).toBe(0);
    expect(lines()[0].step).toBe(ended.lines.length + 1);
    expect(parameters(signal).equals(parameters("whole"))).toBe(true);
    expect(metrics(signal)).toBe(metrics("whole"));
  });

  test("by two signals leaves at once", async () => {
    const ended = await start(training(at("twice")), 20, (child) => {
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGINT"), 5);
    });
    expect(ended.code).toBe(130);
  });

  test("by SIGKILL, again and again, continues from its last checkpoint to the same bits", async () => {
    let args = training(at("killed"));
    for (const line of [12, 17, 23]) {
      await start(args, line, (child) => child.kill("SIGKILL"));
      expect(existsSync(at("killed", "lock"))).toBe(true);
      args = ["resume", at("killed"), "--json"];
    }
    const { code, err } = await quadric(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(parameters("killed").equals(parameters("whole"))).toBe(true);
    expect(metrics("killed")).toBe(metrics("whole"));
  });

  test("and whose newest checkpoint is damaged continues from the previous one, and says so", async () => {
    await start(training(at("damaged")), 31, (child) => child.kill("SIGKILL"));
    const newest = readdirSync(at("damaged", "checkpoints")).sort().at(-1)!;
    truncateSync(at("damaged", "checkpoints", newest), 100);
    const { code, err } = await quadric("resume", at("damaged"), "--json");
    expect(code).toBe(0);
    expect(err).toMatch(/^quadric: checkpoint: passed over a damaged one\. .*step-\d{8}: its tensors do not fit/);
    expect(parameters("damaged").equals(parameters("whole"))).toBe(true);
  });
});

test("a reader that has seen enough ends the run quietly", async () => {
  const ended = await start(training(at("pipe")), 3, (child) => child.stdout?.destroy());
  expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: "" });
});
