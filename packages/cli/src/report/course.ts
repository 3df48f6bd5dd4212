/** What second-order steps were like along the runs of a method: their steps in bins, all seeds together. */
import type { Outcome } from "quadric";
import type { Row } from "../metrics.ts";
import type { Group } from "../runs.ts";
import { median } from "../statistics.ts";

/** Bins of steps; a run of fewer has one for each. */
const most = 120;

/** Steps `from` to `to`, both included. */
export interface Bin {
  readonly from: number;
  readonly to: number;
}

export interface Spread extends Bin {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Outcomes extends Bin {
  /** Shares of the steps of the bin whose subproblem ended so; they sum to 1. */
  readonly shares: ReadonlyMap<Outcome, number>;
  /** Share of the steps that were not taken. */
  readonly rejected: number;
}

/** Steps of second-order methods: others have no radius. */
const isSecondOrder = ({ radius }: Row): boolean => radius !== null;

export const hasCourse = ({ runs }: Group): boolean => runs.some(({ rows }) => rows.some(isSecondOrder));

/** Median, least and largest value of a number in each bin; a bin without any is left out. */
export function spreadOf(group: Group, quantity: "radius" | "ratio" | "products" | "gradientNorm"): Spread[] {
  return binned(group).flatMap(({ from, to, rows }) => {
    const valuesOf = (rows: readonly Row[]) =>
      rows.flatMap((row) => (Number.isFinite(row[quantity]) ? [row[quantity]!] : []));
    const [values, samples] = [valuesOf(rows), valuesOf(rows.filter(({ isSample }) => isSample))];
    if (samples.length === 0) return [];
    return [{ from, to, median: median(samples), min: Math.min(...values), max: Math.max(...values) }];
  });
}

export function outcomesOf(group: Group): Outcomes[] {
  return binned(group).flatMap(({ from, to, rows }) => {
    const samples = rows.filter(({ isSample }) => isSample);
    if (samples.length === 0) return [];
    const counts = new Map<Outcome, number>();
    const solved = samples.flatMap(({ outcome }) => (outcome ? [outcome] : []));
    for (const outcome of solved) counts.set(outcome, (counts.get(outcome) ?? 0) + 1 / solved.length);
    const rejected = samples.filter(({ accepted }) => !accepted).length / samples.length;
    return [{ from, to, shares: counts, rejected }];
  });
}

function binned({ runs }: Group): (Bin & { readonly rows: Row[] })[] {
  const last = runs.reduce((step, { rows }) => Math.max(step, rows.at(-1)?.step ?? 0), 0);
  const width = Math.max(1, Math.ceil(last / most));
  const bins = Array.from({ length: Math.ceil(last / width) }, (_, i) => ({
    from: i * width + 1,
    to: Math.min(last, (i + 1) * width),
    rows: [] as Row[],
  }));
  for (const { rows } of runs) {
    for (const row of rows) if (isSecondOrder(row)) bins[Math.floor((row.step - 1) / width)]?.rows.push(row);
  }
  return bins.filter(({ rows }) => rows.length > 0);
}
