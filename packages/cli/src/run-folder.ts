/**
 * The folder of a run.
 *
 *   run.json                 what was run: resolved configuration, inputs, versions, machine; written first
 *   metrics.jsonl            one line a step, appended
 *   checkpoints/             what `resume` continues from
 *   parameters.safetensors   the final parameters
 *   summary.json             how it ended; written last, so its presence says that the run is finished
 *   lock                     the process at work in it (lock.ts)
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError, type Tensor } from "quadric";
import { readSafetensors, writeSafetensors } from "quadric/data";
import { writeFileAtomic } from "quadric/node";
import { z } from "zod";
import { configSchema } from "./config.ts";
import type { StepLine, Summary } from "./lines.ts";
import { type Holder, lockHolder, takeLock } from "./lock.ts";

/** Version of the folder's layout; raised when older readers would misread a newer folder. */
const format = 1;

const recordSchema = z.strictObject({
  format: z.literal(format),
  /** What comparisons call the method; absent, they call it by its optimizer. */
  label: z.string().optional(),
  /** Every setting, defaults included. */
  config: configSchema,
  /** The method that runs, and why. */
  choice: z.strictObject({ method: z.string(), because: z.string() }),
  /** Its settings, defaults included. */
  optimizer: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
});

export type RunRecord = z.infer<typeof recordSchema>;

export interface RunWriter {
  readonly path: string;
  /** The last line of metrics.jsonl, written or about to be. */
  readonly last: StepLine | undefined;
  /** Removes the lines of later steps, which a killed run took after its last checkpoint. */
  cutAfter(step: number): void;
  /** Appends a line to metrics.jsonl; kept in memory until `flush`. */
  add(line: StepLine): void;
  flush(): void;
  finish(parameters: ReadonlyMap<string, Tensor>, summary: Summary): void;
  /** Gives the folder free. Idempotent. */
  close(): void;
}

/** A new run folder. Refuses a folder that holds anything; leaves none if it cannot be completed. */
export function createRunFolder(path: string, record: Omit<RunRecord, "format">): RunWriter {
  const isNew = !existsSync(path);
  if (!isNew && !isEmptyFolder(path)) {
    throw new ConfigError(
      `--out: must be a new or empty folder, got ${path}. To continue a run: quadric resume ${path}`,
    );
  }
  let folder: RunWriter | undefined;
  try {
    // Asked to make parents that are there, Node calls a read-only disk a missing file.
    if (isNew) mkdirSync(path, { recursive: !existsSync(dirname(path)) });
    folder = openRunFolder(path);
    writeFileAtomic(join(path, "run.json"), `${JSON.stringify({ format, ...record }, null, 2)}\n`);
    return folder;
  } catch (error) {
    folder?.close();
    if (isNew && existsSync(path)) rmSync(path, { recursive: true });
    throw asConfigError(`--out: ${path}`, error);
  }
}

/** A free name below `runs/`, such as runs/digits-auto-3. */
export function freeRunFolder(name: string): string {
  for (let number = 1; ; number++) {
    const path = join("runs", `${name}-${number}`);
    if (!existsSync(path)) return path;
  }
}

export function readRunRecord(path: string): RunRecord {
  const json = readJson(path, "run.json");
  if (json.format !== format) {
    throw new ConfigError(
      `${path}: run.json must have format ${format}, got ${json.format}: another version wrote it.`,
    );
  }
  const { data, error } = recordSchema.safeParse(json);
  if (data) return data;
  const [{ path: keys, message }] = error.issues;
  throw new ConfigError(`${join(path, "run.json")}: ${keys.join(".")}: ${message}.`);
}

/** The summary of a finished run, undefined of another. */
export function readSummary(path: string): Summary | undefined {
  return existsSync(join(path, "summary.json")) ? (readJson(path, "summary.json") as unknown as Summary) : undefined;
}

export function readParameters(path: string): ReadonlyMap<string, Tensor> {
  const file = join(path, "parameters.safetensors");
  if (!existsSync(file)) throw new ConfigError(`${path}: must hold a finished run, got no parameters.safetensors.`);
  try {
    return readSafetensors(readFileSync(file)).tensors;
  } catch (error) {
    throw asConfigError(file, error);
  }
}

/** The lines of metrics.jsonl that are whole; none of a run that has not taken a step. */
export function readMetrics(path: string): StepLine[] {
  const file = join(path, "metrics.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").flatMap(parseLine) : [];
}

/** Every run folder at or below a path, in natural order. */
export function findRunFolders(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigError(`${path}: must be a folder, got none.`);
  }
  if (existsSync(join(path, "run.json"))) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort(new Intl.Collator("en", { numeric: true }).compare)
    .flatMap((name) => findRunFolders(join(path, name)));
}

/** Takes a folder for this process. */
export function openRunFolder(path: string): RunWriter {
  const unlock = takeLock(join(path, "lock"));
  const metrics = join(path, "metrics.jsonl");
  let last: StepLine | undefined;
  let pending = "";
  const flush = () => {
    if (pending !== "") appendFileSync(metrics, pending);
    pending = "";
  };
  return {
    path,
    get last() {
      return last;
    },
    cutAfter(step) {
      if (!existsSync(metrics)) return;
      const kept = readMetrics(path).filter((line) => line.step <= step);
      last = kept.at(-1);
      writeFileAtomic(metrics, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
    },
    add(line) {
      last = line;
      pending += `${JSON.stringify(line)}\n`;
      if (pending.length > 65536) flush();
    },
    flush,
    finish(parameters, summary) {
      flush();
      writeFileAtomic(join(path, "parameters.safetensors"), writeSafetensors(parameters));
      writeFileAtomic(join(path, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
    },
    close: unlock,
  };
}

/** The process that holds a folder; undefined if none does, or if that process is of this host and gone. */
export function holderOf(path: string): Holder | undefined {
  return lockHolder(join(path, "lock"));
}

/** The last line of a killed run may be half a line. */
function parseLine(text: string): StepLine[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function isEmptyFolder(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}

function readJson(folder: string, name: string): Record<string, unknown> {
  const path = join(folder, name);
  if (!existsSync(path)) throw new ConfigError(`${folder}: must be the folder of a run, got one without ${name}.`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new ConfigError(`${path}: must be a JSON object, got something else.`);
}

/** What the file system or a parser says about a user's path, in one line; other errors as they are. */
function asConfigError(where: string, error: unknown): unknown {
  if (error instanceof ConfigError) return new ConfigError(`${where}: ${error.message}`);
  const { code, message } = error as NodeJS.ErrnoException;
  return code ? new ConfigError(`${where}: cannot be used, ${message}.`) : error;
}
