import { readFile } from "node:fs/promises";
import { gunzip } from "../../src/node.ts";
import { digits, type Summary, summary } from "./digits.ts";

const folder = new URL("../../../cli/data/digits/", import.meta.url);

export async function digitsOnNode(method: "trust-region" | "adam"): Promise<Summary> {
  const read = async (file: string) => gunzip(await readFile(new URL(file, folder)));
  return summary((await digits(read, { method })).history);
}
