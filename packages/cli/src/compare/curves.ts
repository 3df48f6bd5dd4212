/**
 * A run as a curve: how well its parameters did on all data, over what it had cost by then. Points are the evaluations
 * along the run and the one at its end; nothing is smoothed.
 */
import type { Monitored, StepLine, Summary } from "../lines.ts";
import type { Row } from "../metrics.ts";

export const axes = ["backprops", "paperBackprops", "epochs", "seconds"] as const;
export type Axis = (typeof axes)[number];

export type CurvePoint = Readonly<Record<Axis, number>> & Monitored;
export type Curve = readonly CurvePoint[];

/** @param summary - undefined of an unfinished run. */
export function curveOf(rows: readonly Row[], summary: Summary | undefined): Curve {
  const along = rows.flatMap((row) => (row.evaluation ? [pointOf(row, row.paperBackprops, row.evaluation)] : []));
  return summary ? [...along, pointOf(summary, rows.at(-1)?.paperBackprops ?? 0, summary)] : along;
}

function pointOf(
  { counts, epochs, seconds }: StepLine | Summary,
  paperBackprops: number,
  values: Monitored,
): CurvePoint {
  const { trainLoss, testLoss, testAccuracy } = values;
  return { backprops: counts.backprops, paperBackprops, epochs, seconds, trainLoss, testLoss, testAccuracy };
}

/** The first point at or after a mark; the last of a run that ended before, since there its parameters stayed. */
export function pointAt(curve: Curve, axis: Axis, mark: number): CurvePoint | undefined {
  return curve.find((point) => point[axis] >= mark) ?? curve.at(-1);
}

export function leastLoss(curve: Curve): number {
  return Math.min(...curve.map(({ trainLoss }) => lossOf(trainLoss)));
}

/** What a curve had cost when it first was at or below a training loss; ∞ if it never was. */
export function costTo(curve: Curve, axis: Axis, loss: number): number {
  return curve.find(({ trainLoss }) => lossOf(trainLoss) <= loss)?.[axis] ?? Infinity;
}

/** JSON has no infinities: a loss that is no number was not finite. */
export const lossOf = (loss: number | null): number => (loss === null || Number.isNaN(loss) ? Infinity : loss);
