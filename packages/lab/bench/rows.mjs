/**
 * Raw runs of run.mjs: where they lie, and what their curves say, [seconds, loss, backprops, examples, steps] a row.
 */
import { fileURLToPath } from "node:url";

export const rawFile = (name) => fileURLToPath(new URL(`../../../runs/bench/${name}.jsonl`, import.meta.url));
export const summaryFile = (name) => fileURLToPath(new URL(`results/${name}.json`, import.meta.url));

export const leastOf = ({ curve }) => Math.min(...curve.map(([, loss]) => loss));

/** [seconds, backprops, examples] when a run first had this loss; infinite if it never had. */
export function when({ curve }, target) {
  const found = curve.find(([, loss]) => loss <= target);
  return found ? [found[0], found[2], found[3]] : [Infinity, Infinity, Infinity];
}

/** A run's time to the least loss that it and another both reach, over the other's. */
export function timeRatio(mine, other) {
  const common = Math.max(leastOf(mine), leastOf(other));
  return when(mine, common)[0] / when(other, common)[0];
}
