/** How a text file writes its table: delimiter, decimal mark, header. Guessed from its beginning, and told. */

import Papa from "papaparse";
import { ConfigError } from "quadric";
import { isMissing, type NumberFormat, parseBoolean, parseDate, parseNumber } from "./cells.ts";

export type Delimiter = "," | ";" | "\t" | "|" | "spaces";

export interface Dialect extends NumberFormat {
  readonly delimiter: Delimiter;
  /** Whether the first line has names. */
  readonly hasHeader: boolean;
  /** Lines above the table: comments, a title. */
  readonly skip: number;
}

export interface DialectOptions {
  /** Defaults to what the first lines suggest. */
  readonly header?: boolean;
  /** Names of columns that are known: a first line that has all of them is the header; indices stand for no header. */
  readonly names?: readonly string[];
  /** Defaults to what the first lines suggest. */
  readonly decimal?: "." | ",";
}

/** Rows of text, and where the rest of it begins. */
export interface Rows {
  readonly rows: readonly (readonly string[])[];
  readonly cursor: number;
  /** The row with a quoted cell that does not end, or goes on after its end. */
  readonly badRow: number | undefined;
}

/** Splits text into rows and cells; the last row is left if more may follow. */
export function splitRows(text: string, delimiter: Delimiter, isLast: boolean): Rows {
  if (delimiter === "spaces") return splitAtSpaces(text, isLast);
  const { data, errors, meta }: PieceResult = new Papa.Parser({ delimiter, newline: "\n" }).parse(text, 0, !isLast);
  return { rows: data, cursor: isLast ? text.length : meta.cursor, badRow: errors[0]?.row };
}

interface PieceResult {
  readonly data: string[][];
  readonly errors: readonly { readonly row: number }[];
  readonly meta: { readonly cursor: number };
}

function splitAtSpaces(text: string, isLast: boolean): Rows {
  const end = isLast ? text.length : text.lastIndexOf("\n") + 1;
  const lines = text.slice(0, end).split("\n");
  if (lines.at(-1) === "") lines.pop();
  const rows = lines.map((line) => {
    const cells = line.match(/"[^"]*"|\S+/g) ?? [""];
    return cells.map((cell) =>
      cell.length > 1 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1) : cell,
    );
  });
  return { rows, cursor: end, badRow: undefined };
}

export const isBlank = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === "");

/** Most rows that a guess looks at. */
const sampleRows = 1000;

/** @param sample - whole lines from the beginning of a file. */
export function guessDialect(sample: string, options: DialectOptions): Dialect {
  // The words of a comment are no cells.
  const delimiter = guessDelimiter(sample.replaceAll(/^[#%].*\n/gm, ""));
  const all = splitRows(sample, delimiter, true).rows;
  const skip = countAbove(all);
  const rows = nonBlank(all.slice(skip));
  if (rows.length === 0) throw new ConfigError("table: a file must have at least one row, got none.");
  const decimal = options.decimal ?? guessDecimal(rows, delimiter);
  return {
    delimiter,
    decimal,
    hasHeader: options.header ?? knownHeader(rows[0], options.names) ?? guessHeader(rows, { decimal }),
    skip,
  };
}

const nonBlank = (rows: readonly (readonly string[])[]) => rows.filter((row) => !isBlank(row)).slice(0, sampleRows);

/** Lines before the table begins: of a comment, or of one cell where the others have three or more. */
function countAbove(rows: readonly (readonly string[])[]): number {
  const usual = mode(nonBlank(rows).map((row) => row.length));
  const isAbove = (row: readonly string[]): boolean => {
    if (isBlank(row) || row[0].startsWith("sep=")) return true;
    const isShort = row.filter((cell) => cell.trim() !== "").length === 1 && usual > 2;
    return row.length !== usual && (isShort || /^[#%]/.test(row[0]));
  };
  const first = rows.findIndex((row) => !isAbove(row));
  return rows.slice(0, first).some((row) => !isBlank(row)) ? first : 0;
}

/**
 * The delimiter that gives almost all lines the same number of cells, at least two. A comma may be a decimal mark, so
 * the others go before it; spaces go last, but before tabs that give fewer cells.
 */
function guessDelimiter(sample: string): Delimiter {
  const found = new Map<Delimiter, number>();
  for (const delimiter of ["\t", ";", "|", ",", "spaces"] as const) {
    const widths = nonBlank(splitRows(sample, delimiter, true).rows).map((row) => row.length);
    const usual = mode(widths);
    const others = widths.filter((width) => width !== usual).length;
    const few = delimiter === "spaces" ? 1 : Math.max(2, 0.1 * widths.length);
    if (usual > 1 && others <= few && others < widths.length / 2) found.set(delimiter, usual);
  }
  const [best = ","] = found.keys();
  const byTabs = found.get("\t") ?? 0;
  return best === "\t" && (found.get("spaces") ?? 0) > byTabs ? "spaces" : best;
}

function mode(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const x of numbers) counts.set(x, (counts.get(x) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0] ?? 0;
}

/** A decimal comma has other than three digits behind it at least once, or a point never appears beside it. */
function guessDecimal(rows: readonly (readonly string[])[], delimiter: Delimiter): "." | "," {
  let [commas, points] = [0, 0];
  for (const row of rows) {
    for (const raw of row) {
      const cell = raw.trim();
      if (/^[+-]?\d{0,3}(?:\.\d{3})*,(?:\d{1,2}|\d{4,})%?$/.test(cell) || /^[+-]?(?:0|\d{4,}),\d+$/.test(cell))
        commas++;
      else if (/^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?%?$/.test(cell)) points++;
    }
  }
  // Between commas, a comma in a quoted cell is more often one of thousands.
  return commas > (delimiter === "," ? 10 : 1) * points ? "," : ".";
}

/** Whether the first row is a header by its names; undefined if that is not known. */
function knownHeader(first: readonly string[], names: readonly string[] = []): boolean | undefined {
  const found = new Set(first.map((cell) => cell.trim()));
  if (names.length > 0 && names.every((name) => found.has(name))) return true;
  return names.length > 0 && names.every((name) => /^\d+$/.test(name) && Number(name) < first.length)
    ? false
    : undefined;
}

/**
 * Whether the first row names the columns: words stand above numbers, or are never met again. A row of numbers is a
 * header only if it counts on: 0, 1, 2, 3 or 2019, 2020.
 */
function guessHeader(rows: readonly (readonly string[])[], format: NumberFormat): boolean {
  const [first, ...rest] = rows;
  if (rest.length === 0) return first.every((cell) => !isNumeric(cell.trim(), format));
  let [wordsAboveNumbers, numbers, words, known] = [0, 0, 0, 0];
  first.forEach((raw, column) => {
    const cell = raw.trim();
    if (isMissing(cell)) return;
    const below = rest.map((row) => (row[column] ?? "").trim()).filter((other) => !isMissing(other));
    if (isNumeric(cell, format)) numbers++;
    else if (below.length > 0 && below.every((other) => isNumeric(other, format))) wordsAboveNumbers++;
    else {
      words++;
      if (below.includes(cell) || !Number.isNaN(parseBoolean(cell))) known++;
    }
  });
  if (numbers > 0 && countsOn(first, rest)) return true;
  if (wordsAboveNumbers > 0 || numbers > 0) return wordsAboveNumbers > numbers;
  return words > 0 && known === 0 && new Set(first).size === first.length;
}

const isNumeric = (cell: string, format: NumberFormat): boolean =>
  !Number.isNaN(parseNumber(cell, format)) ||
  !Number.isNaN(parseDate(cell, false)) ||
  !Number.isNaN(parseDate(cell, true));

/** Whether the numbers of a row count on as those of no row below: four from 0 or 1 at least, or two years. */
function countsOn(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const isCounting = (row: readonly string[]): boolean => {
    const numbers = row
      .map((cell) => cell.trim())
      .filter((cell) => /^\d{1,4}$/.test(cell))
      .map(Number);
    const isRun = numbers.every((x, i) => i === 0 || x === numbers[i - 1] + 1);
    const areYears = numbers.length > 1 && numbers[0] >= 1900 && numbers[0] < 2100;
    return isRun && (areYears || (numbers.length > 3 && numbers[0] < 2 && numbers.length >= row.length - 1));
  };
  return isCounting(first) && !rest.some(isCounting);
}
