/** How a training run lies on the ranks of a job. A reducer brings it, so that one process alone does not load it. */
import type { Objective } from "../objective/objective.ts";
import type { ResumableBatches } from "../training/batches.ts";
import type { CheckpointStore } from "../training/checkpoint.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { agree, type Standing } from "./agreement.ts";
import { reducedObjective, type ShardedBatch } from "./reduced-objective.ts";
import type { Communicator } from "./reducer.ts";
import { shardedBatches, shardOf } from "./sharded-batches.ts";
import { sharedStore } from "./shared-store.ts";

export interface Distribution {
  /** Evaluated by each rank on its share of a batch, and summed. */
  objective(local: Objective<TensorTree>): Objective<ShardedBatch>;
  /** The same batches, of which each rank gathers its share. */
  batches(whole: ResumableBatches<TensorTree>): ResumableBatches<ShardedBatch>;
  /** The share of a batch that is there already. */
  share(batch: TensorTree): ShardedBatch;
  /** Saved and loaded by rank 0, known to all. */
  store(store: CheckpointStore): CheckpointStore;
  /** What each rank knows of the run, made known to all. */
  agree(own: Standing, parameters: Vector): Promise<Standing>;
}

/** Undefined where batches stay in one piece: that is the local objective's own business, with its native solves. */
export function distributionOf(communicator: Communicator): Distribution | undefined {
  if (communicator.shards === 1) return undefined;
  return {
    objective: (local) => reducedObjective(local, communicator),
    batches: (whole) => shardedBatches(whole, communicator),
    share: (batch) => shardOf(batch, communicator),
    store: (store) => sharedStore(store, communicator),
    agree: (own, parameters) => agree(communicator, own, parameters),
  };
}
