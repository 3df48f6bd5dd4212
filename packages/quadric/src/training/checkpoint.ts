/**
 * The state of a run as plain data, and where it is kept. What files look like is the business of a store; this is all
 * a store has to keep for a resumed run to continue bit for bit.
 */
import { ConfigError } from "../errors.ts";
import type { Objective } from "../objective/objective.ts";
import type { Ending, Optimizer, OptimizerRun } from "../optimizer/optimizer.ts";
import { partOf } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";

export interface TrainingState {
  /** Version of what the names below mean. */
  readonly format: 3;
  /** The optimizer's name; a state of another optimizer is refused, as is one of another seed, size or data set. */
  readonly optimizer: string;
  readonly seed: number;
  /** d. */
  readonly size: number;
  /** n. */
  readonly examples: number;
  /** Of the examples, those held out included (vector/checksum.ts). */
  readonly data: number;
  /** Steps taken: the history of the resumed run continues after this many rows. */
  readonly step: number;
  /** How the method ended the run with this step; absent of a run that it did not end. */
  readonly ending?: Ending;
  /** True when these are the best parameters so far, by validation loss. */
  readonly best: boolean;
  /** Any doubles, ±Infinity included. */
  readonly scalars: Readonly<Record<string, number>>;
  /** "parameters" is what the run would return. */
  readonly vectors: Readonly<Record<string, Vector>>;
}

export interface CheckpointStore {
  save(state: TrainingState): Promise<void>;
  /** The newest state that is whole; undefined when there is none, and the run starts from its beginning. */
  load(): Promise<TrainingState | undefined>;
}

export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Steps between two saves, an integer ≥ 1; defaults to 100. The last step of a run is always saved. */
  readonly every?: number;
}

/**
 * An optimizer as it was when a state was saved: its parameters and its norm, for a look at them after the run.
 *
 * @throws {ConfigError} if the state is of another optimizer or another objective.
 */
export function optimizerAt(saved: TrainingState, optimizer: Optimizer, objective: Objective): OptimizerRun {
  const found = `${saved.optimizer} of size ${saved.size}`;
  const expected = `${optimizer.name} of size ${objective.layout.size}`;
  if (found !== expected) throw new ConfigError(`checkpoint: must be of ${expected}, got ${found}.`);
  const run = optimizer.start(objective, saved.vectors.parameters, {
    batches: { batchSize: partOf(saved, "batches")!.scalars.batchSize, examples: saved.examples },
  });
  run.restore(saved.vectors.parameters, partOf(saved, "optimizer")!);
  return run;
}
