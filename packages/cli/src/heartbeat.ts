/** Writes a file anew every few seconds, from a thread of its own: a step may keep this one busy for minutes. */
import { closeSync, openSync } from "node:fs";
import { Worker } from "node:worker_threads";

// Through one descriptor, so that a file of another owner under the same name is never touched; forced to the disk, so
// that other machines see it.
const program = `
  const { fsyncSync, writeSync } = require("node:fs");
  const { workerData: { descriptor, content, seconds } } = require("node:worker_threads");
  setInterval(() => {
    try {
      writeSync(descriptor, content, 0);
      fsyncSync(descriptor);
    } catch {}
  }, 1000 * seconds);
`;

/** @returns what stops it; idempotent. */
export function startHeartbeat(file: string, content: string, seconds: number): () => Promise<void> {
  const descriptor = openSync(file, "r+");
  const worker = new Worker(program, { eval: true, execArgv: [], workerData: { descriptor, content, seconds } });
  worker.unref();
  let over: Promise<void> | undefined;
  // The number of a closed descriptor may soon mean another file: the thread is gone before that.
  return () => (over ??= worker.terminate().then(() => closeSync(descriptor)));
}
