/**
 * Diagonal dominance of the Hessian of a small network on all of its training data, along training, against chance.
 *
 *   δ = Σ|H_ii| / Σ|H_ij|,    and the share of Σ|H_ij| within the blocks of a tensor (the weights or the biases of a layer)
 *
 * Chance: the same entries, those on and above the diagonal in random order. Its expected δ is about 1/d.
 * Reference: [Kohler2020, experiment on diagonal dominance].
 */
import { estimates, operators } from "quadric/analysis";
import {
  compileTask,
  digits,
  type Estimate,
  estimate,
  loadDataset,
  makeDraws,
  makeTaskData,
  placesOf,
  readRunRecord,
} from "quadric-cli/internal";
import { type Band, linesPicture, standalone, strokeOf } from "quadric-cli/pictures";
import type { DominanceExperiment } from "../experiment.ts";
import { type Context, type Outcome, writeExperiment } from "../outcome.ts";
import { planRuns } from "../runs/matrix.ts";
import { complete } from "./training.ts";

const matrices = ["Hessian", "shuffled entries"] as const;
const moments = ["start", "middle", "end"] as const;

interface Share extends Estimate {
  readonly type: "dominance";
  readonly matrix: (typeof matrices)[number];
  readonly at: (typeof moments)[number];
  readonly step: number;
  /** What the values are shares of: the diagonal, or blocks of tensors. */
  readonly share: "diagonal" | "tensors";
  /** By seed. */
  readonly values: readonly number[];
}

/** Undefined when the signal stopped it; the same call continues from there. */
export async function runDominance(experiment: DominanceExperiment, context: Context): Promise<Outcome | undefined> {
  const { task, methods, seeds, steps, title } = experiment;
  writeExperiment(context.folder, experiment);
  const settings = { ...task, checkpointEvery: steps / 2, keepCheckpoints: 2 };
  const runs = planRuns({ task: settings, methods, seeds, length: { steps } }, context.folder);
  if (!(await complete(runs, title, context))) return undefined;

  const found: { step: number; matrix: Share["matrix"]; diagonal: number; tensors: number }[] = [];
  let parameters = 0;
  for (const { folder, seed } of runs) {
    for await (const { step, matrix, size, groups } of hessiansOf(folder)) {
      parameters = size;
      const both = { Hessian: matrix, "shuffled entries": shuffled(matrix, size, seed) };
      for (const name of matrices) {
        const { diagonal, blocks } = await estimates.dominance(operators.dense(both[name], size), { groups });
        found.push({ step, matrix: name, diagonal, tensors: blocks! });
      }
    }
  }
  const numbers = (["diagonal", "tensors"] as const).flatMap((share) =>
    moments.flatMap((at, i) =>
      matrices.map((matrix): Share => {
        const step = (i * steps) / 2;
        const values = found.filter((entry) => entry.step === step && entry.matrix === matrix).map((e) => e[share]);
        return { type: "dominance", matrix, at, step, share, ...estimate(values), values };
      }),
    ),
  );
  const lines = numbers.map(({ share, at, matrix, mean, interval }) => {
    const range = `[${digits(interval.low, 3)}, ${digits(interval.high, 3)}]`;
    return `${share.padEnd(9)} ${at.padEnd(7)} ${matrix.padEnd(24)} ${digits(mean, 3)} ${range}\n`;
  });
  return {
    numbers: [{ type: "network", parameters, inverse: 1 / parameters }, ...numbers],
    text: `${title}, ${parameters} parameters: shares of Σ|H_ij|, mean over ${seeds.length} seeds [95 % interval]\n${lines.join("")}`,
    files: { "dominance.svg": picture(numbers) },
  };
}

async function* hessiansOf(folder: string) {
  const { config } = readRunRecord(folder);
  const { batch } = makeTaskData(config, (await loadDataset(config)).train);
  const objective = await compileTask(config);
  const groups = objective.layout;
  const { size } = objective.layout;
  try {
    for await (const { step, parameters } of placesOf(folder, config, objective, true)) {
      const linearization = await objective.linearize(parameters, batch, "hessian");
      try {
        yield { step, matrix: await operators.assemble(linearization.curvature), size, groups };
      } finally {
        linearization.dispose();
      }
    }
  } finally {
    objective.dispose();
  }
}

/** A symmetric matrix of the same entries: those on and above the diagonal in random order. */
function shuffled(matrix: Float64Array, size: number, seed: number): Float64Array {
  const draw = makeDraws(seed);
  const entries: number[] = [];
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) entries.push(matrix[i * size + j]);
  for (let k = entries.length - 1; k > 0; k--) {
    const other = draw(k + 1);
    [entries[k], entries[other]] = [entries[other], entries[k]];
  }
  const image = new Float64Array(size * size);
  let next = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) image[i * size + j] = image[j * size + i] = entries[next++];
  }
  return image;
}

function picture(numbers: readonly Share[]): string {
  const series = (["diagonal", "tensors"] as const).flatMap((share) =>
    matrices.map((matrix) => {
      const own = numbers.filter((entry) => entry.share === share && entry.matrix === matrix);
      const curve: Band = {
        x: own.map(({ step }) => step),
        y: own.map(({ mean }) => mean),
        low: own.map(({ interval }) => interval.low),
        high: own.map(({ interval }) => interval.high),
      };
      return { label: `${share}: ${matrix}`, curve };
    }),
  );
  const drawn = linesPicture({
    name: "dominance",
    title: "Share of Σ|H_ij| on the diagonal and within the tensors",
    x: "step of training",
    y: "share of Σ|H_ij|: mean and 95 % interval",
    scale: "log",
    wholeBands: true,
    series: series.map((one, i) => ({ ...one, ...strokeOf(i) })),
  });
  return standalone(drawn!);
}
