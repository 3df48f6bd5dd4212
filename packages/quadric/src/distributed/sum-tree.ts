/**
 * Sums over p = 2^k ranks as a balanced tree, the same on every rank whatever the MPI library prefers. Ranks exchange
 * halves of what they still hold with partners at distance 1, 2, 4, …, then the finished parts on the way back. Every
 * entry is summed as ((0 + 1) + (2 + 3)) + …, each rank sends 2(p − 1)/p vectors, and a + b = b + a makes the bits
 * equal on all ranks.
 * References: [Rabenseifner2004].
 */
import type { Vector } from "../vector/vector.ts";
import { cut } from "./cut.ts";

export interface SumTree {
  /** x ← Σ x on this rank's part, that of its mirrored place; the rest of x is overwritten. */
  scatter(x: Vector): Promise<void>;
  /** x ← what each rank has on its part of x. */
  gather(x: Vector): Promise<void>;
  sum(x: Vector): Promise<void>;
}

/** @param exchange - sends a vector to a partner and receives one of its own from it. */
export function sumTree(
  rank: number,
  size: number,
  exchange: (partner: number, give: Vector, take: Vector) => Promise<void>,
): SumTree {
  let buffer = new ArrayBuffer(0);
  const roomLike = (x: Vector, length: number): Vector => {
    const bytes = length * x.BYTES_PER_ELEMENT;
    if (buffer.byteLength < bytes) buffer = new ArrayBuffer(bytes);
    return x instanceof Float32Array ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length);
  };
  /** From all of x down to this rank's part: the half it keeps and the one it gives to a partner. */
  const halvings = (x: Vector): { partner: number; kept: Vector; given: Vector }[] => {
    const halves = [];
    let [begin, end] = [0, size];
    for (let distance = 1; distance < size; distance *= 2) {
      const middle = (begin + end) / 2;
      const between = (i: number, j: number) => x.subarray(cut(i, size, x.length), cut(j, size, x.length));
      const [low, high] = [between(begin, middle), between(middle, end)];
      const isHigh = (rank & distance) !== 0;
      halves.push({ partner: rank ^ distance, kept: isHigh ? high : low, given: isHigh ? low : high });
      [begin, end] = isHigh ? [middle, end] : [begin, middle];
    }
    return halves;
  };
  async function scatter(x: Vector): Promise<void> {
    for (const { partner, kept, given } of halvings(x)) {
      const theirs = roomLike(x, kept.length);
      await exchange(partner, given, theirs);
      for (let i = 0; i < kept.length; i++) kept[i] += theirs[i];
    }
  }
  async function gather(x: Vector): Promise<void> {
    for (const { partner, kept, given } of halvings(x).toReversed()) await exchange(partner, kept, given);
  }
  return {
    scatter,
    gather,
    async sum(x) {
      await scatter(x);
      await gather(x);
    },
  };
}

/** The bits of a rank in the opposite order: where halving by them, the last first, ends. */
export function mirrored(rank: number, size: number): number {
  let place = 0;
  for (let bit = 1; bit < size; bit *= 2) place = 2 * place + (rank & bit ? 1 : 0);
  return place;
}
