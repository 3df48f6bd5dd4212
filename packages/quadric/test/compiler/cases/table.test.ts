import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { primitives } from "../../../src/compiler/trace/import.ts";

const page = readFileSync(fileURLToPath(new URL("../../../../../docs/compiler.md", import.meta.url)), "utf8");

/** The rows of the table: the primitives named in each, and what the three columns after it say. */
const rows = page
  .split("\n")
  .filter((line) => /^\| `/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, names, ...columns]) => ({ names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name), columns }));

describe("the table of docs/compiler.md", () => {
  const taken = rows.filter(({ columns }) => columns[0] !== "no").flatMap(({ names }) => names);
  const refused = rows.filter(({ columns }) => columns[0] === "no").flatMap(({ names }) => names);

  test("names every primitive that the compiler takes, and no other", () => {
    expect(taken.toSorted()).toEqual(primitives.toSorted());
  });

  test("refuses none of them", () => {
    expect(refused.filter((name) => primitives.includes(name))).toEqual([]);
  });
});
