/** How vectors and batches are cut into pieces, one or more a rank. */
import { requireInteger } from "../check.ts";

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
