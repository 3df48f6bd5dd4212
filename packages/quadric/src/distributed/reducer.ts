/** Many processes as one: what each has of a sum is added up, and all go on with the same bits. */
import { requireInteger } from "../check.ts";
import type { Vector } from "../vector/vector.ts";
import type { Distribution } from "./distribution.ts";

/** What the messages of one rank cost so far. */
export interface Communication {
  /** Sums, whole or scattered, gatherings, broadcasts and barriers. */
  readonly calls: number;
  /** Bytes of vectors handed over, not what the network made of them. */
  readonly bytes: number;
  /** Time in calls, waiting for slower ranks included. */
  readonly seconds: number;
}

/**
 * The ranks of a job. All of them make the same calls in the same order; a call ends when every rank has made it.
 */
export interface Communicator {
  /** This process, 0 … size − 1. Rank 0 calls callbacks and saves checkpoints. */
  readonly rank: number;
  /** Processes. */
  readonly size: number;
  /**
   * Pieces every batch is cut into, a multiple of `size`; a rank has shards/size of them, all neighbours. Their number decides
   * how rounding falls: with equal `shards` a run has the same bits on every number of ranks.
   */
  readonly shards: number;
  readonly communication: Communication;
  /** x ← Σ x over the ranks, in place, the same bits on each. */
  sum(x: Vector): Promise<void>;
  /** [begin, end) of a vector of this length: the part that is this rank's. The parts of all ranks are its cuts into `size` pieces. */
  part(length: number): readonly [number, number];
  /** Σ x over the ranks on this rank's part alone, a view of x; the rest of x is spent. */
  reduceScatter(x: Vector): Promise<Vector>;
  /** x ← what each rank has on its part of x, in place. */
  allGather(x: Vector): Promise<void>;
  /** x ← x of rank 0, in place. */
  broadcast(x: Uint8Array): Promise<void>;
  /** Ends when every rank has come to it. */
  barrier(): Promise<void>;
  /** Ends all processes of the job with this exit code, the caller's first. */
  abort(code: number): never;
  /** Leaves the job in order; nothing may be called afterwards. Idempotent. */
  close(): void;
}

/** The ranks of a job, and how a training run lies on them. */
export interface Reducer extends Communicator {
  /** Absent where batches stay in one piece. */
  readonly distribution?: Distribution;
}

export interface ReducerOptions {
  /**
   * S, a power of two and a multiple of the number of ranks: every batch is cut into S pieces which are summed as a balanced
   * tree, so that 1, 2, 4, … S ranks give the same bits. Defaults to one piece a rank, summed in any order: faster, and
   * equal between numbers of ranks to rounding.
   */
  readonly shards?: number;
}

/** Where piece i of n of a vector begins; every second cut into 2n pieces is one into n. */
export function cut(i: number, n: number, length: number): number {
  return Math.floor((i * length) / n);
}

export function requireShards(where: string, shards: number, size: number): void {
  requireInteger(where, "shards", shards, 1);
  if (!Number.isInteger(Math.log2(shards)) || shards % size !== 0) {
    throw new RangeError(`${where}: shards must be a power of two and a multiple of the ${size} ranks, got ${shards}.`);
  }
}
