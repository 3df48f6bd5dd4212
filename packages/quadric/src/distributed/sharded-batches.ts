/**
 * A rank's share of every batch. The batch is global: its examples and their order are those of a single process, and
 * shard i of S holds the positions ⌈i·b/S⌉ … ⌈(i + 1)·b/S⌉ − 1 of its b. Each rank gathers the rows of its own shards
 * only.
 */
import type { ResumableBatches } from "../training/batches.ts";
import type { Communicator, ShardedBatch } from "../training/reducer.ts";
import { mapTensors, slice } from "../training/tree.ts";
import { isTensor, type TensorTree } from "../vector/tensor.ts";
import { flattenTree } from "../vector/tree.ts";

type Ranks = Pick<Communicator, "rank" | "size" | "shards">;

/** `take` gives the examples of the k-th shard of this rank, from `start` on. */
function sharded(
  examples: number,
  { rank, size, shards }: Ranks,
  take: (start: number, examples: number, k: number) => TensorTree,
): ShardedBatch {
  const own = shards / size;
  // Rounded up, so that a batch of fewer examples than shards has them on the first ones.
  const begin = (i: number) => Math.ceil((i * examples) / shards);
  return {
    examples,
    shards: Array.from({ length: own }, (_, k) => rank * own + k)
      .map((i) => ({ start: begin(i), examples: begin(i + 1) - begin(i) }))
      .filter((shard) => shard.examples > 0)
      .map((shard, k) => ({ ...shard, batch: take(shard.start, shard.examples, k) })),
  };
}

/** The share of a batch that is there already: views, not copies. */
export function shardOf(batch: TensorTree, ranks: Ranks): ShardedBatch {
  const [first] = flattenTree(batch, isTensor).leaves;
  return sharded(first.shape[0], ranks, (start, examples) =>
    mapTensors(batch, (tensor) => slice(tensor, start, start + examples)),
  );
}

/** The same source, of which each batch holds this rank's share. */
export function shardedBatches(source: ResumableBatches<TensorTree>, ranks: Ranks): ResumableBatches<ShardedBatch> {
  return {
    examples: source.examples,
    minBatchSize: ranks.shards,
    get epochs() {
      return source.epochs;
    },
    get batchSize() {
      return source.batchSize;
    },
    set batchSize(size) {
      source.batchSize = size;
    },
    draw: (size) => source.draw(size),
    batch: ({ epoch, offset, size }, reuse) =>
      sharded(size, ranks, (start, size, k) =>
        source.batch({ epoch, offset: offset + start, size }, reuse?.shards[k]?.batch),
      ),
    *full() {
      for (const batch of source.full()) yield shardOf(batch, ranks);
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
  };
}
