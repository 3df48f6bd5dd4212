/** `quadric report --format csv`: every step of every run as a line of one table. */
import { quoted } from "../format.ts";
import type { Monitored, StepLine } from "../lines.ts";
import { stepLines } from "../metrics.ts";
import type { Group } from "../runs.ts";

type Cell = string | number | boolean | null | undefined;

const evaluated = (values: Monitored | undefined): Cell[] => [
  values?.trainLoss,
  values?.testLoss,
  values?.testAccuracy,
];

/** Columns of a step; what is not finite or was not asked for is an empty cell. */
const columns: readonly (readonly [string, (line: StepLine) => Cell])[] = [
  ["network", ({ network }) => network && network + 1],
  ["step", ({ step }) => step],
  ["epochs", ({ epochs }) => epochs],
  ["seconds", ({ seconds }) => seconds],
  ["backprops", ({ counts }) => counts.backprops],
  ["batch_loss", ({ loss }) => loss],
  ["gradient_norm", ({ gradientNorm }) => gradientNorm],
  ["radius", ({ radius }) => radius],
  ["ratio", ({ ratio }) => ratio],
  ["accepted", ({ accepted }) => accepted],
  ["products", ({ products }) => products],
  ["outcome", ({ outcome }) => outcome],
  ["held_out_loss", ({ heldOutLoss }) => heldOutLoss],
];

/** The lines of the table, the first with the names of its columns; step 0 is the start of a run. */
export function* metricsCsv(groups: readonly Group[]): Generator<string> {
  const names = columns.map(([name]) => name);
  yield lineOf(["method", "seed", "run", ...names, "train_loss", "test_loss", "test_accuracy"]);
  for (const { name, runs } of groups) {
    for (const { path, record } of runs) {
      const of = [name, record.config.seed, path];
      for (const line of stepLines(path)) {
        if (line.initial) {
          const start = columns.map(([column]) =>
            ["step", "epochs", "seconds", "backprops"].includes(column) ? 0 : "",
          );
          yield lineOf([...of, ...start, ...evaluated(line.initial)]);
        }
        yield lineOf([...of, ...columns.map(([, cellOf]) => cellOf(line)), ...evaluated(line.evaluation)]);
      }
    }
  }
}

const lineOf = (cells: readonly Cell[]): string => `${cells.map((cell) => quoted(String(cell ?? ""))).join(",")}\n`;
