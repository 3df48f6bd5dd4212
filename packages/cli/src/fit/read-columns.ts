/** The columns of a file that are numbers. */
import { parseCsvColumns } from "quadric/data";
import { readFile } from "../data/files.ts";
import type { Columns } from "./columns.ts";

export function readColumns(path: string): Columns {
  const { names, values } = readFile(path, parseCsvColumns);
  const width = names.length;
  return new Map(names.map((name, j) => [name, Float64Array.from(values.data.filter((_, i) => i % width === j))]));
}
