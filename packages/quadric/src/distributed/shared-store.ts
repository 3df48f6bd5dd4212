/**
 * Checkpoints of many ranks: all hold the same state, so rank 0 saves and loads it, and sends what it loaded. No other
 * rank needs the disk, and a job may resume with another number of ranks.
 *
 * First goes the length of the head, then the head as JSON, then the numbers: scalars as one float64 vector, which
 * keeps ±Infinity, and the vectors as they are.
 */
import type { CheckpointStore, TrainingState } from "../training/checkpoint.ts";
import type { Communicator } from "../training/reducer.ts";
import { type Dtype, dtypeOf, type Vector, zeros } from "../vector/vector.ts";

interface Head extends Omit<TrainingState, "scalars" | "vectors"> {
  readonly scalars: readonly string[];
  readonly vectors: readonly (readonly [name: string, size: number, dtype: Dtype])[];
}

export function sharedStore(
  store: CheckpointStore,
  ranks: Pick<Communicator, "rank" | "sum" | "broadcast">,
): CheckpointStore {
  const send = (x: Vector) => ranks.broadcast(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  return {
    async save(state) {
      if (ranks.rank === 0) await store.save(state);
    },
    async load() {
      const loaded = ranks.rank === 0 ? await store.load() : undefined;
      const written = new TextEncoder().encode(loaded && JSON.stringify(headOf(loaded)));
      const length = Float64Array.of(written.length);
      await ranks.sum(length);
      if (length[0] === 0) return undefined;
      const bytes = loaded ? written : new Uint8Array(length[0]);
      await ranks.broadcast(bytes);
      const head: Head = JSON.parse(new TextDecoder().decode(bytes));
      const numbers = Float64Array.from(head.scalars, (name) => loaded?.scalars[name] ?? 0);
      await send(numbers);
      const vectors: Record<string, Vector> = {};
      for (const [name, size, dtype] of head.vectors) {
        vectors[name] = loaded?.vectors[name] ?? zeros(size, dtype);
        await send(vectors[name]);
      }
      return { ...head, scalars: Object.fromEntries(head.scalars.map((name, i) => [name, numbers[i]])), vectors };
    },
  };
}

function headOf({ scalars, vectors, ...identity }: TrainingState): Head {
  const shapes = Object.entries(vectors).map(([name, x]) => [name, x.length, dtypeOf(x)] as const);
  return { ...identity, scalars: Object.keys(scalars), vectors: shapes };
}
