/**
 * Reads tables of text: comma, semicolon, tab, pipe or spaces between cells. The file passes through in pieces; only
 * the numbers of its columns stay in memory.
 */
import { ConfigError } from "quadric";
import { type ColumnBuilder, type Expected, makeColumnBuilder } from "./column-builder.ts";
import { type Delimiter, type Dialect, type DialectOptions, guessDialect, isBlank, splitRows } from "./dialect.ts";
import type { Table } from "./table.ts";
import { type Encoding, NotUtf8Error, openText } from "./text.ts";

export interface TableOptions extends DialectOptions {
  /** Kinds of columns by name, instead of those that the cells suggest. */
  readonly kinds?: ReadonlyMap<string, Expected>;
  /** Words that mean a missing cell, besides those that always do. */
  readonly missing?: readonly string[];
}

/** Characters of a line at most; a quoted cell may hold line ends. */
const longestLine = 2 ** 22;
const mostColumns = 100_000;
/** 2 GiB of numbers. */
export const mostCells: number = 2 ** 28;
/** Characters that the dialect is guessed from. */
const sampleLength = 2 ** 18;

const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ",": "comma-separated",
  ";": "semicolon-separated",
  "\t": "tab-separated",
  "|": "separated by |",
  spaces: "separated by spaces",
};

/** The bytes of a file from its beginning; asked again if they are not UTF-8. */
export type Open = () => AsyncGenerator<Uint8Array>;

/** @throws {ConfigError} with the line, if a line is not what the others are. */
export async function readCsv(open: Open, options: TableOptions = {}): Promise<Table> {
  try {
    return await readAs(open, options);
  } catch (error) {
    if (!(error instanceof NotUtf8Error)) throw error;
    return readAs(open, options, "windows-1252");
  }
}

async function readAs(open: Open, options: TableOptions, fallback?: Encoding): Promise<Table> {
  const { encoding, pieces } = await openText(open(), fallback);
  let table: TableBuilder | undefined;
  let text = "";
  for await (const piece of pieces) {
    text += piece;
    const sample = table ? "" : sampleOf(text);
    if (sample !== "") table = makeTableBuilder(guessDialect(sample, options), options);
    if (piece.includes("\n") && table) text = text.slice(table.add(text, false));
    // Before the dialect is known, some whole lines stand before the unfinished one.
    if (text.length - (table ? 0 : text.lastIndexOf("\n") + 1) > longestLine) {
      const where = `table: line ${table?.line ?? 1}`;
      throw new ConfigError(`${where}: must have at most ${longestLine} characters, got more. Is a quote left open?`);
    }
  }
  table ??= makeTableBuilder(guessDialect(text, options), options);
  table.add(text, true);
  const encoded =
    encoding === "utf-8" ? "" : `, ${encoding === "windows-1252" ? "not UTF-8, so read as windows-1252" : encoding}`;
  const { columns, rows, reading } = table.finish();
  return { columns, rows, reading: `${reading}${encoded}` };
}

/** Whole lines from the beginning, three at least; empty as long as there is too little text. */
function sampleOf(text: string): string {
  if (text.length < sampleLength) return "";
  let end = -1;
  for (let lines = 0; lines < 3; lines++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) return "";
  }
  return text.slice(0, Math.max(end, text.lastIndexOf("\n", sampleLength)));
}

interface TableBuilder {
  /** The line that comes next. */
  readonly line: number;
  /** Reads the whole rows of a text and returns where they end. */
  add(text: string, isLast: boolean): number;
  finish(): Table;
}

function makeTableBuilder(dialect: Dialect, { kinds, missing }: TableOptions): TableBuilder {
  const { delimiter, hasHeader, skip } = dialect;
  let builders: ColumnBuilder[] | undefined;
  let header: readonly string[] | undefined;
  let renamed: readonly string[] = [];
  let line = 1;
  let rows = 0;

  function begin(width: number): ColumnBuilder[] {
    if (width > mostColumns) {
      throw new ConfigError(`table: must have at most ${mostColumns} columns, got ${width}.`);
    }
    const unique = uniqueNames(namesOf(header, width));
    renamed = unique.renamed;
    return unique.names.map((name) => makeColumnBuilder(name, { ...dialect, missing }, kinds?.get(name)));
  }

  function addRow(cells: readonly string[]): void {
    if (line <= skip || isBlank(cells)) return;
    if (hasHeader && !header) {
      header = cells.map((cell) => cell.trim());
      return;
    }
    builders ??= begin(cells.length);
    const width = builders.length;
    if (cells.length !== width) {
      const isTrailing = cells.length === width + 1 && cells[width].trim() === "";
      if (!isTrailing) throw new ConfigError(`table: line ${line}: must have ${width} cells, got ${cells.length}.`);
    }
    for (let j = 0; j < width; j++) builders[j].add(cells[j]);
    rows++;
    if (rows * width > mostCells) {
      throw new ConfigError(`table: must have at most ${mostCells} cells, got more in ${rows} rows of ${width}.`);
    }
  }

  return {
    get line() {
      return line;
    },
    add(text, isLast) {
      const { rows: split, cursor, badRow } = splitRows(text, delimiter, isLast);
      const hasQuotes = text.includes('"');
      const last = isLast && split.at(-1)?.length === 1 && split.at(-1)![0] === "" ? split.length - 1 : split.length;
      // V8 compiles a loop of this kind, entered once, three times slower than a callback.
      split.forEach((cells, i) => {
        if (i === last) return;
        if (i === badRow) {
          throw new ConfigError(
            `table: line ${line}: a quoted cell must end before the next delimiter, got one that does not.`,
          );
        }
        addRow(cells);
        line++;
        if (hasQuotes) for (const cell of cells) if (cell.includes("\n")) line += cell.split("\n").length - 1;
      });
      return cursor;
    },
    finish() {
      if (!builders) {
        throw new ConfigError(
          `table: a file must have at least one row of values, got ${header ? "a header alone" : "none"}.`,
        );
      }
      const columns = builders.map((builder) => builder.finish());
      const parts = [
        delimiterNames[delimiter],
        dialect.decimal === "," ? "decimal comma" : "",
        skip > 0 ? `${skip} ${skip === 1 ? "line" : "lines"} above the table skipped` : "",
        hasHeader ? "header" : "no header",
        renamed.length > 0 ? `${renamed.join(", ")} met again and renamed` : "",
      ];
      return { rows, columns, reading: parts.filter((part) => part !== "").join(", ") };
    },
  };
}

/** The names of a header; indices from 0 without one. A header may lack the name of the rows' names, as R writes it. */
function namesOf(header: readonly string[] | undefined, width: number): string[] {
  if (!header) return Array.from({ length: width }, (_, column) => String(column));
  const names = header.length === width - 1 ? ["row name", ...header] : header.slice();
  if (names.length === width + 1 && names[width] === "") names.pop();
  if (names.length !== width) {
    throw new ConfigError(`table: the header must have as many cells as the rows, ${width}, got ${header.length}.`);
  }
  return names.map((name, column) => (name === "" ? `column ${column}` : name));
}

/** Equal names get numbers. */
function uniqueNames(names: readonly string[]): { names: string[]; renamed: string[] } {
  const taken = new Set(names);
  const met = new Set<string>();
  const renamed: string[] = [];
  const unique = names.map((name) => {
    if (!met.has(name)) {
      met.add(name);
      return name;
    }
    renamed.push(JSON.stringify(name));
    for (let number = 2; ; number++) {
      const other = `${name} (${number})`;
      if (taken.has(other)) continue;
      taken.add(other);
      met.add(other);
      return other;
    }
  });
  return { names: unique, renamed };
}
