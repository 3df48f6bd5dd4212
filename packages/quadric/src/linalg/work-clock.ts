/**
 * Seconds of work, to compare times of unequal length on a machine with other work. A wall clock prolongs a second by the
 * machine's load and a millisecond, which fits between two turns of the scheduler, not at all.
 */
import type { MatrixEngine } from "./matrix-engine.ts";

/** Processor seconds of the process where all work is done in turn there and Node tells them, else of the wall. */
export function workClock({ isSerial = false }: Pick<MatrixEngine, "isSerial">): () => number {
  const { process } = globalThis as { process?: { cpuUsage?(): { user: number; system: number } } };
  if (!isSerial || !process?.cpuUsage) return () => performance.now() / 1000;
  return () => {
    const { user, system } = process.cpuUsage!();
    return (user + system) / 1e6;
  };
}

/** Seconds of work, the least of so many after one that compiles; the first that takes more than `enough` ends it. */
export async function leastTime(
  now: () => number,
  work: () => unknown,
  { repeats, enough = Infinity }: { readonly repeats: number; readonly enough?: number },
): Promise<number> {
  let least = Infinity;
  for (let k = 0; k <= repeats; k++) {
    const begin = now();
    await work();
    const taken = now() - begin;
    if (k > 0 || taken > enough) least = Math.min(least, taken);
    if (taken > enough) return least;
  }
  return least;
}
