/**
 * Numeric CSV.
 *
 * Comma-separated UTF-8, one example a line, cells optionally in double quotes, LF or CRLF, empty lines skipped. The
 * first line is a header when one of its cells is not a number.
 */
import { ConfigError } from "../errors.ts";
import type { Tensor } from "../vector/tensor.ts";

/** A file as it is: all columns are numbers. */
export interface Columns {
  /** Names of the header; "0", "1", … without one. */
  readonly names: readonly string[];
  /** [rows, columns], float64. */
  readonly values: Tensor;
}

// Each alternative starts differently from the others, so matching is linear in the length of the cell.
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A file of numbers as a tensor and the names of its columns.
 *
 * @throws {ConfigError} with the line number, if a line is not what the others are or a cell is not a finite number.
 */
export function parseCsv(bytes: Uint8Array): Columns {
  const lines = nonEmptyLines(bytes);
  const first = lines.next();
  if (first.done) throw new ConfigError("csv: a file must have at least one line of numbers, got none.");
  const firstCells = cellsOf(first.value);
  const hasHeader = firstCells.some((cell) => !number.test(cell));
  const width = firstCells.length;
  const names = hasHeader ? firstCells : firstCells.map((_, column) => String(column));

  const values: number[] = [];
  const addRow = (cells: readonly string[], at: number) => {
    if (cells.length !== width)
      throw new ConfigError(`csv: line ${at}: must have ${width} cells, got ${cells.length}.`);
    cells.forEach((cell, column) => {
      const value = number.test(cell) ? Number(cell) : Number.NaN;
      if (!Number.isFinite(value)) {
        const name = JSON.stringify(names[column]);
        throw new ConfigError(`csv: line ${at}: column ${name} must be a finite number, got ${quote(cell)}.`);
      }
      values.push(value);
    });
  };
  if (!hasHeader) addRow(firstCells, first.value.at);
  for (const line of lines) addRow(cellsOf(line), line.at);
  if (values.length === 0)
    throw new ConfigError("csv: a file must have at least one line of numbers, got only a header.");
  return { names, values: { shape: [values.length / width, width], data: Float64Array.from(values) } };
}

interface Line {
  readonly text: string;
  /** 1-based line number. */
  readonly at: number;
}

function* nonEmptyLines(bytes: Uint8Array): Generator<Line, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let at = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    at++;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(start, end)).trim();
    } catch {
      throw new ConfigError(`csv: line ${at}: must be UTF-8 text, got other bytes.`);
    }
    if (text !== "") yield { text, at };
    start = end + 1;
  }
}

function cellsOf({ text, at }: Line): string[] {
  return text.split(",").map((raw) => {
    const cell = raw.trim();
    if (!cell.startsWith('"')) return cell;
    if (cell.length < 2 || !cell.endsWith('"')) {
      throw new ConfigError(`csv: line ${at}: a quoted cell must end before the comma, got ${quote(cell)}.`);
    }
    return cell.slice(1, -1).trim();
  });
}

/** A cell as it appears in a message: quoted, and short. */
function quote(cell: string): string {
  return JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
}
