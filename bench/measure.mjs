/** What the benchmarks measure, read and write with. */
import { readFileSync } from "node:fs";

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
