/**
 * metrics.jsonl of any size: read as a stream, and kept as so many rows that a run of ten million steps takes no more
 * memory than one of some thousands.
 *
 *   bins of w successive rows, w doubled when there are more than `mostBins`; a bin keeps its first row, which stands for
 *   the others in medians and shares, and those with the least and the largest value of each quantity
 *
 * With w = 1, up to `mostBins` rows, all are kept.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Axis } from "./compare/curves.ts";
import type { StepLine } from "./lines.ts";

const mostBins = 2048;
/** Longer lines are none of ours. */
const mostBytes = 65536;
const chunkBytes = 2 ** 20;

/** A line of metrics.jsonl, and what it takes from those before it. */
export interface Row extends StepLine {
  /**
   * On the scale of [Kohler2020], for comparison with its curves only: 1 for a first-order step, max(j − 1, 1) for one
   * of j curvature products. Gradients, trial values and pivots are free.
   */
  readonly paperBackprops: number;
  /** What the run had cost before this step. */
  readonly before: Readonly<Record<Axis, number>>;
  /** False of a row that is kept for an extreme value alone. */
  readonly isSample: boolean;
}

export interface Metrics {
  readonly rows: readonly Row[];
  /** What is lost or damaged, as the end of a sentence that begins with the file; undefined if nothing is. */
  readonly damage: string | undefined;
}

/**
 * The rows of a run; none of one that has not taken a step.
 *
 * @param steps - how many it took, if that is known.
 */
export function readMetrics(folder: string, steps = 0): Metrics {
  const losses = lossesOf();
  const all = thinned((row) => [row.loss, row.radius, row.ratio, row.products, row.gradientNorm]);
  const evaluated = thinned(({ evaluation }) => [
    evaluation!.trainLoss,
    evaluation!.testLoss ?? null,
    evaluation!.testAccuracy,
  ]);
  let paperBackprops = 0;
  let before: Row["before"] = { backprops: 0, paperBackprops: 0, epochs: 0, seconds: 0 };
  let last: Row | undefined;
  for (const { line, number } of linesIn(folder)) {
    if (!losses.takes(line, number)) continue;
    paperBackprops += line.radius === null ? 1 : Math.max(line.products - 1, 1);
    last = { ...line, paperBackprops, before, isSample: true };
    const { counts, epochs, seconds } = line;
    before = { backprops: counts.backprops, paperBackprops, epochs, seconds };
    all.add(last);
    if (line.evaluation) evaluated.add(last);
  }
  const kept = new Map(all.rows().map((row) => [row.step, row]));
  for (const row of [...evaluated.rows(), ...(last ? [last] : [])]) {
    if (!kept.has(row.step)) kept.set(row.step, { ...row, isSample: false });
  }
  losses.ends(steps);
  return { rows: [...kept.values()].sort((a, b) => a.step - b.step), damage: losses.summary() };
}

/** All lines of a run in the order of their steps, as they are in its file; damaged ones are left out. */
export function* stepLines(folder: string): Generator<StepLine> {
  const losses = lossesOf();
  for (const { line, number } of linesIn(folder)) if (losses.takes(line, number)) yield line;
}

/** Where metrics.jsonl of a run that goes on after `step` has to end, and what is before. */
export interface Cut {
  /** Bytes to keep. */
  readonly length: number;
  /** The last whole line among them. */
  readonly last: StepLine | undefined;
  readonly damage: string | undefined;
}

/** What is kept is kept as it is: whole lines up to `step`, and damaged ones among them. */
export function cutAfter(folder: string, step: number): Cut {
  const losses = lossesOf();
  let length = 0;
  let last: StepLine | undefined;
  for (const { line, number, end } of linesIn(folder)) {
    if (line && line.step > step) break;
    if (losses.takes(line, number)) last = line;
    length = end;
  }
  losses.ends(step);
  return { length, last, damage: losses.summary() };
}

interface NumberedLine {
  /** Undefined if it is none of ours. */
  readonly line: StepLine | undefined;
  /** From 1. */
  readonly number: number;
  /** Bytes of the file up to its end. */
  readonly end: number;
}

/** Lines that are ended: what a killed run left of its last one does not count. */
function* linesIn(folder: string): Generator<NumberedLine> {
  const path = join(folder, "metrics.jsonl");
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let [rest, isTooLong, number, end] = [Buffer.alloc(0), false, 0, 0];
    for (;;) {
      const bytes = chunk.subarray(0, readSync(file, chunk, 0, chunkBytes, null));
      if (bytes.length === 0) return;
      let start = 0;
      for (let feed = bytes.indexOf(10); feed >= 0; feed = bytes.indexOf(10, start)) {
        const text = Buffer.concat([rest, bytes.subarray(start, feed)]);
        end += text.length + 1;
        number++;
        if (text.length > 0) yield { line: isTooLong ? undefined : parseLine(text.toString()), number, end };
        [rest, isTooLong, start] = [rest.subarray(0, 0), false, feed + 1];
      }
      rest = Buffer.concat([rest, bytes.subarray(start)]);
      if (rest.length <= mostBytes) continue;
      end += rest.length;
      [rest, isTooLong] = [rest.subarray(0, 0), true];
    }
  } finally {
    closeSync(file);
  }
}

function parseLine(text: string): StepLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isStepLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

/** By hand, for millions of lines. */
function isStepLine(value: unknown): value is StepLine {
  if (!isRecord(value) || value.type !== "step" || !isRecord(value.counts)) return false;
  const { step, counts, accepted, outcome, evaluation } = value;
  const areNumbers = [value.products, value.epochs, value.seconds, ...Object.values(counts)].every(Number.isFinite);
  const areNumbersOrNull = [value.loss, value.gradientNorm, value.radius, value.ratio].every(isNumberOrNull);
  const isStep = Number.isSafeInteger(step) && (step as number) > 0 && Number.isFinite(counts.backprops);
  const isOutcome = typeof accepted === "boolean" && (outcome === null || typeof outcome === "string");
  return isStep && areNumbers && areNumbersOrNull && isOutcome && [value.initial, evaluation].every(isEvaluationOrNone);
}

const isEvaluationOrNone = (value: unknown): boolean =>
  value === undefined ||
  (isRecord(value) && [value.trainLoss, value.testLoss ?? null, value.testAccuracy].every(isNumberOrNull));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** JSON has no NaN and no infinities: they are null. */
const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === "number";

/** Looks at every line in turn and remembers which are lost: steps are numbered without a gap. */
function lossesOf() {
  let [damaged, firstDamaged, missing, firstMissing, previous] = [0, 0, 0, 0, 0];
  const miss = (from: number, to: number) => {
    if (to < from) return;
    firstMissing ||= from;
    missing += to - from + 1;
  };
  return {
    /** Whether it is a line of the next steps; else it is damaged, or in the wrong place. */
    takes(line: StepLine | undefined, number: number): line is StepLine {
      if (!line || line.step <= previous) {
        firstDamaged ||= number;
        damaged++;
        return false;
      }
      miss(previous + 1, line.step - 1);
      previous = line.step;
      return true;
    },
    /** Says how many steps there were. */
    ends(step: number): void {
      miss(previous + 1, step);
    },
    summary(): string | undefined {
      const parts = [
        ...(damaged > 0 ? [`${damaged} of its lines cannot be read, the first is line ${firstDamaged}`] : []),
        ...(missing > 0 ? [`${missing} of its steps are missing, the first is step ${firstMissing}`] : []),
      ];
      return parts.length > 0 ? parts.join(", ") : undefined;
    },
  };
}

/** Of one quantity, the rows with the least and the largest value; undefined if no row has a number. */
type Extremes = { readonly least: Row; readonly largest: Row } | undefined;

interface Bin {
  readonly sample: Row;
  readonly extremes: readonly Extremes[];
}

/** @param quantitiesOf - the quantities whose extreme values are kept. */
function thinned(quantitiesOf: (row: Row) => readonly (number | null)[]) {
  let bins: Bin[] = [];
  let [width, inLast] = [1, 0];
  const numberIn = (row: Row, i: number) => quantitiesOf(row)[i] as number;
  const joined = (a: Bin, b: Bin): Bin => ({
    sample: a.sample,
    extremes: a.extremes.map((x, i) => {
      const y = b.extremes[i];
      if (!x || !y) return x ?? y;
      return {
        least: numberIn(y.least, i) < numberIn(x.least, i) ? y.least : x.least,
        largest: numberIn(y.largest, i) > numberIn(x.largest, i) ? y.largest : x.largest,
      };
    }),
  });
  return {
    add(row: Row): void {
      const bin: Bin = {
        sample: row,
        extremes: quantitiesOf(row).map((x) => (Number.isFinite(x) ? { least: row, largest: row } : undefined)),
      };
      if (inLast === width) inLast = 0;
      if (inLast++ === 0) bins.push(bin);
      else bins[bins.length - 1] = joined(bins[bins.length - 1], bin);
      if (bins.length <= mostBins) return;
      // The last one is new and alone.
      bins = bins.flatMap((first, i) => (i % 2 === 1 ? [] : [bins[i + 1] ? joined(first, bins[i + 1]) : first]));
      width *= 2;
    },
    rows(): Row[] {
      return bins.flatMap(({ sample, extremes }) => {
        const others = new Set(extremes.flatMap((pair) => (pair ? [pair.least, pair.largest] : [])));
        others.delete(sample);
        return [sample, ...[...others].map((row) => ({ ...row, isSample: false }))];
      });
    },
  };
}
