/**
 * The lock of a folder: a file that names the process at work in it, written anew every few seconds while it is.
 *
 *   can be asked      of this start of this machine, in this table of processes, for this very folder: it lives or it does not
 *   cannot be asked   another machine or container, a machine started again, a copied folder: a lock not written for
 *                     `leaseSeconds`, by the clock of its disk, is nobody's; who wants it waits that long
 *
 * The lock appears together with its content, as a link to a draft, so nobody reads half a name. Where several
 * processes find the lock of a dead one, a second lock, named after what the first says, decides who may remove it; who
 * has that lock looks once more. A process that dies meanwhile leaves a lock like any other.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError } from "quadric";
import { z } from "zod";
import { startHeartbeat } from "./heartbeat.ts";
import { exists, isZombie, type Machine, startOf, thisMachine } from "./machine.ts";

const leaseSeconds = 60;
const beatSeconds = 10;

/** Whom a lock names. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
}

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When the process started, in ticks since the machine did. */
  start: z.string(),
  /** Names the start of the machine. */
  boot: z.string(),
  /** Names the table of processes: that of the machine or of a container. */
  processes: z.string(),
  /** Of the folder on its disk: a copy has another one. */
  inode: z.string(),
  /** Makes every lock another one. */
  token: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface Lock {
  /** False once another process took this one for dead: then nothing may be written. */
  isHeld(): boolean;
  /** Gives the folder free. Idempotent. */
  free(): Promise<void>;
}

export interface LockOptions {
  /** Where this process is; tests pass what they want. */
  readonly machine?: Machine;
  /** Seconds after which a lock that nobody writes is nobody's; 60. */
  readonly lease?: number;
  /** Seconds between two writings; 10. */
  readonly beat?: number;
  /** Called once if there is something to wait for. */
  readonly tell?: (message: string) => void;
}

/**
 * Takes the lock for this process, from a dead one if need be.
 *
 * @throws {ConfigError} if another process has it.
 */
export async function takeLock(file: string, options: LockOptions = {}): Promise<Lock> {
  const content = await acquire(file, options);
  const stop = startHeartbeat(file, content, options.beat ?? beatSeconds);
  return {
    isHeld: () => read(file)?.content === content,
    async free() {
      await stop();
      release(file, content);
    },
  };
}

/** The process that holds a lock; undefined if none does, or none that lives. */
export function lockHolder(
  file: string,
  { machine = thisMachine(), lease = leaseSeconds }: LockOptions = {},
): Holder | undefined {
  const found = read(file);
  return found && judge(found, file, machine, lease)?.holder;
}

async function acquire(file: string, options: LockOptions): Promise<string> {
  const { machine = thisMachine(), lease = leaseSeconds, tell = () => {} } = options;
  const own: Owner = {
    pid: process.pid,
    start: startOf(process.pid),
    ...machine,
    inode: inodeOf(file),
    token: randomUUID(),
  };
  const mine = JSON.stringify(own);
  let silent: Found | undefined;
  while (!create(file, mine)) {
    const found = read(file);
    if (!found) continue;
    const judged = judge(found, file, machine, lease);
    if (judged) {
      const { holder, wait } = judged;
      const hasSpoken = silent?.content === found.content && silent.written !== found.written;
      if (wait === undefined || hasSpoken) {
        throw new ConfigError(
          `${dirname(file)}: must not be in use, got a lock of process ${holder.pid} on ${holder.host}. If that process is gone, remove ${resolve(file)}.`,
        );
      }
      if (silent?.content !== found.content) {
        tell(
          `waiting up to ${Math.ceil(wait)} s for a sign of process ${holder.pid} on ${holder.host}, which has ${dirname(file)} locked`,
        );
      }
      silent = found;
      await delay(Math.min(1000, 1000 * wait + 10));
      continue;
    }
    const heir = `${file}.${createHash("sha256").update(found.content).digest("hex").slice(0, 16)}`;
    const right = await acquire(heir, options);
    if (read(file)?.content === found.content) rmSync(file, { force: true });
    release(heir, right);
  }
  return mine;
}

function release(file: string, content: string): void {
  if (read(file)?.content === content) rmSync(file, { force: true });
}

/** Whose lock it is, and for how long it may only be waited, in seconds; undefined if it is nobody's. */
function judge(
  { content, written }: Found,
  file: string,
  machine: Machine,
  lease: number,
): { holder: Holder; wait?: number } | undefined {
  // The disk lost its content with the power.
  if (content === "") return undefined;
  const owner = parse(content);
  if (owner && canBeAsked(owner, file, machine)) {
    const { pid, start } = owner;
    const isAlive = exists(pid) && !isZombie(pid) && (start === "" || start === startOf(pid));
    return isAlive ? { holder: owner } : undefined;
  }
  const wait = lease - Math.abs(timeOf(file) - written) / 1000;
  return wait > 0 ? { holder: owner ?? { pid: 0, host: "another machine" }, wait } : undefined;
}

function canBeAsked({ boot, processes, inode, host }: Owner, file: string, machine: Machine): boolean {
  // Without a name of the start, as on macOS and Windows, that of the machine has to do.
  const isHere = boot === machine.boot && processes === machine.processes && (boot !== "" || host === machine.host);
  return isHere && inode === inodeOf(file);
}

const inodeOf = (file: string): string => String(statSync(dirname(file), { bigint: true }).ino);

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

interface Found {
  readonly content: string;
  /** When it was written last, in milliseconds by the clock of its disk. */
  readonly written: number;
}

/** Opened, so that a network disk looks again. */
function read(file: string): Found | undefined {
  try {
    const descriptor = openSync(file, "r");
    try {
      return { content: readFileSync(descriptor, "utf8"), written: fstatSync(descriptor).mtimeMs };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The time by the clock of the file's disk, as far as it can be written to. */
function timeOf(file: string): number {
  const draft = `${file}.${process.pid}.now.tmp`;
  try {
    writeFileSync(draft, "");
    return statSync(draft).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    rmSync(draft, { force: true });
  }
}

function parse(content: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
