/**
 * Tables as their owners keep them train as they are. `TABLES=folder npm run soak:tables` tries every file of a folder.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readTable } from "../../../src/data/files.ts";
import { quadric, temporaryFolder } from "../../command.ts";

const folder = temporaryFolder();
const tables = fileURLToPath(new URL("tables", import.meta.url));
let runs = 0;

const train = async (...args: string[]) =>
  quadric("train", ...args, "--steps", "3", "--out", join(folder, `${runs++}`), "--json");

test.each([
  ["auto-mpg.data", 398, 9, 6, ["--target", "0"]],
  ["horse-colic.data", 300, 28, 1605, ["--target", "-5", "--task", "classes"]],
  ["ecoli.data", 336, 9, 0, []],
  ["penguins.csv", 344, 7, 19, ["--target", "species"]],
] as const)("%s: %d rows, %d columns, %d cells missing, and it trains", async (name, rows, columns, missing, args) => {
  const path = join(tables, name);
  const table = await readTable(path);
  expect(table.rows).toBe(rows);
  expect(table.columns.length).toBe(columns);
  expect(table.columns.reduce((sum, column) => sum + column.missing, 0)).toBe(missing);
  const answer = await train("--data", path, ...args);
  expect(answer.code).toBe(0);
  expect(answer.lines().at(-1).trainLoss).toBeLessThan(answer.lines()[0].loss);
});

const given = process.env.TABLES;
test.skipIf(given === undefined)("every table of the folder trains", { timeout: 0 }, async () => {
  const paths = readdirSync(given!, { recursive: true, encoding: "utf8" })
    .map((name) => join(given!, name))
    .filter((path) => statSync(path).isFile());
  const refused: string[] = [];
  for (const path of paths.sort()) {
    const { code, err } = await train("--data", path);
    if (code === 2) refused.push(`${path}: ${err.trim()}`);
  }
  console.info(`${paths.length - refused.length} of ${paths.length} train\n${refused.join("\n")}`);
  expect(refused.length).toBeLessThanOrEqual(0.04 * paths.length);
});
