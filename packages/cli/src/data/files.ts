/** Reads data files; errors name the path of the file. */
import { readFileSync } from "node:fs";
import { ConfigError } from "quadric";
import { gunzip } from "./gunzip.ts";

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
    if (error instanceof ConfigError) throw new ConfigError(`${path}: ${error.message}`);
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason) throw new ConfigError(`${path}: cannot be read, ${reason}.`);
    throw error;
  }
}
