/** What names and files hold commands no terminal, whichever command prints it. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Summary } from "../src/lines.ts";
import { thisMachine } from "../src/machine.ts";
import { printable, printableLine } from "../src/printable.ts";
import { summaryFile } from "../src/run-files.ts";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const hostile = "a\u001b]0;PWNED\u0007\u009b31m\u202eb\r\nc";
/** Every control character but those that a line of ours ends or aligns with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

test("printable() spells control characters out, and leaves JSON the same JSON", () => {
  expect(printable("é\tx\n\u001b[2K\u009b\u007f")).toBe("é\tx\n\\u001b[2K\\u009b\\u007f");
  expect(printableLine("one\ntwo\t")).toBe("one\\u000atwo\\u0009");
  expect(JSON.parse(printable(JSON.stringify(hostile)))).toBe(hostile);
});

describe("a stranger's folder", () => {
  let record: Record<string, unknown>;
  let summary: Record<string, unknown>;
  let number = 0;
  const run = (change: { record?: object | string; summary?: object; lock?: string }) => {
    const path = join(folder, `run-${number++}`);
    mkdirSync(path);
    const { record: changed = {} } = change;
    writeFileSync(
      join(path, "run.json"),
      typeof changed === "string" ? changed : JSON.stringify({ ...record, ...changed }),
    );
    const { run, sha256: _, ...rest } = summary;
    if (change.summary)
      writeFileSync(
        join(path, "summary.json"),
        summaryFile({ ...rest, ...change.summary } as unknown as Summary, run as string),
      );
    if (change.lock) {
      const owner = { pid: process.pid, start: "", ...thisMachine(), host: change.lock, token: "" };
      const inode = String(statSync(path, { bigint: true }).ino);
      writeFileSync(join(path, "lock"), JSON.stringify({ ...owner, inode }));
    }
    return path;
  };
  beforeAll(async () => {
    const path = join(folder, "good");
    await quadric("train", "--steps", "1", "--model", "mlp:64-10", "--inputs", "raw", "--out", path);
    [record, summary] = ["run.json", "summary.json"].map((name) => JSON.parse(readFileSync(join(path, name), "utf8")));
  });

  test.each<[string, string, () => string[]]>([
    ["label", "compare", () => [run({ record: { label: hostile }, summary: {} })]],
    ["label, as JSON", "compare", () => [run({ record: { label: hostile }, summary: {} }), "--json"]],
    ["format", "evaluate", () => [run({ record: { format: hostile } })]],
    ["unknown key", "predict", () => [run({ record: { [hostile]: 1 } }), "x.csv"]],
    ["unknown setting", "export", () => [run({ record: { config: { [hostile]: 1 } } })]],
    ["status", "resume", () => [run({ summary: { status: hostile } })]],
    ["training loss", "compare", () => [run({ summary: { trainLoss: hostile } })]],
    ["data", "evaluate", () => [run({ record: { config: { ...(record.config as object), data: hostile } } })]],
    ["lock", "resume", () => [run({ lock: hostile })]],
    ["path", "report", () => [join(folder, hostile)]],
    ["flag", "train", () => [`--${hostile}`]],
  ])("the %s in it commands no terminal by way of quadric %s", async (_, command, args) => {
    const { out, err } = await quadric(command, ...args());
    expect(out + err).not.toMatch(controls);
    expect((out + err).length).toBeGreaterThan(0);
    if (out === "") expect(err.trimEnd().split("\n")).toHaveLength(1);
  });
});
