/** Many processes as one: what a training run needs of the ranks of a job. Implemented by distributed/. */
import type { Objective } from "../objective/objective.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { ResumableBatches } from "./batches.ts";
import type { CheckpointStore } from "./checkpoint.ts";

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
   * Pieces every batch is cut into, a multiple of `size`; a rank has shards/size of them, all neighbours. Their number
   * decides how rounding falls: with equal `shards` a run has the same bits on every number of ranks.
   */
  readonly shards: number;
  readonly communication: Communication;
  /** x ← Σ x over the ranks, in place, the same bits on each. */
  sum(x: Vector): Promise<void>;
  /**
   * [begin, end) of a vector of this length: the part that is this rank's. The parts of all ranks are its cuts into
   * `size` pieces.
   */
  part(length: number): readonly [number, number];
  /** Σ x over the ranks on this rank's part alone, a view of x; the rest of x is overwritten. */
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

export interface Shard {
  /** Position of its first example in the batch. */
  readonly start: number;
  readonly examples: number;
  readonly batch: TensorTree;
}

/** A rank's share of a batch. */
export interface ShardedBatch {
  /** b, those of all ranks. */
  readonly examples: number;
  /** Of this rank, in order; one without examples is left out. */
  readonly shards: readonly Shard[];
}

/** What a rank knows of the run after a step. */
export interface RankStatus {
  /** Whether a callback asked to stop. */
  readonly stop: boolean;
  /** Whether the signal has come. */
  readonly aborted: boolean;
  readonly seconds: number;
}

/** How a training run lies on the ranks of a job. */
export interface Distribution {
  /** Evaluated by each rank on its share of a batch, and summed. */
  objective(local: Objective<TensorTree>): Objective<ShardedBatch>;
  /** The same batches, of which each rank gathers its share. */
  batches(whole: ResumableBatches<TensorTree>): ResumableBatches<ShardedBatch>;
  /** The share of a batch that is there already. */
  share(batch: TensorTree): ShardedBatch;
  /** Saved and loaded by rank 0, known to all. */
  store(store: CheckpointStore): CheckpointStore;
  /** Refuses data that are not, by their checksum, the same on every rank. */
  agreeOnData(checksum: number): Promise<void>;
  /** What each rank knows of the run, made known to all. */
  agree(own: RankStatus, parameters: Vector): Promise<RankStatus>;
}

/** The ranks of a job, and how a training run lies on them. */
export interface Reducer extends Communicator {
  /** Absent if batches stay in one piece. */
  readonly distribution?: Distribution;
}

export interface ReducerOptions {
  /**
   * S, a power of two and a multiple of the number of ranks. Every batch is cut into S pieces which are summed as a
   * balanced tree, so that 1, 2, 4, … S ranks give the same bits. Defaults to one piece a rank, summed in any order:
   * faster, and equal between numbers of ranks to rounding.
   */
  readonly shards?: number;
}
