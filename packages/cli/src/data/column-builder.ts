/**
 * A column while its file is read: words by their index as long as few are different, which leaves the kind open, then
 * numbers.
 */
import { ConfigError } from "quadric";
import { type CellFormat, isMissing, parseBoolean, parseDate, parseNumber } from "./cells.ts";
import { makeGrowing } from "./growing.ts";
import type { Column, ColumnKind } from "./table.ts";

/** What is known of a column before it is read. */
export interface Expected {
  readonly kind: ColumnKind;
  readonly dayFirst?: boolean;
}

export interface ColumnBuilder {
  add(cell: string): void;
  finish(): Column;
}

/** Different words of a column at most while its kind is open, and of a category in all. */
const mostOpen = 4096;
const mostLevels = 65536;
/** Words in a column of numbers are taken as missing if at most this share of its cells are words. */
const fewWords = 0.05;
/** Fewer different numbers than this beside words are names of levels. */
const fewNumbers = 20;
/** Words that are almost all different are text, unless there are so few of them. */
const fewLevels = 20;
/** So many cells must be different to be an id. */
const leastIds = 10;
const idName = /^(id|index|idx|#|no|nr|row|row[ ._]?(names?|number|id|nr)|unnamed.*|column 0|.*[ ._-]id)$/i;
const camelIdName = /[a-z]I[dD]$/;

type Read = (cell: string) => number;

export function makeColumnBuilder(name: string, format: CellFormat, expected?: Expected): ColumnBuilder {
  const values = makeGrowing();
  /** Raw cells to the index of their level, NaN for missing ones. */
  const codes = new Map<string, number>();
  const levels: string[] = [];
  let missing = 0;
  /** Set once the column is open no longer. */
  let read: Read | undefined;
  let kind = expected?.kind;
  let dayFirst = expected?.dayFirst ?? false;
  let strays = 0;
  let stray = "";
  let note = "";

  const asNumber: Read = (cell) => parseNumber(cell, format);
  const readers: Partial<Record<ColumnKind, Read>> = {
    number: asNumber,
    boolean: parseBoolean,
    date: (cell) => parseDate(cell, dayFirst),
    id: () => 0,
    text: () => 0,
  };

  function addWord(raw: string): void {
    let code = codes.get(raw);
    if (code === undefined) {
      const cell = raw.trim();
      code = isMissing(cell, format.missing) ? Number.NaN : (codes.get(cell) ?? levels.length);
      // A copy: a slice would keep its whole piece of the file alive.
      const own = Buffer.from(cell, "utf16le").toString("utf16le");
      if (code === levels.length) levels.push(own);
      codes.set(raw === cell ? own : Buffer.from(raw, "utf16le").toString("utf16le"), code);
      codes.set(own, code);
    }
    if (Number.isNaN(code)) missing++;
    values.push(code);
    if (kind === "category") {
      if (levels.length > mostLevels) {
        throw new ConfigError(
          `table: column ${JSON.stringify(name)}: a category must have at most ${mostLevels} levels, got more.`,
        );
      }
    } else if (codes.size > mostOpen) settle();
  }

  function addValue(cell: string): void {
    let value = format.missing?.includes(cell.trim()) ? Number.NaN : read!(cell);
    if (Number.isNaN(value)) {
      const trimmed = cell.trim();
      value = isMissing(trimmed, format.missing) ? Number.NaN : read!(trimmed);
      if (Number.isNaN(value)) {
        missing++;
        if (!isMissing(trimmed, format.missing) && strays++ === 0) stray = trimmed.slice(0, 40);
      }
    } else if ((kind === "id" || kind === "text") && isMissing(cell.trim(), format.missing)) missing++;
    values.push(value);
  }

  /** Chooses the kind from the words so far, and turns them into its values. */
  function settle(): void {
    const counts = new Float64Array(levels.length);
    values.forEach((code) => {
      if (!Number.isNaN(code)) counts[code]++;
    });
    if (kind === undefined) ({ kind, dayFirst, note } = guess(levels, counts, asNumber));
    else if (kind === "date" && expected?.dayFirst === undefined) dayFirst = isDayFirst(levels);
    read = readers[kind];
    if (!read) return;
    const parsed = levels.map(read);
    parsed.forEach((value, code) => {
      if (!Number.isNaN(value)) return;
      missing += counts[code];
      if (strays === 0) stray = levels[code].slice(0, 40);
      strays += counts[code];
    });
    values.replace((code) => (Number.isNaN(code) ? code : parsed[code]));
    levels.length = 0;
    codes.clear();
  }

  return {
    add(cell) {
      if (read) addValue(cell);
      else addWord(cell);
    },
    finish() {
      if (!read) settle();
      const all = values.finish();
      if (kind === "number" && expected === undefined && isCounter(name, all)) {
        [kind, note] = ["id", "numbers the rows"];
      } else if (strays > 0) {
        if (expected === undefined && kind === "number" && strays > fewWords * (all.length - missing + strays)) {
          [kind, note] = ["text", `numbers, and words such as ${JSON.stringify(stray)}`];
        } else {
          note = `${strays} ${strays === 1 ? "cell" : "cells"} such as ${JSON.stringify(stray)} taken as missing`;
        }
      }
      return { name, kind: kind!, values: all, levels, missing, note, ...(kind === "date" && { dayFirst }) };
    },
  };
}

interface Guess {
  readonly kind: ColumnKind;
  readonly dayFirst: boolean;
  readonly note: string;
}

/** The kind that words suggest which occur so many times. */
function guess(levels: readonly string[], counts: Float64Array, asNumber: Read): Guess {
  const cells = counts.reduce((sum, count) => sum + count, 0);
  const is = (kind: ColumnKind, note = "", dayFirst = false): Guess => ({ kind, note, dayFirst });
  /** Whether all cells are read, or all but few. */
  const reads = (read: Read): boolean => {
    let [words, different] = [0, 0];
    levels.forEach((level, code) => {
      if (Number.isNaN(read(level))) words += counts[code];
      else different++;
    });
    return words === 0 || (words <= fewWords * cells && different > fewNumbers);
  };
  if (reads(asNumber)) return is("number");
  if (levels.length === 2 && levels.every((level) => !Number.isNaN(parseBoolean(level)))) return is("boolean");
  const dayFirst = isDayFirst(levels);
  if (reads((level) => parseDate(level, dayFirst))) {
    return is("date", dayFirst ? "day before month" : "", dayFirst);
  }
  if (cells >= leastIds && levels.length === cells) return is("id", "all different");
  if (levels.length > fewLevels && (levels.length > cells / 2 || levels.length >= mostOpen)) {
    return is("text", `${levels.length >= mostOpen ? `over ${mostOpen}` : levels.length} different in ${cells} cells`);
  }
  return is("category");
}

/** Whether 13/4/2025 and the like say that days come first. */
function isDayFirst(levels: readonly string[]): boolean {
  const asDates = (dayFirst: boolean) => levels.filter((level) => !Number.isNaN(parseDate(level, dayFirst))).length;
  return asDates(true) > asDates(false);
}

/** Row numbers: integers one after the other, or all different, under a name that says so. */
function isCounter(name: string, values: Float64Array): boolean {
  if (values.length < leastIds || !(idName.test(name) || camelIdName.test(name)) || !values.every(Number.isInteger))
    return false;
  const sorted = values.slice().sort();
  return sorted.every((value, i) => i === 0 || value > sorted[i - 1]);
}
