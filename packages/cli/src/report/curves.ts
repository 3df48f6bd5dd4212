/** Curves of runs over what they cost: a loss or an accuracy, from the lines of metrics.jsonl. */
import type { Curve } from "../charts/band.ts";
import type { Axis } from "../compare/curves.ts";
import type { Row } from "../metrics.ts";
import type { RunFiles } from "../runs.ts";

export type Quantity = "trainLoss" | "testLoss" | "testAccuracy" | "batchLoss";

/** What a run had cost after a row. */
const spent: Readonly<Record<Axis, (row: Row) => number>> = {
  backprops: ({ counts }) => counts.backprops,
  paperBackprops: ({ paperBackprops }) => paperBackprops,
  epochs: ({ epochs }) => epochs,
  seconds: ({ seconds }) => seconds,
};

/** Whether a run was evaluated along its way, not at its end alone. */
export const isMonitored = ({ rows }: RunFiles): boolean =>
  rows.some(({ initial, evaluation }) => initial ?? evaluation);

export function curveOf({ rows, summary }: RunFiles, quantity: Quantity, axis: Axis): Curve {
  if (quantity === "batchLoss") {
    // A step reports the loss at its start, before its cost.
    return { x: rows.map(({ before }) => before[axis]), y: rows.map(({ loss }) => loss ?? Number.NaN) };
  }
  const points = rows.flatMap((row) => (row.evaluation ? [{ x: spent[axis](row), ...row.evaluation }] : []));
  const initial = rows[0]?.initial;
  if (initial) points.unshift({ x: 0, ...initial });
  const last = rows.at(-1);
  if (summary && last && !last.evaluation) points.push({ x: spent[axis](last), ...summary });
  return { x: points.map(({ x }) => x), y: points.map((point) => point[quantity] ?? Number.NaN) };
}
