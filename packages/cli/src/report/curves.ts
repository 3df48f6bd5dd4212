/** Curves of runs over what they cost: a loss or an accuracy, from the lines of metrics.jsonl. */
import type { Curve } from "../charts/band.ts";
import type { StepLine } from "../lines.ts";
import type { RunFiles } from "../runs.ts";

export type Axis = "backprops" | "paperBackprops" | "epochs" | "seconds";

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
    // A step reports the loss at its start, before its own cost was spent.
    return { x: lines.map((_, i) => (i === 0 ? 0 : at(lines[i - 1]))), y: lines.map(({ loss }) => loss ?? Number.NaN) };
  }
  const points = lines.flatMap((line) => (line.evaluation ? [{ x: at(line), ...line.evaluation }] : []));
  const last = lines.at(-1);
  if (summary && last && !last.evaluation) points.push({ x: at(last), ...summary });
  return { x: points.map(({ x }) => x), y: points.map((point) => point[quantity] ?? Number.NaN) };
}
