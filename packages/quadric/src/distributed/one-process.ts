/** One process, alone; what a job of one rank comes down to. */

import type { Communicator, Reducer, ReducerOptions } from "../training/reducer.ts";
import { requireShards } from "./cut.ts";
import { distributionOf } from "./distribution.ts";

/**
 * With `shards` it gives the bits of a job of any number of ranks.
 *
 * @throws {RangeError} if `shards` is not a power of two.
 */
export function oneProcess({ shards = 1 }: ReducerOptions = {}): Reducer {
  requireShards("oneProcess", shards, 1);
  const communicator: Communicator = {
    rank: 0,
    size: 1,
    shards,
    communication: { calls: 0, bytes: 0, seconds: 0 },
    async sum() {},
    part: (length) => [0, length],
    reduceScatter: async (x) => x,
    async allGather() {},
    async broadcast() {},
    async barrier() {},
    abort(code) {
      throw new Error(`oneProcess: aborted with code ${code}.`);
    },
    close() {},
  };
  return { ...communicator, distribution: distributionOf(communicator) };
}
