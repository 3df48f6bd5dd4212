/** Results of the long campaigns as files, with what they were had on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

const folder = new URL("../../../../experiments/results/", import.meta.url);
/** The commit at the start: files are written during long runs too. */
const commit = process.env.QUADRIC_WRITE_TABLES
  ? execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: new URL(".", import.meta.url),
      encoding: "utf8",
    }).trim()
  : "";

/** Writes experiments/results/`name`.json where QUADRIC_WRITE_TABLES asks for it. */
export function record(name: string, result: Readonly<Record<string, unknown>>): void {
  if (!process.env.QUADRIC_WRITE_TABLES) return;
  const machine = { cpu: cpus()[0].model, cores: cpus().length, load: loadavg()[0], node: process.version };
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ ...result, commit, ...machine }, null, 2)}\n`);
}
