/** Reads Parquet files, a column of some rows at a time. */
import { ConfigError } from "quadric";
import { makeColumnBuilder } from "./column-builder.ts";
import { mostCells, type TableOptions } from "./csv.ts";
import { makeParquetDecoder, type ParquetDecoder } from "./parquet-decoder.ts";
import type { Column, Table } from "./table.ts";

/** Cells that are asked for at a time. */
const mostAtOnce = 2 ** 20;

/**
 * @param decoder - for several files; by default one is made for the file.
 * @throws {ConfigError} if the file is damaged, nested, or packed in a way that Node does not know.
 */
export async function readParquet(path: string, options: TableOptions = {}, decoder?: ParquetDecoder): Promise<Table> {
  const decode = decoder ?? makeParquetDecoder();
  try {
    return await readWith(decode, path, options);
  } finally {
    if (!decoder) decode.close();
  }
}

async function readWith(decoder: ParquetDecoder, path: string, { kinds, missing }: TableOptions): Promise<Table> {
  const { names, groups } = await decoder.open(path);
  const rows = groups.reduce((sum, count) => sum + count, 0);
  if (!groups.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new ConfigError(`parquet: row groups must have some rows each, got ${groups.slice(0, 12).join(", ")}.`);
  }
  if (rows === 0 || names.length === 0) {
    throw new ConfigError(`table: a file must have at least one row and one column, got ${rows} and ${names.length}.`);
  }
  if (rows * names.length > mostCells) {
    throw new ConfigError(`table: must have at most ${mostCells} cells, got ${rows} rows of ${names.length}.`);
  }
  const columns: Column[] = [];
  for (const name of names) {
    const builder = makeColumnBuilder(name, { decimal: ".", missing }, kinds?.get(name));
    let before = 0;
    for (const count of groups) {
      for (let start = before; start < before + count; start += mostAtOnce) {
        const end = Math.min(start + mostAtOnce, before + count);
        const cells = await decoder.read(name, start, end);
        if (cells.length !== end - start) {
          throw new ConfigError(
            `parquet: column ${JSON.stringify(name)} must have ${end - start} cells there, got ${cells.length}.`,
          );
        }
        for (const cell of cells) builder.add(cell);
      }
      before += count;
    }
    columns.push(builder.finish());
  }
  return { rows, columns, reading: "Parquet" };
}
