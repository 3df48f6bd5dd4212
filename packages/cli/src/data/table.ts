/**
 * A table: columns by name, each a vector of numbers. A word is the index of its level, a missing cell is NaN.
 */
import { ConfigError } from "quadric";
import { suggestion } from "../suggestion.ts";

/**
 * number, boolean (0 and 1), date (days since 1970-01-01), category (words that repeat); id (words or numbers that
 * only say which row it is) and text (words that rarely repeat), from which nothing is learnt.
 */
export const columnKinds = ["number", "boolean", "date", "category", "id", "text"] as const;
export type ColumnKind = (typeof columnKinds)[number];

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** One for each row: a number, or the index of a level; NaN where the cell is missing. */
  readonly values: Float64Array;
  /** The words of a category, in the order of their first rows; empty for other kinds. */
  readonly levels: readonly string[];
  /** The number of missing cells. */
  readonly missing: number;
  /** What a reader should know, such as `"," is the decimal point`; none is empty. */
  readonly note: string;
  /** Of dates: whether 3/4/2025 is in April. */
  readonly dayFirst?: boolean;
}

export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  /** How the file was understood, such as `comma-separated, header in line 1`. */
  readonly reading: string;
}

/** A column by its name, or by its index from 0, negative from the end. */
export function findColumn({ columns }: Table, name: string): Column {
  const byName = columns.find((column) => column.name === name);
  if (byName) return byName;
  const index = /^-?\d+$/.test(name) ? Number(name) : Number.NaN;
  const column = columns[index < 0 ? columns.length + index : index];
  if (column) return column;
  const names = columns.map((known) => known.name);
  throw new ConfigError(
    `table: column must be one of ${listNames(names)}, got ${JSON.stringify(name)}.${suggestion(name, names)}`,
  );
}

/** Days since 1970-01-01 as a date, with a time if there is one. */
function dateText(days: number): string {
  const date = new Date(Math.round(days * 86_400) * 1000);
  if (Number.isNaN(date.getTime())) return String(days);
  return date
    .toISOString()
    .replace(/T00:00:00.000Z$/, "")
    .replace(/\.000Z$/, "Z");
}

/** The first names, quoted. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name));
  return names.length > 12 ? `${shown.join(", ")}, … (${names.length} in all)` : shown.join(", ");
}

/** What a cell says: the level of a category, else the number. */
export function cellText({ kind, levels }: Pick<Column, "kind" | "levels">, value: number): string {
  if (kind === "boolean") return value === 1 ? "true" : "false";
  if (kind === "date") return dateText(value);
  return levels.length > 0 ? levels[value] : String(value);
}
