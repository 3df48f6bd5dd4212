/**
 * The lock of a folder: a file that names the process at work in it.
 *
 * It appears together with its content, as a link to a draft, so nobody reads half a name. Where several processes find
 * the lock of a dead one, a second lock, named after what the first says, decides who may remove it; who has that lock
 * looks once more. A process that dies meanwhile leaves a lock like any other.
 */
import { createHash } from "node:crypto";
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { ConfigError } from "quadric";

export interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes the lock for this process, from a dead one if need be.
 *
 * @returns what gives it free again; idempotent.
 * @throws {ConfigError} if another process has it.
 */
export function takeLock(file: string): () => void {
  const mine = `${process.pid} ${hostname()} ${startOf(process.pid)}`;
  while (!create(file, mine)) {
    const found = read(file);
    const holder = parse(found);
    if (holder) {
      throw new ConfigError(
        `${dirname(file)}: must not be in use, got a lock of process ${holder.pid} on ${holder.host}. If that process is gone, remove ${resolve(file)}.`,
      );
    }
    if (found === undefined) continue;
    const free = takeLock(`${file}.${createHash("sha256").update(found).digest("hex").slice(0, 16)}`);
    if (read(file) === found) rmSync(file, { force: true });
    free();
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/** The process that holds a lock; undefined if none does, or if that process is of this host and gone. */
export function lockHolder(file: string): Holder | undefined {
  return parse(read(file));
}

/** False if the file exists already. */
function create(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, content);
    try {
      linkSync(draft, file);
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw error;
      // Some disks have no links: there the name may be read before it is whole.
      copyFileSync(draft, file, constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** An empty lock names nobody: the disk lost its content with the power. */
function parse(content: string | undefined): Holder | undefined {
  if (!content) return undefined;
  const [pid, host, start = ""] = content.split(" ");
  if (host !== hostname()) return { pid: Number(pid), host };
  const isAlive = exists(Number(pid)) && !isZombie(Number(pid)) && (start === "" || start === startOf(Number(pid)));
  return isAlive ? { pid: Number(pid), host } : undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/**
 * When a process started, in ticks since the machine did; empty if the system does not say. It distinguishes a process
 * from a later one of the same number, which in a container is the rule.
 */
const startOf = (pid: number): string => statOf(pid)[19] ?? "";

/** Whether a process is over and only waits for its parent to ask how it ended, in a container often for ever. */
const isZombie = (pid: number): boolean => "ZX".includes(statOf(pid)[0] ?? "-");

/** The fields of a process behind its name, which stands in parentheses and may hold anything; none if the system does not say. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
