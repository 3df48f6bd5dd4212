import { expect, test } from "vitest";
import { sharedStore } from "../../src/distributed/shared-store.ts";
import type { TrainingState } from "../../src/training/checkpoint.ts";
import type { Communicator } from "../../src/training/reducer.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { memoryStore } from "../helpers/memory-store.ts";

/** Ranks of this process: a call ends when every rank has made it. */
function ranks(size: number): Pick<Communicator, "rank" | "sum" | "broadcast">[] {
  let waiting: { readonly x: Vector | Uint8Array; go(): void }[] = [];
  const meet = (x: Vector | Uint8Array, join: (all: readonly (Vector | Uint8Array)[]) => void) =>
    new Promise<void>((go) => {
      waiting.push({ x, go });
      if (waiting.length < size) return;
      const all = waiting;
      waiting = [];
      join(all.map((rank) => rank.x));
      for (const rank of all) rank.go();
    });
  const sum = (all: readonly (Vector | Uint8Array)[]) => {
    const totals = Array.from(all[0], (_, i) => all.reduce((total, x) => total + x[i], 0));
    for (const x of all) x.set(totals);
  };
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    sum: (x) => meet(x, sum),
    // Adding up is sending where all others hold zero.
    broadcast: (x) => meet(x, sum),
  }));
}

const state: TrainingState = {
  format: 3,
  data: 0,
  optimizer: "trust-region",
  seed: 2 ** 40,
  size: 3,
  examples: 7,
  step: 5,
  best: true,
  scalars: { radius: 0.1 + 0.2, bound: -Infinity, least: Infinity },
  vectors: { parameters: Float32Array.of(1, -2, 1e-30), average: Float64Array.of(Math.PI), none: new Float64Array() },
};

test("what rank 0 has kept is on every rank, to the bit", async () => {
  const kept = memoryStore();
  const others = { save: () => Promise.reject(new Error("saved")), load: () => Promise.reject(new Error("loaded")) };
  const stores = ranks(3).map((reducer, rank) => sharedStore(rank === 0 ? kept : others, reducer));
  expect(await Promise.all(stores.map((store) => store.load()))).toEqual([undefined, undefined, undefined]);
  await Promise.all(stores.map((store) => store.save(state)));
  expect(await Promise.all(stores.map((store) => store.load()))).toEqual([state, state, state]);
});
