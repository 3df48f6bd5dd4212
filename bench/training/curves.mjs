/** What the tables read off the curves of runs, [seconds, loss, backprops, examples, steps] a row. */
import { grouped, median } from "../measure.mjs";
import { show, table } from "./markdown.mjs";

export const leastOf = ({ curve }) => Math.min(...curve.map(([, loss]) => loss));

/** [seconds, backprops, examples] when a run first had this loss. */
export function when({ curve }, target) {
  const found = curve.find(([, loss]) => loss <= target);
  return found ? [found[0], found[2], found[3]] : [Infinity, Infinity, Infinity];
}

/** A run's time to the least loss that it and another both reach, over the other's. */
export function timeRatio(mine, other) {
  const common = Math.max(leastOf(mine), leastOf(other));
  return when(mine, common)[0] / when(other, common)[0];
}

/** Markdown of what stands beside a baseline: a row a method and a column a kind, medians over the seeds of timeRatio and of least losses. */
export function besideBaseline(runs, baseline) {
  const kinds = [...new Set(runs.map(({ kind }) => kind))];
  const least = (list) => show(median(list.map(leastOf)));
  const rows = [...grouped(runs, ({ method }) => method)].map(([method, list]) => [
    `\`${method}\``,
    ...kinds.map((kind) => {
      const own = list.filter((run) => run.kind === kind);
      if (own.length === 0) return "";
      if (method === baseline) return `1; ${least(own)}`;
      const ratios = own.map((run) => {
        return timeRatio(
          run,
          runs.find((other) => other.kind === kind && other.method === baseline && other.seed === run.seed),
        );
      });
      return `${show(median(ratios))}; ${least(own)}`;
    }),
  ]);
  return table(["", ...kinds], rows);
}
