/**
 * Which machine this is, and which of its processes live: what tells a process that is gone from one that cannot be
 * seen.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface Machine {
  readonly host: string;
  /** Names this start of the machine, in every container of it; empty if the system does not say. */
  readonly boot: string;
  /** Names the table of processes that numbers belong to; empty if the system does not say. */
  readonly processes: string;
}

export function thisMachine(): Machine {
  return {
    host: hostname(),
    boot: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    processes: orEmpty(() => readlinkSync("/proc/self/ns/pid")),
  };
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * When a process started, in ticks since the machine did; empty if the system does not say. It distinguishes a process
 * from a later one of the same number, which in a container is the rule.
 */
export const startOf = (pid: number): string => statOf(pid)[19] ?? "";

/** Whether a process is over and only waits for its parent to ask how it ended, in a container often for ever. */
export const isZombie = (pid: number): boolean => "ZX".includes(statOf(pid)[0] ?? "-");

/**
 * The fields of a process behind its name, which stands in parentheses and may hold anything; none if the system does
 * not say.
 */
function statOf(pid: number): string[] {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat === "" ? [] : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function orEmpty(ask: () => string): string {
  try {
    return ask();
  } catch {
    return "";
  }
}
