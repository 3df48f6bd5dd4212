/** Where the runs of each method ended: means with Student's 95 % intervals, and medians. */

import { type Content, html, type Markup } from "../charts/markup.ts";
import { digits, duration } from "../format.ts";
import { type Summary, statusText } from "../lines.ts";
import type { Group } from "../runs.ts";
import { estimate, median } from "../statistics.ts";
import { cardTable } from "./card-table.ts";

interface Column {
  readonly name: string;
  /** Null if it is not finite, or there is none of this task; undefined if it was not asked for. */
  of(summary: Summary): number | null | undefined;
  format(value: number): string;
  /** Of a positive quantity: its mean is the geometric one. */
  readonly scale: "linear" | "log";
  /** Marks the best mean of several methods. */
  readonly best?: "least" | "largest";
  /** Whether a run may lack it altogether, as one without classes lacks accuracy, and a table by evidence epochs. */
  readonly absent?: boolean;
}

const loss = (x: number) => digits(x, 4);

const columns: readonly Column[] = [
  { name: "training loss", of: ({ trainLoss }) => trainLoss, format: loss, scale: "log", best: "least" },
  { name: "test loss", of: ({ testLoss }) => testLoss, format: loss, scale: "log", best: "least" },
  {
    name: "test accuracy",
    of: ({ testAccuracy }) => testAccuracy,
    format: (x) => `${(100 * x).toFixed(2)} %`,
    scale: "linear",
    best: "largest",
    absent: true,
  },
  {
    name: "backprops",
    of: ({ counts }) => counts.backprops || null,
    format: (x) => Math.round(x).toLocaleString("en"),
    scale: "log",
    absent: true,
  },
  { name: "epochs", of: ({ epochs }) => epochs || null, format: (x) => digits(x, 3), scale: "log", absent: true },
  { name: "time in steps", of: ({ seconds }) => seconds, format: duration, scale: "log" },
];

export function finalTable(groups: readonly Group[]): Markup {
  const rows = groups.map(({ name, runs }) => ({
    name,
    runs,
    finished: runs.flatMap(({ summary }) => (summary ? [summary] : [])),
  }));
  const all = rows.flatMap(({ finished }) => finished);
  const shown = columns.filter(({ absent, of }) => {
    if (all.length === 0) return !absent;
    return all.map(of).some((value) => value !== undefined && !(absent && value === null));
  });
  const winners = new Map(shown.map((column) => [column, bestOf(column, rows)]));
  return cardTable(
    [
      { name: "method", of: ({ name }) => name },
      { name: "runs", of: ({ runs }) => runs.length },
      ...shown.map((column) => ({
        name: column.name,
        of: ({ name, finished }: (typeof rows)[number]) => cell(column, finished, winners.get(column) === name),
      })),
      { name: "ended as", of: ({ finished, runs }) => statuses(finished, runs.length), holds: "words" },
    ],
    rows,
    {
      label: "Table of final values",
      caption:
        all.length > rows.length
          ? "Mean over the seeds [its 95 % interval], median; means are geometric, those of accuracies arithmetic. The best mean is bold."
          : undefined,
    },
  );
}

function cell({ of, format, scale, absent }: Column, finished: readonly Summary[], isBest: boolean): Content {
  if (finished.length === 0) return "none yet";
  const values = finished.map(of).filter((value) => value !== undefined);
  if (values.length === 0) return "–";
  if (absent && values.every((value) => value === null)) return "–";
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  const missing = values.length - finite.length;
  if (missing > 0) {
    // What is not finite counts as larger than everything that is.
    const middle = median(values.map((value) => value ?? Infinity));
    const below = Number.isFinite(middle) ? html`<br><span class="median">median ${format(middle)}</span>` : undefined;
    return html`not finite in ${missing} of ${values.length}${below}`;
  }
  const { centre: mean, interval, median: middle } = estimate(finite, scale);
  const centre = isBest ? html`<strong>${format(mean)}</strong>` : format(mean);
  if (finite.length === 1) return centre;
  return html`${centre}<br><span class="interval">[${format(interval.low)}, ${format(interval.high)}]</span><br><span class="median">median ${format(middle)}</span>`;
}

/** The method with the best mean, if there is anything to choose from. */
function bestOf(
  { best, of, scale }: Column,
  rows: readonly { readonly name: string; readonly finished: readonly Summary[] }[],
): string | undefined {
  if (!best || rows.length < 2) return undefined;
  const means = rows.flatMap(({ name, finished }) => {
    const values = finished.map(of);
    if (values.length === 0 || values.some((value) => !Number.isFinite(value))) return [];
    return [{ name, mean: estimate(values as number[], scale).centre }];
  });
  const sign = best === "least" ? 1 : -1;
  return means.sort((a, b) => sign * (a.mean - b.mean))[0]?.name;
}

function statuses(finished: readonly Summary[], runs: number): string {
  const counts = new Map<string, number>();
  for (const { status } of finished) counts.set(status, (counts.get(status) ?? 0) + 1);
  if (finished.length < runs) counts.set("unfinished", runs - finished.length);
  return [...counts]
    .map(([status, count]) => (counts.size === 1 ? statusText(status) : `${count} ${statusText(status)}`))
    .join(", ");
}
