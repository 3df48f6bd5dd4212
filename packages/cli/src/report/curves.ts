/**
 * Curves of runs over what they cost, and of the runs of a method together.
 *
 *   together   mean over the runs of y(x), y linear between points, where all runs are under way
 *   band       mean ± t_{n−1}·s/√n, Student's 95 % interval at each x
 *
 * Nothing is smoothed. For drawing, each pixel column keeps the least and the largest value it holds, so that a thinned curve
 * covers the same pixels as the whole one.
 */
import { defaultLevel, studentQuantile } from "../experiments/statistics.ts";
import type { StepLine } from "../lines.ts";
import type { RunFiles } from "./runs.ts";

export type Axis = "backprops" | "paperBackprops" | "epochs" | "seconds";

/** x ascending; NaN in y where a value could not be had. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A curve with a band; `low` and `high` are NaN for a single run. */
export interface Band extends Curve {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export type Quantity = "trainLoss" | "testLoss" | "testAccuracy" | "batchLoss";

const spent: Readonly<Record<Axis, (line: StepLine) => number>> = {
  backprops: ({ counts }) => counts.backprops,
  paperBackprops: ({ counts }) => counts.paperBackprops,
  epochs: ({ epochs }) => epochs,
  seconds: ({ seconds }) => seconds,
};

/** Whether a run was evaluated along its way, not at its end alone. */
export const isMonitored = ({ lines }: RunFiles): boolean => lines.some(({ evaluation }) => evaluation);

export function curveOf({ lines, summary }: RunFiles, quantity: Quantity, axis: Axis): Curve {
  const at = spent[axis];
  if (quantity === "batchLoss") {
    // A step tells the loss where it started, before its own cost was spent.
    return { x: lines.map((_, i) => (i === 0 ? 0 : at(lines[i - 1]))), y: lines.map(({ loss }) => loss ?? Number.NaN) };
  }
  const points = lines.flatMap((line) => (line.evaluation ? [{ x: at(line), ...line.evaluation }] : []));
  const last = lines.at(-1);
  if (summary && last && !last.evaluation) points.push({ x: at(last), ...summary });
  return { x: points.map(({ x }) => x), y: points.map((point) => point[quantity] ?? Number.NaN) };
}

/** ln y, NaN where y is not positive. */
export function logarithm({ x, y }: Curve): Curve {
  return { x, y: y.map((value) => (value > 0 ? Math.log(value) : Number.NaN)) };
}

/** The mean of curves, from where the last has started to where the first ends. */
export function together(curves: readonly Curve[]): Band {
  const drawn = curves.filter(({ x }) => x.length > 0);
  const n = drawn.length;
  if (n === 0) return { x: [], y: [], low: [], high: [] };
  const first = Math.max(...drawn.map(({ x }) => x[0]));
  const end = Math.min(...drawn.map(({ x }) => x[x.length - 1]));
  const all = Float64Array.from(drawn.flatMap(({ x }) => x.filter((value) => value >= first && value <= end))).sort();
  const x = Array.from(all).filter((value, i) => i === 0 || value !== all[i - 1]);
  const columns = drawn.map((curve) => resample(curve, x));
  const reach = n > 1 ? studentQuantile(defaultLevel, n - 1) / Math.sqrt(n) : Number.NaN;
  const y: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  for (let i = 0; i < x.length; i++) {
    let sum = 0;
    for (const column of columns) sum += column[i];
    const mean = sum / n;
    let squares = 0;
    for (const column of columns) squares += (column[i] - mean) ** 2;
    const half = reach * Math.sqrt(squares / (n - 1));
    y.push(mean);
    low.push(mean - half);
    high.push(mean + half);
  }
  return { x, y, low, high };
}

/** The values of a curve at ascending positions within it. */
function resample({ x, y }: Curve, at: readonly number[]): Float64Array {
  let i = 0;
  return Float64Array.from(at, (position) => {
    while (i + 2 < x.length && x[i + 1] <= position) i++;
    if (position === x[i] || i + 1 === x.length) return y[i];
    if (position === x[i + 1]) return y[i + 1];
    return y[i] + ((position - x[i]) / (x[i + 1] - x[i])) * (y[i + 1] - y[i]);
  });
}

/** The least and the largest value of each pixel column, in the order they come in; gaps stay gaps. */
export function thin({ x, y, low, high }: Band, columns: number): Band {
  if (x.length <= 2 * columns) return { x, y, low, high };
  const width = (x[x.length - 1] - x[0]) / columns;
  const kept: { x: number; y: number; low: number; high: number }[] = [];
  for (let start = 0; start < x.length; ) {
    const column = Math.floor((x[start] - x[0]) / width);
    let [least, largest, broken, end] = [start, start, -1, start];
    let [lowest, highest] = [Infinity, -Infinity];
    for (; end < x.length && Math.floor((x[end] - x[0]) / width) === column; end++) {
      if (Number.isNaN(y[end])) broken = end;
      if (y[end] < y[least] || Number.isNaN(y[least])) least = end;
      if (y[end] > y[largest] || Number.isNaN(y[largest])) largest = end;
      lowest = Math.min(lowest, Number.isNaN(low[end]) ? Infinity : low[end]);
      highest = Math.max(highest, Number.isNaN(high[end]) ? -Infinity : high[end]);
    }
    const band = highest >= lowest ? { low: lowest, high: highest } : { low: Number.NaN, high: Number.NaN };
    for (const i of new Set([least, largest, broken].filter((i) => i >= 0).sort((a, b) => a - b))) {
      kept.push({ x: x[i], y: y[i], ...band });
    }
    start = end;
  }
  return {
    x: kept.map(({ x }) => x),
    y: kept.map(({ y }) => y),
    low: kept.map(({ low }) => low),
    high: kept.map(({ high }) => high),
  };
}
