/** Reads Parquet files, a column of a row group at a time. */
import * as zlib from "node:zlib";
import {
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { ConfigError } from "quadric";
import { makeColumnBuilder } from "./column-builder.ts";
import { mostCells, type TableOptions } from "./csv.ts";
import type { Column, Table } from "./table.ts";

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** A page claims its size; what unpacks to more is damaged. */
const bounded = (inflate: Inflate) => (bytes: Uint8Array, size: number) => inflate(bytes, { maxOutputLength: size });

const compressors: Compressors = {
  GZIP: bounded(zlib.gunzipSync),
  BROTLI: bounded(zlib.brotliDecompressSync),
  // Node has it since 22.15.
  ...("zstdDecompressSync" in zlib && { ZSTD: bounded(zlib.zstdDecompressSync as Inflate) }),
};

/** @throws {ConfigError} if the file is damaged, nested, or packed in a way that Node does not know. */
export async function readParquet(path: string, { kinds, missing }: TableOptions = {}): Promise<Table> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const rows = Number(metadata.num_rows);
    if (rows === 0 || names.length === 0) {
      throw new ConfigError(
        `table: a file must have at least one row and one column, got ${rows} and ${names.length}.`,
      );
    }
    if (rows * names.length > mostCells) {
      throw new ConfigError(`table: must have at most ${mostCells} cells, got ${rows} rows of ${names.length}.`);
    }
    const columns: Column[] = [];
    for (const name of names) {
      const builder = makeColumnBuilder(name, { decimal: ".", missing }, kinds?.get(name));
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows);
        const cells = await parquetReadObjects({ file, metadata, columns: [name], rowStart, rowEnd, compressors });
        if (cells.length !== rowEnd - rowStart) {
          throw new ConfigError(
            `parquet: column ${JSON.stringify(name)} must have ${rowEnd - rowStart} cells, got ${cells.length}.`,
          );
        }
        for (const cell of cells) builder.add(textOf(cell[name]));
        rowStart = rowEnd;
      }
      if (rowStart !== rows) throw new ConfigError(`parquet: row groups must have ${rows} rows, got ${rowStart}.`);
      columns.push(builder.finish());
    }
    return { rows, columns, reading: "Parquet" };
  } catch (error) {
    // What the file system says stays as it is; on damage the parser meets errors of all kinds.
    if (error instanceof ConfigError || /^E(?!RR_)/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new ConfigError(`parquet: cannot be read, ${(error as Error).message}.`);
  }
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "" : cell.toISOString();
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}
