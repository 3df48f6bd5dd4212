/** How far an experiment is: on a terminal a bar for each worker and one for all, elsewhere a line for each run. */
import { MultiBar } from "cli-progress";
import { digits, isFailed, type Output, printableLine, readSummary, type StepLine } from "quadric-cli/internal";
import type { PlannedRun } from "./matrix.ts";
import type { Watcher } from "./workers.ts";

export interface Progress extends Watcher {
  stop(): void;
}

/** @param finished - runs that were finished before. */
export function progressOn(
  output: Output,
  { title, runs, finished, workers }: { title: string; runs: number; finished: number; workers: number },
): Progress {
  return output.isTTY ? bars(output, title, { runs, finished, workers }) : lines(output, title, { runs, finished });
}

function lines(output: Output, title: string, { runs, finished }: { runs: number; finished: number }): Progress {
  let done = finished;
  output.write(`${title}: ${runs} runs${finished > 0 ? `, ${finished} of them finished before` : ""}\n`);
  return {
    begin() {},
    step() {},
    end(_, run) {
      const line = lineOf(run);
      if (line) output.write(`${++done}/${runs}  ${line}\n`);
    },
    stop() {},
  };
}

/** Bars in units of a thousandth of a run. */
function bars(
  output: Output,
  title: string,
  { runs, finished, workers }: { runs: number; finished: number; workers: number },
): Progress {
  const format = "{bar} {percentage} %  {name}  {text}";
  const stream = output.stream as NodeJS.WritableStream;
  const multi = new MultiBar({
    format,
    stream,
    barsize: 16,
    clearOnComplete: false,
    hideCursor: true,
    linewrap: false,
  });
  const total = multi.create(1000 * runs, 1000 * finished, {
    name: printableLine(title),
    text: `${finished}/${runs} runs`,
  });
  const each = Array.from({ length: Math.min(workers, runs - finished) }, () =>
    multi.create(1000, 0, { name: "", text: "" }),
  );
  const shares = each.map(() => 0);
  let done = finished;
  const sum = () => total.update(1000 * (done + shares.reduce((a, b) => a + b, 0)), { text: `${done}/${runs} runs` });
  return {
    begin(worker, run) {
      each[worker].update(0, { name: printableLine(nameOf(run)), text: "" });
    },
    step(worker, run, line) {
      shares[worker] = shareOf(run, line);
      each[worker].update(1000 * shares[worker], { text: `loss ${digits(line.loss, 4)}` });
      sum();
    },
    end(worker, run) {
      shares[worker] = 0;
      if (lineOf(run)) done++;
      sum();
    },
    stop: () => multi.stop(),
  };
}

const nameOf = ({ label, seed }: PlannedRun): string => `${label}, seed ${seed}`;

/** A run is as long as its budget, or has so many steps. */
const shareOf = ({ flags: { budgetBackprops, steps } }: PlannedRun, { step, counts }: StepLine): number =>
  Math.min(1, steps === undefined ? counts.backprops / Number(budgetBackprops) : step / Number(steps));

/** A run and its result; undefined if it was stopped. */
export function lineOf(run: PlannedRun): string | undefined {
  const summary = readSummary(run.folder);
  if (!summary) return undefined;
  const { status, trainLoss, testLoss, testAccuracy } = summary;
  const accuracy = testAccuracy === null ? "" : `, accuracy ${(100 * testAccuracy).toFixed(2)} %`;
  return `${nameOf(run)}: ${isFailed(status) ? `${status}, ` : ""}training loss ${digits(trainLoss, 4)}, test loss ${digits(testLoss!, 4)}${accuracy}`;
}
