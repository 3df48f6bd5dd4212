/**
 * The folder of a run, written.
 *
 *   run.json                 what was run: resolved configuration, data, versions, machine; written first
 *   metrics.jsonl            one line a step, appended; on the disk before each checkpoint
 *   checkpoints/             what `resume` continues from
 *   parameters.safetensors   the final parameters
 *   summary.json             how it ended; written last, so its presence says that the run is finished
 *   lock                     the process at work in it (lock.ts)
 *
 * Nothing is removed that this run has not written.
 */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError, type Tensor } from "quadric";
import { writeFileAtomic } from "quadric/node";
import type { StepLine, Summary } from "./lines.ts";
import { type Holder, type LockOptions, lockHolder, takeLock } from "./lock.ts";
import { cutAfter } from "./metrics.ts";
import {
  asConfigError,
  format,
  identityOf,
  parametersFile,
  type RunRecord,
  recordFile,
  requirePlain,
  runFiles,
  summaryFile,
} from "./run-files.ts";

export interface RunWriter {
  readonly path: string;
  /** Says of files that they belong to this run. */
  readonly identity: string;
  /** The last line of metrics.jsonl, written or about to be. */
  readonly last: StepLine | undefined;
  /**
   * Removes the lines of later steps, which a killed run took after its last checkpoint; tells what is lost of others.
   */
  cutAfter(step: number, warn: (message: string) => void): void;
  /** Appends a line to metrics.jsonl; kept in memory until `flush`. */
  add(line: StepLine): void;
  /**
   * Forces metrics.jsonl to the disk.
   *
   * @throws {ConfigError} if another process has taken the folder over.
   */
  flush(): void;
  finish(parameters: ReadonlyMap<string, Tensor>, summary: Summary): void;
  /** Gives the folder free. Idempotent. */
  close(): Promise<void>;
}

type Tell = NonNullable<LockOptions["tell"]>;

/** What a run leaves that is killed before it has a run.json. */
const leftover = /^(lock(\.[0-9a-f]{16})*(\.\d+(\.now)?\.tmp)?|run\.json\.\d+\.tmp)$/;

/** A new run folder. Refuses a folder that holds anything; leaves none if it cannot be completed. */
export async function createRunFolder(path: string, about: Omit<RunRecord, "format">, tell: Tell): Promise<RunWriter> {
  let [isNew, folder, isWritten]: [boolean, RunWriter | undefined, boolean] = [false, undefined, false];
  try {
    requireFree(path);
    // Asked to make parents that are there, Node calls a read-only disk a missing file.
    isNew = existsSync(dirname(path)) ? makeFolder(path) : mkdirSync(path, { recursive: true }) !== undefined;
    syncFolder(dirname(path));
    const record = { format, ...about } as const;
    folder = await openRunFolder(path, record, tell);
    // Another process may have had it meanwhile.
    requireFree(path);
    isWritten = true;
    writeFileAtomic(join(path, "run.json"), recordFile(record));
    return folder;
  } catch (error) {
    if (isWritten) rmSync(join(path, "run.json"), { force: true });
    await folder?.close();
    if (isNew) removeIfEmpty(path);
    throw asConfigError(`--out: ${path}`, error);
  }
}

function requireFree(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || (stats.isDirectory() && readdirSync(path).every((name) => leftover.test(name)))) return;
  throw new ConfigError(`must be a new or empty folder. To continue a run: quadric resume ${path}`);
}

/** False if it is there already. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A free name below `runs/`, such as runs/digits-auto-3. */
export function freeRunFolder(name: string): string {
  for (let number = 1; ; number++) {
    const path = join("runs", `${name}-${number}`);
    if (!existsSync(path)) return path;
  }
}

/** Takes the folder of a run for this process; waits if that of another cannot be asked whether it lives. */
export async function openRunFolder(path: string, record: RunRecord, tell: Tell): Promise<RunWriter> {
  requirePlain(path);
  const lock = await takeLock(join(path, "lock"), { tell });
  const identity = identityOf(record);
  const metrics = join(path, "metrics.jsonl");
  let last: StepLine | undefined;
  let pending = "";
  const write = () => {
    if (pending === "") return;
    if (!lock.isHeld()) {
      throw new ConfigError(
        `${path}: must be held by this run, got taken over by another process. Nothing more is written.`,
      );
    }
    append(metrics, pending);
    pending = "";
  };
  return {
    path,
    identity,
    get last() {
      return last;
    },
    cutAfter(step, warn) {
      const { length, last: kept, damage } = cutAfter(path, step);
      last = kept;
      if (damage) warn(`${metrics}: ${damage}`);
      if (existsSync(metrics)) truncateSync(metrics, length);
    },
    add(line) {
      last = line;
      pending += `${JSON.stringify(line)}\n`;
      if (pending.length > 65536) write();
    },
    flush: write,
    finish(parameters, summary) {
      write();
      writeFileAtomic(join(path, "parameters.safetensors"), parametersFile(parameters, identity));
      writeFileAtomic(join(path, "summary.json"), summaryFile(summary, identity));
    },
    close: lock.free,
  };
}

/** Appended and forced to the disk; a link in the place of the file is not followed. */
function append(path: string, text: string): void {
  const isNew = !existsSync(path);
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = constants;
  const file = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o666);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (isNew) syncFolder(dirname(path));
}

/** Makes a new name in the folder last. Windows has no such call and needs none. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Removes what a run writes, and the folder if nothing else is in it. Nobody may be at work there. */
export function removeRun(path: string): void {
  const checkpoints = join(path, "checkpoints");
  if (existsSync(checkpoints)) {
    for (const name of readdirSync(checkpoints))
      if (/^step-\d{8,}\.(json|safetensors)$/.test(name)) rmSync(join(checkpoints, name));
    removeIfEmpty(checkpoints);
  }
  for (const name of [...runFiles, "lock"]) rmSync(join(path, name), { force: true });
  removeIfEmpty(path);
}

export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** The process that holds a folder; undefined if none does, or none that lives. */
export function holderOf(path: string): Holder | undefined {
  return lockHolder(join(path, "lock"));
}
