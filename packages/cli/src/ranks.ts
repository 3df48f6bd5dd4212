/** A command on the ranks of an MPI job: all of them run it, the first one speaks and writes. */
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, type Reducer } from "quadric";
import { mpi } from "quadric/node";
import { type Io, outputOn, tell } from "./io.ts";

/**
 * Milliseconds before another rank than the first tells its error: one that all ranks have the first one tells, and its
 * leaving ends the others before that.
 */
const graceMs = 1000;

/** Refuses data, given by their fingerprint, that are not those of every rank. */
export async function requireSameData({ distribution }: Reducer, fingerprint: string): Promise<void> {
  await distribution?.agreeOnData(Number.parseInt(fingerprint.slice(0, 8), 16));
}

/**
 * Joins the job that mpirun or srun started this process in, if any, and does the work as one of its ranks. An error
 * ends the job with its exit code.
 */
export async function onRanks(
  io: Io,
  shards: number | undefined,
  work: (io: Io, reducer: Reducer) => Promise<void>,
): Promise<void> {
  const reducer = await mpi({ shards }).catch((error) => {
    throw error instanceof RangeError ? new ConfigError(error.message.replace(/^\w+: shards/, "--shards:")) : error;
  });
  const { rank, size } = reducer;
  const silent = outputOn({ write() {} });
  const own: Io = rank === 0 ? io : { ...io, out: silent, err: silent, exitCode: 0 };
  try {
    await work(own, reducer);
    io.exitCode = own.exitCode;
    reducer.close();
  } catch (error) {
    if (rank > 0) {
      await delay(graceMs);
      tell(io, `rank ${rank} of ${size}:`);
    }
    throw error;
  }
}
