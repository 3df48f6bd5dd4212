/**
 * What only one rank knows, made known to all after every step: the clock and the callbacks' wish to stop of rank 0, an
 * interrupt anywhere. One message of four numbers; the fourth is a checksum of the parameters, by which ranks that have
 * drifted apart are found at the very step.
 */

import type { Communicator, RankStatus } from "../training/reducer.ts";
import type { Vector } from "../vector/vector.ts";

/** @throws {Error} if the parameters are not the same on every rank. */
export async function agree(
  { rank, size, sum }: Pick<Communicator, "rank" | "size" | "sum">,
  { stop, aborted, seconds }: RankStatus,
  parameters: Vector,
): Promise<RankStatus> {
  const own = checksum(parameters);
  const message = Float64Array.of(Number(stop), Number(aborted), rank === 0 ? seconds : 0, own);
  await sum(message);
  if (message[3] !== size * own) {
    throw new Error(`train: the parameters of rank ${rank} must be those of every other rank, got different bits.`);
  }
  return { stop: message[0] > 0, aborted: message[1] > 0, seconds: message[2] };
}

/** A number in [0, 2³²) that depends on every bit; sums of a million of them are exact in float64. */
function checksum({ buffer, byteOffset, byteLength }: Vector): number {
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  let hash = 0;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return hash >>> 0;
}
