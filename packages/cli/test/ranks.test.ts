/** The command on the ranks of an MPI job. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bin, buildIfStale } from "./bin.ts";
import { temporaryFolder, writeCsv } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const missing = existsSync("/usr/bin/mpirun") ? undefined : "needs mpirun (apt install openmpi-bin)";

const onRanks = (ranks: number, ...args: string[]) => onRanksIn(ranks, [process.execPath, bin, ...args]);

async function onRanksIn(ranks: number, command: string[]): Promise<{ code: number; out: string; err: string }> {
  const flags = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", `${ranks}`];
  const job = spawn("mpirun", [...flags, ...command], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  job.stdout.on("data", (text) => {
    out += text;
  });
  job.stderr.on("data", (text) => {
    err += text;
  });
  return new Promise((resolve) => job.on("close", (code) => resolve({ code: code!, out, err })));
}

const train = ["train", "--data", "digits", "--model", "mlp:64-8-10", "--batch-size", "100", "--shards", "4"];
const outcome = (run: string) => [
  readFileSync(join(run, "parameters.safetensors"), "latin1"),
  readFileSync(join(run, "metrics.jsonl"), "latin1").replace(/,"seconds":[^},]*/g, ""),
];

beforeAll(buildIfStale, 300_000);

describe.skipIf(missing)(`quadric on the ranks of a job${missing ? `, ${missing}` : ""}`, () => {
  test("with fixed shards 1 and 2 ranks leave the same folder, and one speaks", async () => {
    const flags = ["--steps", "6", "--json"];
    const one = await onRanks(1, ...train, ...flags, "--out", at("one"));
    const two = await onRanks(2, ...train, ...flags, "--out", at("two"));
    expect([one.code, two.code, two.err]).toEqual([0, 0, ""]);
    expect(two.out.trimEnd().split("\n")).toHaveLength(7);
    expect(outcome(at("two"))).toEqual(outcome(at("one")));
    expect(readdirSync(at("two")).sort()).toEqual(readdirSync(at("one")).sort());
  });

  test("a mistake is reported once, with exit code 2", async () => {
    const { code, err } = await onRanks(2, ...train, "--steps", "1", "--lr", "1", "--out", at("wrong"));
    expect(code).toBe(2);
    expect(err.match(/^quadric: --lr.*$/gm)).toHaveLength(1);
    expect(existsSync(at("wrong"))).toBe(false);
  });

  test("a number of shards that does not fit the ranks is refused", async () => {
    const { code, err } = await onRanks(3, ...train, "--steps", "1", "--out", at("wrong"));
    expect(code).toBe(2);
    expect(err).toContain("quadric: --shards: must be a power of two and a multiple of the 3 ranks, got 4.");
  });

  test.each([
    [
      "as many rows of other numbers",
      (lines: string[]) => lines.map((line, i) => (i === 3 ? line.replace(/^[^,]*/, "9") : line)),
    ],
    ["another number of rows", (lines: string[]) => lines.slice(0, -2)],
  ])("data with %s on one rank are refused before the first step", async (what, change) => {
    for (const rank of [0, 1]) {
      mkdirSync(at(`${what}/${rank}`), { recursive: true });
      writeCsv(at(`${what}/${rank}/data.csv`), rank === 1 ? change : undefined);
    }
    const flags = ["--data", "data.csv", "--target", "side", "--model", "mlp:2-2", "--batch-size", "8", "--steps", "3"];
    const inOwnFolder = ["sh", "-c", `cd "${at(what)}/$OMPI_COMM_WORLD_RANK" && exec "$0" "$@"`, process.execPath, bin];
    const { code, err } = await onRanksIn(2, [...inOwnFolder, "train", ...flags, "--out", at("mixed")]);
    expect(code).toBe(2);
    expect(existsSync(at("mixed"))).toBe(false);
    expect(err).toMatch(
      /^quadric: train: the data of rank 0 must be those of every other rank, got different ones\. Let all ranks read/m,
    );
    expect(err).not.toContain("internal");
  });
});
