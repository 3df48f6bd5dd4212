/**
 * Curves, and the mean of several with its band.
 *
 *   together   mean over the curves of y(x), y linear between points, over the range that all of them cover
 *   band       mean ± t_{n−1}·s/√n, Student's 95 % interval at each x
 *
 * Nothing is smoothed. For drawing, each pixel column keeps the least and the largest value it holds, so that a thinned
 * curve covers the same pixels as the whole one.
 */
import { defaultLevel, studentQuantile } from "../statistics.ts";

/** x ascending; NaN in y if there is no value. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A curve with a band; `low` and `high` are NaN for a single run. */
export interface Band extends Curve {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** ln y, NaN if y is not positive. */
export function logarithm({ x, y }: Curve): Curve {
  return { x, y: y.map((value) => (value > 0 ? Math.log(value) : Number.NaN)) };
}

/** e to a band of logarithms: geometric means and their intervals. */
export const exponential = ({ x, y, low, high }: Band): Band => ({
  x,
  y: y.map(Math.exp),
  low: low.map(Math.exp),
  high: high.map(Math.exp),
});

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
export function resample({ x, y }: Curve, at: readonly number[]): Float64Array {
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
