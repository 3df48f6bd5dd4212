/**
 * Learning rates by a stated grid with its own budget: each rate is run on each tuning seed, and the least mean
 * training loss at the end wins. A run that broke down counts as an infinite loss.
 */
import { lossOf, mean, readSummary } from "quadric-cli/internal";
import type { Method, TrainingExperiment } from "../experiment.ts";
import { type PlannedRun, planRuns } from "../runs/matrix.ts";

/** What the grid of a method said. */
export interface Tuned {
  readonly type: "tuned";
  readonly method: string;
  /** The rate chosen. */
  readonly lr: number;
  readonly backprops: number;
  readonly seeds: readonly number[];
  /** Mean final training loss of each rate. */
  readonly grid: readonly { readonly lr: number; readonly trainLoss: number }[];
  /** True if the chosen rate is the first or last of the grid: a better one may lie beyond. */
  readonly atEdge: boolean;
}

type Tuning = NonNullable<Method["tune"]>;

/** The runs of one method's grid. */
function planGrid(task: TrainingExperiment["task"], method: Method, tune: Tuning, folder: string): PlannedRun[][] {
  return tune.lr.map((lr) =>
    planRuns(
      {
        task,
        methods: [{ ...method, label: `${method.label} ${lr}`, lr, evaluateEvery: 0, seeds: undefined }],
        seeds: tune.seeds,
        length: { budgetBackprops: tune.backprops },
      },
      folder,
    ),
  );
}

export function planTuning({ task, methods }: TrainingExperiment, folder: string): PlannedRun[] {
  return methods.flatMap((method) =>
    method.tune ? planGrid(task, method, method.tune, tuningFolder(folder)).flat() : [],
  );
}

/** Reads the results of the finished runs of `planTuning`. */
export function readTuning({ task, methods }: TrainingExperiment, folder: string): Tuned[] {
  return methods.flatMap((method): Tuned[] => {
    const { label, tune } = method;
    if (!tune) return [];
    const grid = planGrid(task, method, tune, tuningFolder(folder)).map((runs, i) => ({
      lr: tune.lr[i],
      trainLoss: mean(runs.map((run) => lossOf(readSummary(run.folder)!.trainLoss))),
    }));
    const best = grid.reduce((least, entry) => (entry.trainLoss < least.trainLoss ? entry : least));
    const atEdge = best === grid[0] || best === grid.at(-1);
    return [{ type: "tuned", method: label, lr: best.lr, backprops: tune.backprops, seeds: tune.seeds, grid, atEdge }];
  });
}

/** The experiment with every rate chosen. */
export function withRates(experiment: TrainingExperiment, tuned: readonly Tuned[]): TrainingExperiment {
  const rates = new Map(tuned.map(({ method, lr }) => [method, lr]));
  const methods = experiment.methods.map(({ tune, ...method }) => {
    const lr = rates.get(method.label);
    return lr === undefined ? method : { ...method, lr };
  });
  return { ...experiment, methods };
}

/** Next to the runs, not among them: reports of the experiment do not show its grid. */
export const tuningFolder = (folder: string): string => `${folder}-tuning`;
