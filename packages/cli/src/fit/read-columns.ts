/** The columns of a file that are numbers, and what the others hold. */
import { ConfigError } from "quadric";
import type { DialectOptions } from "../data/dialect.ts";
import { readTable } from "../data/files.ts";
import type { Column } from "../data/table.ts";
import type { Columns } from "./columns.ts";

export async function readColumns(path: string, options: DialectOptions): Promise<Columns> {
  const { columns, reading } = await readTable(path, options);
  const count = columns.filter(isNumeric).length;
  if (count < 2) {
    throw new ConfigError(`${path}: must have at least two columns of numbers, got ${count} (read as ${reading}).`);
  }
  return {
    reading,
    numbers: new Map(columns.filter(isNumeric).map(({ name, values }) => [name, values])),
    words: columns.filter((column) => !isNumeric(column)).map(({ name }) => name),
    notes: new Map(
      columns.flatMap((column) => {
        const note = column.kind === "date" ? "days since 1970-01-01" : column.note;
        return note && column.kind !== "id" ? [[column.name, note] as const] : [];
      }),
    ),
  };
}

/** What numbers the rows is an id, and may still be a time; an id of words has one value. */
function isNumeric({ kind, values }: Column): boolean {
  if (kind === "id") return values.some((value) => value !== values[0]);
  return kind === "number" || kind === "boolean" || kind === "date";
}
