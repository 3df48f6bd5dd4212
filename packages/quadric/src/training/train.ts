/** Trains an objective on batches of data: the loop of `fit`, for objectives that exist already. */
import { requireInteger, requirePositive } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { type Counts, makeLedger } from "../objective/ledger.ts";
import type { Objective } from "../objective/objective.ts";
import { auto } from "../optimizer/auto.ts";
import type { Choice, Ending, Optimizer, OptimizerRun } from "../optimizer/optimizer.ts";
import { treeChecksum } from "../vector/checksum.ts";
import { joinStates, partOf } from "../vector/state.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { type BatchesState, makeBatches, type ResumableBatches } from "./batches.ts";
import type { CheckpointOptions, TrainingState } from "./checkpoint.ts";
import { type LoopState, runLoop, type StepEvent } from "./loop.ts";
import type { Reducer } from "./reducer.ts";
import { exampleCount } from "./tree.ts";
import { type Best, holdOut, makeValidation, type Validation, type ValidationOptions } from "./validation.ts";

/**
 * Called after every step with its row of the history and w, which is only read. "stop", or a promise of it, ends the
 * run.
 */
export type StepCallback = (event: StepEvent, parameters: Vector) => unknown;

export interface TrainOptions {
  /**
   * Defaults to `auto()`, which chooses by the size of the batches and of the problem; the result says what and why.
   */
  readonly optimizer?: Optimizer;
  /** Examples in a batch, an integer in [1, n]; defaults to min(512, n). */
  readonly batchSize?: number;
  /** Steps after which the run ends; an integer ≥ 0. */
  readonly steps?: number;
  /**
   * Epochs (examples drawn, divided by n) after which the run ends; > 0. Defaults to 10 when nothing else limits the
   * run.
   */
  readonly epochs?: number;
  /**
   * Ends the run at the first step that reaches one of these: gradients plus curvature products, or seconds in steps.
   */
  readonly budget?: { readonly backprops?: number; readonly seconds?: number };
  /**
   * Path of a leaf of int32 [n, 2] in the data, "key" of `{ x, key }`: keys of random numbers, one an example. Batches
   * hold others in every epoch; validation keeps those of the data. The noise of a loss is then fixed within a step,
   * new in the next epoch, and the same again for the same seed. Defaults to none.
   */
  readonly keys?: string;
  /** Decides the batches and what is held out, a safe integer ≥ 0; defaults to 0. The same seed gives the same bits. */
  readonly seed?: number;
  /** Defaults to none. */
  readonly validation?: ValidationOptions;
  readonly callbacks?: readonly StepCallback[];
  /**
   * Whether the result has a row for every step, about 1 kB each; defaults to true. A very long run passes its rows to
   * a callback instead.
   */
  readonly history?: boolean;
  /** Where the state is saved, and resumed from if there is one; defaults to nowhere. */
  readonly checkpoint?: CheckpointOptions;
  /** Ends the run, as "stopped", after the step it is in. */
  readonly signal?: AbortSignal;
  /**
   * The ranks of a job of many processes, from `mpi()` of quadric/node; defaults to this process alone. Every rank is
   * given the same data and options and computes its part of each batch, which is that of a single process. Callbacks
   * are called and checkpoints saved on rank 0 only; the result is on every rank, with the same bits. Needs a loss of
   * one value an example.
   */
  readonly reducer?: Reducer;
}

export interface TrainResult extends Ending {
  /** The method that ran, why, and its settings. */
  readonly choice: Choice;
  /** w: of the least validation loss if that was asked for, else of the last step. Finite always. */
  readonly parameters: Vector;
  /** Steps taken, before a restart too. */
  readonly steps: number;
  /** Examples drawn, divided by n. */
  readonly epochs: number;
  /** What the run cost. */
  readonly counts: Counts;
  /** What monitoring cost, which is in nothing else. */
  readonly monitoring: Counts;
  /** One row a step, if they were asked for; a resumed run has the rows since it was resumed. */
  readonly history: readonly StepEvent[];
  /** Time in steps. */
  readonly seconds: number;
  /** The least validation loss, where it was and at which step; undefined without validation. */
  readonly best: Best | undefined;
}

/**
 * @param local - the objective; with a `reducer` of several ranks it is evaluated on this rank's part of each batch.
 * @param start - w at the start, [d]; copied.
 * @param data - tensors with n examples along every first axis.
 * @throws {RangeError} if an option is outside its domain, a batch larger than the data, the data not finite, or labels
 *   and tokens outside their table.
 * @throws {ConfigError} if the checkpoint belongs to another run.
 */
export async function train(
  local: Objective<TensorTree>,
  start: Vector,
  data: TensorTree,
  options: TrainOptions = {},
): Promise<TrainResult> {
  const { optimizer = auto(), seed = 0, validation: held, callbacks = [], checkpoint, signal } = options;
  const { rank = 0, size = 1, distribution } = options.reducer ?? {};
  const { steps, budget = {}, history: keepsHistory = true } = options;
  const { epochs = steps === undefined && Object.keys(budget).length === 0 ? 10 : undefined } = options;
  requireInteger("train", "seed", seed, 0);
  if (steps !== undefined) requireInteger("train", "steps", steps, 0);
  if (epochs !== undefined) requirePositive("train", "epochs", epochs);
  for (const [name, value] of Object.entries(budget))
    if (value !== undefined) requirePositive("train", `budget.${name}`, value);
  if (checkpoint?.every !== undefined) requireInteger("train", "checkpoint.every", checkpoint.every, 1);

  const parts = held ? holdOut(data, held, seed) : { training: data, held: undefined };
  const examples = exampleCount("train", parts.training);
  const { batchSize = Math.min(512, examples) } = options;
  const whole = makeBatches(parts.training, { batchSize, seed, keys: options.keys });
  const [firstBatch] = whole.full();
  local.requireData?.(firstBatch, data);
  const { objective, batches, batchOf }: Share = distribution
    ? { objective: distribution.objective(local), batches: distribution.batches(whole), batchOf: distribution.share }
    : { objective: local, batches: whole, batchOf: (batch) => batch };
  const store = checkpoint && distribution ? distribution.store(checkpoint.store) : checkpoint?.store;
  const monitoring = makeLedger();
  const validation =
    held && parts.held
      ? makeValidation(objective, parts.held, held, {
          batchOf,
          chunk: batchSize,
          epoch: Math.max(1, Math.floor(examples / batchSize)),
        })
      : undefined;
  const run = optimizer.start(objective, start, { batches });
  const state: LoopState = { step: 0, seconds: 0, failedBatches: 0 };
  const checksum = store || distribution ? treeChecksum(parts.held ?? {}, treeChecksum(parts.training)) : 0;
  const identity = { optimizer: optimizer.name, seed, size: objective.layout.size, examples, data: checksum };
  const history: StepEvent[] = [];
  let savedAt = -1;

  const save = async (): Promise<void> => {
    if (!store || savedAt === state.step) return;
    savedAt = state.step;
    const parts = { objective, run, batches, monitoring, validation, state };
    await store.save({ format: 3, ...identity, ...collect(parts) });
  };
  try {
    await distribution?.agreeOnData(checksum);
    const saved = await store?.load();
    if (saved) {
      requireSameRun(saved, identity);
      distribute(saved, { objective, run, batches, monitoring, validation, state });
      savedAt = state.step;
    }
    await run.prepare?.(batches);
    const ending = await runLoop({
      run,
      batches,
      ledger: objective.ledger,
      limits: { steps, epochs, ...budget },
      state,
      // An interrupt of one rank ends the run once all know of it.
      signal: size === 1 ? signal : undefined,
      limit: () =>
        validation?.exhausted
          ? { status: "stopped", message: `Validation loss has not improved since step ${validation.best?.step ?? 0}.` }
          : undefined,
      async afterStep(record) {
        const loss =
          validation && (await objective.ledger.aside(() => validation.after(record.step, run.parameters), monitoring));
        const event = loss === undefined ? record : { ...record, validationLoss: loss };
        if (keepsHistory) history.push(event);
        let stop = false;
        for (const callback of rank === 0 ? callbacks : []) {
          stop = (await callback(event, run.parameters)) === "stop" || stop;
        }
        let aborted = false;
        if (distribution) {
          const own = { stop, aborted: signal?.aborted ?? false, seconds: state.seconds };
          ({ stop, aborted, seconds: state.seconds } = await distribution.agree(own, run.parameters));
        }
        if (checkpoint && record.step % (checkpoint.every ?? 100) === 0) await save();
        if (aborted) return { status: "stopped", message: "Stopped by its signal." };
        return stop ? { status: "stopped", message: "Stopped by a callback." } : undefined;
      },
    });
    await save();
    const best = validation?.best;
    return {
      ...ending,
      choice: run.choice ?? optimizer.choose(objective, { batchSize, examples }),
      parameters: best && (held?.keepBest ?? true) ? best.parameters : run.parameters,
      steps: state.step,
      epochs: batches.epochs,
      counts: objective.ledger.counts(),
      monitoring: monitoring.counts(),
      history,
      seconds: state.seconds,
      best,
    };
  } finally {
    run.dispose();
  }
}

/** What this rank evaluates, and on what. */
interface Share {
  readonly objective: Objective;
  readonly batches: ResumableBatches<unknown>;
  batchOf(batch: TensorTree): unknown;
}

interface Parts extends Pick<Share, "objective" | "batches"> {
  readonly run: OptimizerRun;
  readonly monitoring: ReturnType<typeof makeLedger>;
  readonly validation: Validation | undefined;
  readonly state: LoopState;
}

function collect({
  objective,
  run,
  batches,
  monitoring,
  validation,
  state,
}: Parts): Pick<TrainingState, "step" | "ending" | "best" | "scalars" | "vectors"> {
  const numbers = (scalars: object) => ({ scalars: { ...scalars } as Record<string, number>, vectors: {} });
  const { ending, ...progress } = state;
  const { scalars, vectors } = joinStates({
    loop: numbers(progress),
    counts: numbers(objective.ledger.counts()),
    monitoring: numbers(monitoring.counts()),
    batches: numbers(batches.state()),
    optimizer: run.state(),
    ...(validation && { validation: validation.state() }),
  });
  return {
    step: state.step,
    ...(ending && { ending }),
    best: validation?.best !== undefined && validation.best.step === state.step,
    scalars,
    vectors: { ...vectors, parameters: run.parameters },
  };
}

function distribute(saved: TrainingState, { objective, run, batches, monitoring, validation, state }: Parts): void {
  const numbers = <T>(part: string) => partOf(saved, part)?.scalars as T;
  Object.assign(state, numbers<LoopState>("loop"), { ending: saved.ending });
  objective.ledger.restore(numbers<Counts>("counts"));
  monitoring.restore(numbers<Counts>("monitoring"));
  batches.restore(numbers<BatchesState>("batches"));
  run.restore(saved.vectors.parameters, partOf(saved, "optimizer")!);
  const past = partOf(saved, "validation");
  if (validation && past) validation.restore(past);
}

function requireSameRun(saved: TrainingState, identity: Readonly<Record<string, unknown>>): void {
  if (saved.format !== 3) {
    throw new ConfigError(`checkpoint: format must be 3, got ${saved.format}: another version of quadric wrote it.`);
  }
  for (const [name, expected] of Object.entries(identity)) {
    const found = saved[name as keyof TrainingState];
    if (found === expected) continue;
    throw new ConfigError(
      name === "data"
        ? "checkpoint: must be of the data of this run, got one of other numbers. Put the data back, or start a new run."
        : `checkpoint: ${name} must be ${expected} as in this run, got ${found}.`,
    );
  }
}
