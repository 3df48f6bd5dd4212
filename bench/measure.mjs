/** What the benchmarks measure, read and write with. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

/** The middle value, the upper one of two. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds of processor time so far, which other processes hardly lengthen. */
export function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** For JSON.stringify: numbers to four digits. */
export const toFourDigits = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

/** The values in a file of one JSON text a line. */
export const jsonLines = (file) => readFileSync(file, "utf8").split("\n").filter(Boolean).map(JSON.parse);

/** Runs by what `keyOf` makes of them, in the order of their first. */
export function grouped(runs, keyOf) {
  const groups = new Map();
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  return groups;
}

/** What a result file says about its origin: the commit, with a + if files differ from it, versions and the machine. */
export function provenance() {
  const git = (...args) =>
    spawnSync("git", args, { cwd: fileURLToPath(new URL(".", import.meta.url)), encoding: "utf8" }).stdout?.trim();
  const modified = git("status", "--porcelain", "--untracked-files=no");
  const { version } = JSON.parse(readFileSync(new URL("../packages/quadric/package.json", import.meta.url), "utf8"));
  return {
    commit: `${git("rev-parse", "--short", "HEAD") || "unknown"}${modified ? "+" : ""}`,
    quadric: version,
    node: process.version,
    cpu: cpus()[0].model,
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}
