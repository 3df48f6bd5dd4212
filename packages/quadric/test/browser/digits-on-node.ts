import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { digits, type Summary, summary } from "./digits.ts";

const folder = new URL("../../../cli/data/digits/", import.meta.url);

export async function digitsOnNode(method: "trust-region" | "adam"): Promise<Summary> {
  const read = async (file: string) => gunzipSync(await readFile(new URL(file, folder)));
  return summary((await digits(read, { method })).history);
}
