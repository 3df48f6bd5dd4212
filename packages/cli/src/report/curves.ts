/** Curves of runs over what they cost: a loss or an accuracy, from the lines of metrics.jsonl. */
import type { Curve } from "../charts/band.ts";
import type { Axis } from "../compare/curves.ts";
import { paperBackprops, type StepLine } from "../lines.ts";
import type { RunFiles } from "../runs.ts";

export type Quantity = "trainLoss" | "testLoss" | "testAccuracy" | "batchLoss";

/** What a run had cost after each of its lines. */
const spent: Readonly<Record<Axis, (lines: readonly StepLine[]) => number[]>> = {
  backprops: (lines) => lines.map(({ counts }) => counts.backprops),
  paperBackprops,
  epochs: (lines) => lines.map(({ epochs }) => epochs),
  seconds: (lines) => lines.map(({ seconds }) => seconds),
};

/** Whether a run was evaluated along its way, not at its end alone. */
export const isMonitored = ({ lines }: RunFiles): boolean => lines.some(({ evaluation }) => evaluation);

export function curveOf({ lines, summary }: RunFiles, quantity: Quantity, axis: Axis): Curve {
  const costs = spent[axis](lines);
  if (quantity === "batchLoss") {
    // A step reports the loss at its start, before its cost.
    return { x: [0, ...costs.slice(0, -1)].slice(0, lines.length), y: lines.map(({ loss }) => loss ?? Number.NaN) };
  }
  const points = lines.flatMap(({ evaluation }, i) => (evaluation ? [{ x: costs[i], ...evaluation }] : []));
  const last = lines.at(-1);
  if (summary && last && !last.evaluation) points.push({ x: costs.at(-1)!, ...summary });
  return { x: points.map(({ x }) => x), y: points.map((point) => point[quantity] ?? Number.NaN) };
}
