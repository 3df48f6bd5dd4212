/** What was understood of a table, for its owner to check before it is trained on. */
import type { Preparation } from "./preparation.ts";
import { type Column, cellText, type Table } from "./table.ts";

/** Columns told one by one at most. */
const most = 30;

/** Lines for people: how the file was read, then a line for each column. */
export function describeTable({ rows, columns, reading }: Table, preparation: Preparation, because: string): string {
  const { inputs, dropped, target } = preparation;
  const withTarget = columns.find(({ name }) => name === target.name)!;
  const lines = columns.map((column): readonly string[] => {
    const { name, kind, missing, note } = column;
    const out = dropped.find((other) => other.name === name);
    const use = name === target.name ? "target" : out ? "left out" : kind;
    const isCoded = inputs.some((input) => input.name === name && input.kind === "category" && input.codes);
    const content = out ? out.because : `${contentOf(column)}${isCoded ? `, coded by mean ${target.name}` : ""}`;
    return [
      shorten(name, 24),
      use,
      missing > 0 ? `${missing} missing` : "",
      content,
      out?.because === note ? "" : note,
    ];
  });
  const order = [...lines.keys()].sort((a, b) => Number(lines[b][1] === "target") - Number(lines[a][1] === "target"));
  const shown = order.slice(0, most).map((i) => lines[i]);
  const widths = [0, 1, 2].map((place) => Math.max(...shown.map((line) => line[place].length)));
  const table = shown.map(
    ([name, use, missing, content, note]) =>
      `  ${name.padEnd(widths[0])}  ${use.padEnd(widths[1])}  ${missing.padStart(widths[2])}  ${content}${note === "" ? "" : `; ${note}`}`,
  );
  const more = lines.length > most ? [`  … and ${lines.length - most} more columns`] : [];
  const what =
    target.task === "classes" ? `${target.classes.length} classes of ${target.name}` : `numbers, ${target.name}`;
  const other = target.task === "classes" ? "numbers" : "classes";
  return [
    `${rows} rows, ${columns.length} columns (${reading}); ${inputs.length} to learn from, ${dropped.length} left out`,
    ...table.map((line) => line.trimEnd()),
    ...more,
    `predicts ${what} (${because}; else --task ${other})`,
    ...(withTarget.missing > 0 ? [`${withTarget.missing} rows without a target are left out`] : []),
  ].join("\n");
}

function contentOf(column: Column): string {
  const { kind, levels, values } = column;
  if (kind === "id" || kind === "text") return "";
  if (kind === "category") {
    const counts = new Float64Array(levels.length);
    for (const code of values) if (!Number.isNaN(code)) counts[code]++;
    const frequent = [...counts.keys()].sort((a, b) => counts[b] - counts[a]).map((code) => shorten(levels[code], 16));
    return `${frequent.slice(0, 4).join(", ")}${levels.length > 4 ? `, … ${levels.length} levels` : ""}`;
  }
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) return "no value";
  return min === max ? cell(column, min) : `${cell(column, min)} to ${cell(column, max)}`;
}

function cell(column: Column, value: number): string {
  return column.kind === "number" ? String(Number(value.toPrecision(6))) : cellText(column, value);
}

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
