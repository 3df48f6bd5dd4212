/** What an experiment leaves next to its runs: the numbers of its figure, one JSON object a line, and its pictures. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { ConfigError } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { describeEnvironment, type Output } from "quadric-cli/internal";
import { type Experiment, readExperiment } from "./experiment.ts";

export interface Outcome {
  readonly numbers: readonly object[];
  /** The same for people. */
  readonly text: string;
  /** Other files, by name: pictures, curves. */
  readonly files: Readonly<Record<string, string>>;
}

/** How an experiment is run. */
export interface Context {
  /** Where its files go. */
  readonly folder: string;
  /** Runs at a time on this machine. */
  readonly workers: number;
  /** Where to put the runs instead: the address of a Redis. */
  readonly queue?: string;
  readonly signal: AbortSignal;
  readonly progress: Output;
}

/**
 * @throws {ConfigError} if the folder is that of another experiment; one with other methods, seeds or budget is the
 *   same.
 */
export function writeExperiment(folder: string, experiment: Experiment): void {
  const path = join(folder, "experiment.json");
  if (existsSync(path) && !isDeepStrictEqual(identityOf(readExperiment(path)), identityOf(experiment))) {
    throw new ConfigError(
      `${folder}: must not be the folder of another experiment, got one of the name ${experiment.name}. Give another --out.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(path, `${JSON.stringify(experiment, null, 2)}\n`);
}

function identityOf({ title, figure, kind, ...rest }: Experiment): object {
  const { dataDir, ...task } = "task" in rest ? rest.task : {};
  return JSON.parse(JSON.stringify({ title, figure, kind, task }));
}

/** The first line says where the numbers come from. */
export function writeOutcome(
  folder: string,
  experiment: Experiment,
  command: string,
  { numbers, files }: Outcome,
): void {
  const provenance = {
    type: "provenance",
    experiment: experiment.name,
    command,
    seeds: experiment.seeds,
    commit: commit(),
    ...describeEnvironment(),
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
  const lines = [provenance, ...numbers].map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileAtomic(join(folder, "results.jsonl"), lines);
  for (const [name, text] of Object.entries(files)) writeFileAtomic(join(folder, name), text);
}

/** Of the repository, with a + if files differ from it. */
function commit(): string {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const git = (...args: string[]) => spawnSync("git", args, { cwd, encoding: "utf8" }).stdout?.trim() ?? "";
  const modified = git("status", "--porcelain", "--untracked-files=no") !== "";
  return `${git("rev-parse", "--short", "HEAD") || "unknown"}${modified ? "+" : ""}`;
}
