/** How a training run lies on the ranks of a job. A reducer brings it, so that one process alone does not load it. */
import type { Communicator, Distribution } from "../training/reducer.ts";
import { agree, agreeOnData } from "./agreement.ts";
import { reducedObjective } from "./reduced-objective.ts";
import { shardedBatches, shardOf } from "./sharded-batches.ts";
import { sharedStore } from "./shared-store.ts";

/** Undefined where batches stay in one piece: that is the local objective's own business, with its native solves. */
export function distributionOf(communicator: Communicator): Distribution | undefined {
  if (communicator.shards === 1) return undefined;
  return {
    objective: (local) => reducedObjective(local, communicator),
    batches: (whole) => shardedBatches(whole, communicator),
    share: (batch) => shardOf(batch, communicator),
    store: (store) => sharedStore(store, communicator),
    agreeOnData: (checksum) => agreeOnData(communicator, checksum),
    agree: (own, parameters) => agree(communicator, own, parameters),
  };
}
