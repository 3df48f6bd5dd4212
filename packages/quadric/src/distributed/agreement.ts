/**
 * What only one rank knows, made known to all after every step: the clock and the callbacks' wish to stop of rank 0, an
 * interrupt anywhere. One message of four numbers; the fourth is a checksum of the parameters, by which ranks that have
 * drifted apart are found at the very step.
 */
import { ConfigError } from "../errors.ts";
import type { Communicator, RankStatus } from "../training/reducer.ts";
import { checksum } from "../vector/checksum.ts";
import type { Vector } from "../vector/vector.ts";

/** @throws {ConfigError} if the parameters are not the same on every rank. */
export async function agree(
  { rank, size, sum }: Pick<Communicator, "rank" | "size" | "sum">,
  { stop, aborted, seconds }: RankStatus,
  parameters: Vector,
): Promise<RankStatus> {
  const own = checksum(parameters);
  const message = Float64Array.of(Number(stop), Number(aborted), rank === 0 ? seconds : 0, own);
  await sum(message);
  if (message[3] !== size * own) {
    throw new ConfigError(
      `train: the parameters of rank ${rank} must be those of every other rank, got different bits. Give all ranks one build of the program and one kind of processor.`,
    );
  }
  return { stop: message[0] > 0, aborted: message[1] > 0, seconds: message[2] };
}

/** @throws {ConfigError} if the data, given by their checksum, are not the same on every rank. */
export async function agreeOnData(
  { rank, size, sum }: Pick<Communicator, "rank" | "size" | "sum">,
  own: number,
): Promise<void> {
  const message = Float64Array.of(own);
  await sum(message);
  if (message[0] === size * own) return;
  throw new ConfigError(
    `train: the data of rank ${rank} must be those of every other rank, got different ones. Let all ranks read the same files.`,
  );
}
