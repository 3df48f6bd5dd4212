/**
 * Checkpoints of many ranks: all hold the same state, so rank 0 saves and loads it, and sends what it loaded. No other rank
 * needs the disk, and a job may resume with another number of ranks.
 *
 * On the way a state is a safetensors file: vectors as they are, scalars as float64 (any double, ±Infinity included).
 */
import { readSafetensors, writeSafetensors } from "../data/safetensors.ts";
import type { Reducer } from "../distributed/reducer.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import type { CheckpointStore, TrainingState } from "./checkpoint.ts";

export function sharedStore(store: CheckpointStore, reducer: Reducer): CheckpointStore {
  return {
    async save(state) {
      if (reducer.rank === 0) await store.save(state);
    },
    async load() {
      const loaded = reducer.rank === 0 ? await store.load() : undefined;
      const own = loaded ? pack(loaded) : new Uint8Array();
      const length = Float64Array.of(own.length);
      await reducer.sum(length);
      if (length[0] === 0) return undefined;
      const bytes = reducer.rank === 0 ? own : new Uint8Array(length[0]);
      await reducer.broadcast(bytes);
      return loaded ?? unpack(bytes);
    },
  };
}

function pack({ scalars, vectors, ...identity }: TrainingState): Uint8Array {
  const tensors: [string, Tensor][] = Object.entries(vectors).map(([name, data]) => [
    name,
    { shape: [data.length], data },
  ]);
  const numbers = Float64Array.from(Object.values(scalars));
  return writeSafetensors(new Map([...tensors, ["__scalars__", { shape: [numbers.length], data: numbers }]]), {
    identity: JSON.stringify(identity),
    scalars: JSON.stringify(Object.keys(scalars)),
  });
}

function unpack(bytes: Uint8Array): TrainingState {
  const { tensors, metadata } = readSafetensors(bytes);
  const { __scalars__: numbers, ...vectors } = Object.fromEntries(
    [...tensors].map(([name, { data }]) => [name, data as Vector]),
  );
  const names: string[] = JSON.parse(metadata.scalars);
  return {
    ...JSON.parse(metadata.identity),
    scalars: Object.fromEntries(names.map((name, i) => [name, numbers[i]])),
    vectors,
  };
}
