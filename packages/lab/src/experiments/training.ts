/** A training experiment from its definition to its numbers: rates chosen, methods × seeds run, methods compared. */
import {
  type Contender,
  compare,
  comparisonTables,
  curveOf,
  digits,
  readMetrics,
  readSummary,
} from "quadric-cli/internal";
import type { TrainingExperiment } from "../experiment.ts";
import { type Context, type Outcome, writeExperiment } from "../outcome.ts";
import { isFinished, type PlannedRun, planRuns } from "../runs/matrix.ts";
import { progressOn } from "../runs/progress.ts";
import { completeOnQueue } from "../runs/queue.ts";
import { completeRuns } from "../runs/workers.ts";
import { planTuning, readTuning, type Tuned, tuningFolder, withRates } from "./tuning.ts";

/** Undefined when the signal stopped it; the same call continues from there. */
export async function runTrainingExperiment(
  experiment: TrainingExperiment,
  context: Context,
): Promise<Outcome | undefined> {
  const tuned = await tuneMethods(experiment, context);
  if (!tuned) return undefined;
  const settled = withRates(experiment, tuned);
  writeExperiment(context.folder, settled);
  const runs = planRuns({ ...settled, length: { budgetBackprops: settled.budget.backprops } }, context.folder);
  if (!(await complete(runs, experiment.title, context))) return undefined;

  const contenders = gather(runs);
  const { at, axis = "backprops", baseline } = experiment.report;
  const reachedMarks = at.filter((mark) => mark <= experiment.budget.backprops);
  const axes = [...new Set(["backprops", axis] as const)];
  const numbers = compare(contenders, {
    baseline,
    at: axes.flatMap((axis) => reachedMarks.map((mark) => ({ axis, mark }))),
  });
  const curves = contenders.map(({ name, curves }) => ({ method: name, seeds: Object.fromEntries(curves) }));
  return {
    numbers: [...tuned, ...numbers],
    text: `${experiment.title}\n${tuned.map(tunedLine).join("")}${comparisonTables(numbers, baseline)}`,
    files: { "curves.json": `${JSON.stringify(curves)}\n` },
  };
}

/** What the grids of an experiment said; undefined when the signal stopped them. */
export async function tuneMethods(experiment: TrainingExperiment, context: Context): Promise<Tuned[] | undefined> {
  const runs = planTuning(experiment, context.folder);
  if (runs.length > 0)
    writeExperiment(tuningFolder(context.folder), { ...experiment, title: `${experiment.title}, learning rates` });
  if (runs.length > 0 && !(await complete(runs, `${experiment.title}, learning rates`, context))) return undefined;
  return readTuning(experiment, context.folder);
}

export function tunedLine({ method, lr, grid, backprops, atEdge }: Tuned): string {
  const tried = grid.map((entry) => `${entry.lr}: ${digits(entry.trainLoss, 4)}`).join(", ");
  const edge = atEdge ? " (at the edge of its grid)" : "";
  return `${method}: rate ${lr}${edge}, by training loss at ${backprops} backprops: ${tried}\n`;
}

/** Whether all runs are at their ends. */
export async function complete(
  runs: readonly PlannedRun[],
  title: string,
  { workers, queue, signal, progress: output }: Context,
): Promise<boolean> {
  const finished = runs.filter(isFinished).length;
  if (finished === runs.length) return true;
  const progress = progressOn(output, { title, runs: runs.length, finished, workers: queue ? 0 : workers });
  try {
    if (queue) {
      const tell = (message: string) => output.write(`quadric: ${message}\n`);
      await completeOnQueue(runs, { queue, signal, watcher: progress, tell });
    } else {
      await completeRuns(runs, { workers, signal, watcher: progress });
    }
  } finally {
    progress.stop();
  }
  return runs.every(isFinished);
}

function gather(runs: readonly PlannedRun[]): Contender[] {
  const labels = [...new Set(runs.map(({ label }) => label))];
  return labels.map((name) => ({
    name,
    curves: new Map(
      runs
        .filter(({ label }) => label === name)
        .map(({ seed, folder }) => [seed, curveOf(readMetrics(folder).rows, readSummary(folder))]),
    ),
  }));
}
