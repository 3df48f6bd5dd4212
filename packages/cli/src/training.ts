/** A run from its configuration to the end of its folder: what `train` and `resume` share. */
import { join } from "node:path";
import {
  type CheckpointStore,
  type Choice,
  type CompiledObjective,
  ConfigError,
  type Layout,
  type Reducer,
  type StepEvent,
  type Tensor,
  train,
  type Vector,
} from "quadric";
import { fileCheckpoints } from "quadric/node";
import { decaysOf } from "./committee/defaults.ts";
import { committeeMeter } from "./committee/progress.ts";
import { runCommittee } from "./committee/run.ts";
import { describeBaselines } from "./committee/words.ts";
import type { TrainConfig } from "./config.ts";
import type { Dataset } from "./data/datasets.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { type Io, tell } from "./io.ts";
import { isFailed, type Monitored, type StepLine, type Summary } from "./lines.ts";
import { parseModel } from "./model.ts";
import { makeOptimizer } from "./optimizers.ts";
import { type Progress, type Reporter, reporterFor } from "./reporter.ts";
import type { RunWriter } from "./run-folder.ts";
import { toLine, trainOptionsOf } from "./steps.ts";
import { compileTask, evaluate, makeTaskData, type TaskData } from "./task.ts";

export interface Training {
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  /** One JSON object a line instead of words. */
  readonly json: boolean;
  /** The ranks of the job; all of them compute, the first one reports and writes. */
  readonly reducer: Reducer;
  /** Called once data and configuration are known to fit, so that misuse makes no folder. */
  openFolder(choice: Choice, tell: (message: string) => void): Promise<RunWriter>;
}

/** Trains in the foreground: reports, heeds interrupts, leaves the exit code in `io`. */
export async function watchTraining(io: Io, training: Training): Promise<void> {
  const { config, dataset, json, reducer, openFolder } = training;
  if (config.folds && reducer.size > 1) {
    throw new ConfigError("train: a table is trained on by one process; for ranks name the network with --model.");
  }
  if (reducer.rank > 0) return assistTraining(training);
  const data = { train: makeTaskData(config, dataset.train), test: makeTaskData(config, dataset.test) };
  const reporter = reporterFor(io.out, json);
  const objective = config.regularize === "evidence" ? undefined : await compileTask(config);
  const choice = objective ? chosenFor(training, objective) : byEvidence;
  const say = (message: string) => {
    reporter.interrupt();
    tell(io, message);
  };
  const folder = await openFolder(choice, say);
  const interrupts = listenForInterrupts(say);
  try {
    const size = objective ? `, ${objective.layout.size} parameters` : "";
    reporter.start(
      `${dataset.table ? `${dataset.table.understood}\n` : ""}${choice.method} on ${config.data}: ${config.model}${size} (${choice.because})`,
    );
    const { signal } = interrupts;
    const summary =
      config.folds || !objective
        ? await superviseCommittee({ config, dataset, folder, reporter, signal, warn: say })
        : await runTraining({ config, data, objective, reducer, folder, reporter, signal, warn: say });
    if (summary) {
      reporter.finish(summary, folder.path);
      io.exitCode = isFailed(summary.status) ? 1 : 0;
    } else {
      say(`stopped after step ${folder.last?.step ?? 0}; to continue: quadric resume ${folder.path}`);
      io.exitCode = interrupts.exitCode ?? 143;
    }
  } catch (error) {
    reporter.interrupt();
    throw error;
  } finally {
    interrupts.stopListening();
    await folder.close();
    objective?.dispose();
  }
}

/** What evidence does with any table. */
const byEvidence: Choice = {
  method: "gauss-newton",
  because: "several networks; widths and penalties by evidence",
  settings: {},
};

function chosenFor({ config, dataset }: Training, objective: CompiledObjective): Choice {
  return makeOptimizer(config.optimizer, config).choose(oneNetwork(config, objective), {
    batchSize: config.batchSize,
    examples: dataset.train.inputs.shape[0],
  });
}

/** What is minimised at a time. */
function oneNetwork({ model }: TrainConfig, objective: CompiledObjective): CompiledObjective {
  const { members = 1 } = parseModel(model);
  const { layout } = objective;
  return { ...objective, layout: { ...layout, size: layout.size / members } };
}

type CommitteeRun = Pick<Parts, "config" | "folder" | "reporter" | "signal" | "warn"> & Pick<Training, "dataset">;

async function superviseCommittee({ reporter, ...parts }: CommitteeRun): Promise<Summary | undefined> {
  const { config, folder } = parts;
  const meter = progressMeter(config);
  const committee = committeeMeter((parseModel(config.model).members ?? 1) * decaysOf(config).length);
  let began: number | undefined;
  const done = await runCommittee({
    ...parts,
    onBaseline: (baselines) => reporter.start(describeBaselines(config, baselines)),
    onStep: (line, { member, members }) => {
      began ??= performance.now();
      const network = committee(member, (performance.now() - began) / 1000, line.heldOutLoss);
      reporter.step(line, { ...meter(line), done: member / members, network });
    },
  });
  if (!done) return undefined;
  const { summary, trained } = done;
  folder.finish(trained.tensors, summary);
  return summary;
}

/** A rank other than the first: computes its part of every batch, prints and writes nothing. */
async function assistTraining({ config, dataset, reducer }: Training): Promise<void> {
  const { batch } = makeTaskData(config, dataset.train);
  const objective = await compileTask(config);
  const { signal, stopListening } = listenForInterrupts(() => {});
  try {
    // Takes its part in a save of the ranks; the first one writes the files.
    const store: CheckpointStore = { save: async () => {}, load: async () => undefined };
    const checkpoint = { every: config.checkpointEvery, store };
    await train(objective, objective.initial, batch, { ...trainOptionsOf(config), reducer, signal, checkpoint });
  } finally {
    stopListening();
    objective.dispose();
  }
}

interface Parts {
  readonly config: TrainConfig;
  readonly data: { readonly train: TaskData; readonly test: TaskData };
  readonly objective: CompiledObjective;
  readonly reducer: Reducer;
  readonly folder: RunWriter;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/** Undefined when the signal stopped the run, which then has a checkpoint to continue from. */
async function runTraining(parts: Parts): Promise<Summary | undefined> {
  const { config, data, objective, reducer, folder, reporter, signal, warn } = parts;
  const store = fileCheckpoints(join(folder.path, "checkpoints"), {
    keep: config.keepCheckpoints,
    run: folder.identity,
    onDamaged: warn,
  });
  const saved = await store.load();
  folder.cutAfter(saved?.step ?? 0, warn);

  const meter = progressMeter(config);
  const monitor = async (w: Vector): Promise<Monitored> => {
    const onTrain = await evaluate(objective, w, config, data.train);
    if (data.test.examples === 0) return { trainLoss: onTrain.loss, testAccuracy: null };
    const onTest = await evaluate(objective, w, config, data.test);
    return { trainLoss: onTrain.loss, testLoss: onTest.loss, testAccuracy: onTest.accuracy };
  };
  const isDue = evaluationsOf(config.evaluateEvery);

  const result = await train(objective, objective.initial, data.train.batch, {
    ...trainOptionsOf(config),
    reducer,
    signal,
    checkpoint: {
      every: config.checkpointEvery,
      store: {
        load: async () => saved,
        // The lines of all steps before a checkpoint are on the disk before it is.
        async save(state) {
          folder.flush();
          await store.save(state);
        },
      },
    },
    callbacks: [
      async (event, w) => {
        const monitored = (at: Vector) => objective.ledger.aside(() => monitor(at));
        const line = {
          ...toLine(event),
          ...(event.step === 1 && config.evaluateEvery !== 0 && { initial: await monitored(objective.initial) }),
          ...(isDue(event, folder.last) && { evaluation: await monitored(w) }),
        };
        folder.add(line);
        reporter.step(line, meter(event));
      },
    ],
  });
  folder.flush();
  const { parameters, status, message, steps, epochs, counts, seconds } = result;
  // With several ranks the signal may have come to another one.
  if (status === "stopped") return undefined;

  const summary: Summary = {
    type: "result",
    status,
    message,
    steps,
    epochs,
    ...(await monitor(parameters)),
    counts,
    seconds,
  };
  folder.finish(byName(parameters, objective.layout), summary);
  return summary;
}

/** Epochs that are all evaluated; in a longer run every second of them is, then every fourth, and so on. */
const evaluatedEpochs = 64;

/**
 * Whether a step is due to be evaluated: those on which another `every` backprops are full, none if it is 0; about one an
 * epoch if it is not given.
 */
function evaluationsOf(every: number | undefined) {
  type Spent = Pick<StepLine, "epochs" | "counts">;
  return (event: Spent, last: Spent = { epochs: 0, counts: { ...event.counts, backprops: 0 } }): boolean => {
    if (every === 0) return false;
    const stride = every ?? 2 ** Math.max(0, Math.ceil(Math.log2(event.epochs / evaluatedEpochs)));
    const passes = ({ epochs, counts }: Spent) =>
      Math.floor((every === undefined ? epochs : counts.backprops) / stride);
    return passes(event) > passes(last);
  };
}

/** How far a run is; the pace is that since the first step seen. */
function progressMeter(
  config: TrainConfig,
): (event: Pick<StepEvent, "step" | "epochs" | "counts" | "seconds">) => Progress {
  const share = (spent: number, limit: number | undefined) => (limit === undefined ? 0 : spent / limit);
  let first: { readonly done: number; readonly seconds: number; readonly examples: number } | undefined;
  return ({ step, epochs, counts: { backprops, examples }, seconds }) => {
    const shares = [
      share(step, config.steps),
      share(epochs, config.epochs),
      share(backprops, config.budgetBackprops),
      share(seconds, config.budgetSeconds),
    ];
    const done = Math.min(1, Math.max(...shares));
    if (!first) {
      first = { done, seconds, examples };
      return { done, secondsLeft: undefined, examplesPerSecond: examples / seconds };
    }
    const time = seconds - first.seconds;
    return {
      done,
      secondsLeft: done > first.done ? (time * (1 - done)) / (done - first.done) : undefined,
      examplesPerSecond: (examples - first.examples) / time,
    };
  };
}

function byName(w: Vector, { tensors }: Layout): ReadonlyMap<string, Tensor> {
  return new Map(
    tensors.map(({ name, shape, offset, size }) => [name, { shape, data: w.subarray(offset, offset + size) }]),
  );
}
