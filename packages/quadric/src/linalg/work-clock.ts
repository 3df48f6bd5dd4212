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
