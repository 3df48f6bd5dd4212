/** Reads data files; errors name the path of the file. */
import { readFileSync } from "node:fs";
import { ConfigError } from "quadric";
import { readCsv, type TableOptions } from "./csv.ts";
import { gunzip } from "./gunzip.ts";
import type { Table } from "./table.ts";
import { bytesAt, readPieces } from "./text.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder, not a file",
  EACCES: "reading it is not permitted",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/** What `parse` makes of a file, gzipped or not. */
export function readFile<T>(path: string, parse: (bytes: Uint8Array) => T): T {
  try {
    const bytes = readFileSync(path);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return parse(packed ? gunzip(bytes) : bytes);
  } catch (error) {
    throw named(path, error);
  }
}

/** A table of text or Parquet, told from its first bytes. */
export async function readTable(path: string, options: TableOptions = {}): Promise<Table> {
  try {
    const start = Buffer.from(bytesAt(path, 0, 4)).toString("latin1");
    if (start !== "PAR1") return await readCsv(() => readPieces(path), options);
    // Loaded when such a file is read: the start of every command would pay for it.
    const { readParquet } = await import("./parquet.ts");
    return await readParquet(path, options);
  } catch (error) {
    throw named(path, error);
  }
}

/** An error that names the file. */
function named(path: string, error: unknown): unknown {
  if (error instanceof ConfigError) return new ConfigError(`${path}: ${error.message}`);
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
  return reason ? new ConfigError(`${path}: cannot be read, ${reason}.`) : error;
}
