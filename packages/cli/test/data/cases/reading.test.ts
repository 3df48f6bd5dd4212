/**
 * How files are understood: delimiters, headers, numbers, dates, words, missing cells, encodings; and what is refused.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ConfigError } from "quadric";
import { describe, expect, test } from "vitest";
import type { TableOptions } from "../../../src/data/csv.ts";
import { readTable } from "../../../src/data/files.ts";
import { readParquet } from "../../../src/data/parquet.ts";
import { makeParquetDecoder } from "../../../src/data/parquet-decoder.ts";
import { cellText, type Table } from "../../../src/data/table.ts";
import { temporaryFolder } from "../../command.ts";
import { parquet, withEndlessPage } from "./parquet-files.ts";

const folder = temporaryFolder();
let files = 0;

/** The table of a file with such content. */
function read(content: string | Uint8Array, options: TableOptions = {}): Promise<Table> {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return readTable(path, options);
}

/** Columns by name, cells as text, null where they are missing. */
async function cellsOf(
  content: string | Uint8Array,
  options?: TableOptions,
): Promise<Record<string, (string | null)[]>> {
  const { columns } = await read(content, options);
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      Array.from(column.values, (value) => (Number.isNaN(value) ? null : cellText(column, value))),
    ]),
  );
}

const kindsOf = async (content: string) => (await read(content)).columns.map(({ kind }) => kind);
const [a, b] = [
  ["1", "2"],
  ["1.5", "x"],
];

describe("cells are found", () => {
  test.each([
    ["commas", "a,b\n1,1.5\n2,x\n"],
    ["semicolons", "a;b\n1;1.5\n2;x\n"],
    ["tabs", "a\tb\n1\t1.5\n2\tx\n"],
    ["pipes", "a|b\n1|1.5\n2|x\n"],
    ["spaces", "  a   b\n  1   1.5\n 22  x\n".replace("22", "2")],
    ["spaces around commas", "a , b\n1 ,  1.5\n2 , x\n"],
    ["no last line end", "a,b\n1,1.5\n2,x"],
    ["CRLF", "a,b\r\n1,1.5\r\n2,x\r\n"],
    ["CR", "a,b\r1,1.5\r2,x\r"],
    ["empty lines", "\na,b\n\n1,1.5\n\n\n2,x\n\n"],
    ["a byte order mark", "\ufeffa,b\n1,1.5\n2,x\n"],
    ["quotes", '"a","b"\n"1","1.5"\n"2","x"\n'],
    ["a delimiter after the last cell", "a,b,\n1,1.5,\n2,x,\n".replaceAll(",\n", "\n")],
    ["comments above", "# made by hand\n% in spring\na,b\n1,1.5\n2,x\n"],
    ["sep= above", "sep=;\na;b\n1;1.5\n2;x\n"],
  ])("between %s", async (_, content) => {
    expect(await cellsOf(content)).toEqual({ a, b });
  });

  test("in quotes with delimiters, line ends and quotes in them", async () => {
    expect(await cellsOf('"size, m2","he said ""hi"""\n1,"two\nlines"\n2,x\n3,x\n')).toEqual({
      "size, m2": ["1", "2", "3"],
      'he said "hi"': ["two\nlines", "x", "x"],
    });
  });

  test("alike in one piece and in many", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i / 7},"w,${i % 5}",${i % 3 ? i : ""}\r\n`);
    const { columns, rows } = await read(`x,word,z\r\n${lines.join("")}`);
    expect(rows).toBe(30_000);
    const [x, word, z] = columns;
    expect(x.values.every((value, i) => value === i / 7)).toBe(true);
    expect(word.values.every((code, i) => word.levels[code] === `w,${i % 5}`)).toBe(true);
    expect(z.missing).toBe(10_000);
  });
});

test("three lines of two million characters are read as those of any other table", async () => {
  const row = (i: number) => Array.from({ length: 20_000 }, (_, j) => (i + j / 2).toFixed(90)).join(",");
  const { columns, rows } = await read(`${row(0)}\n${row(1)}\n${row(2)}\n`, { header: false });
  expect([rows, columns.length]).toEqual([3, 20_000]);
});

describe("headers are told from rows", () => {
  const hasHeader = async (content: string) => !(await read(content)).columns.every(({ name }, i) => name === `${i}`);

  test.each<[string, boolean, string]>([
    ["years that count on", true, "2019,2020\n1.5,2\n3,4\n5,7\n"],
    ["numbers from 1 that count on", true, "1,2,3,4\n5,3,4,1\n2,2,1,4\n"],
    ["a row of numbers", false, "1,2\n2,4\n3,6\n"],
    ["a row with a missing cell", false, "1,?,1.5\n2,3,1\n4,5,1\n"],
    ["numbers and a word that comes again", false, "5.1,3.5,Iris-setosa\n4.9,3,Iris-setosa\n6,2,Iris-virginica\n"],
    ["words that come again", false, "p,x,s\ne,x,y\np,b,s\ne,x,s\n"],
    ["words that do not", true, "class,shape,cap\ne,x,y\np,b,s\ne,x,s\n"],
    ["words above numbers", true, "x,y\n1,2\n3,4\n"],
    ["words above dates", true, "day,town\n2020-01-01,a\n2020-01-02,b\n2020-01-03,a\n"],
  ])("%s: %s", async (_, expected, content) => {
    expect(await hasHeader(content)).toBe(expected);
    expect((await read(content, { header: true })).rows).toBe(content.trim().split("\n").length - 1);
    expect((await read(content, { header: false })).rows).toBe(content.trim().split("\n").length);
  });

  test("equal names are numbered, absent ones take their place, rows' names get one", async () => {
    const { columns, reading } = await read("x,x,,x (2)\n1,2,3,4\n5,6,7,8\n");
    expect(columns.map(({ name }) => name)).toEqual(["x", "x (3)", "column 2", "x (2)"]);
    expect(reading).toContain('"x" met again and renamed');
    expect((await read("mpg cyl\nMazda 21.0 6\nDatsun 22.8 4\n")).columns.map(({ name }) => name)).toEqual([
      "row name",
      "mpg",
      "cyl",
    ]);
  });
});

describe("numbers", () => {
  const numbers = async (cells: readonly string[], options?: TableOptions) => {
    const [x] = (await read(`x;y\n${cells.map((cell) => `${cell};1`).join("\n")}\n`, options)).columns;
    expect(x.kind).toBe("number");
    return Array.from(x.values);
  };

  test("with decimal points, exponents and signs are exact", async () => {
    const cells = ["0.1", "-1e-300", "+.5", "1E5", "98.6", "1.7976931348623157e308", "007"];
    expect(await numbers(cells)).toEqual(cells.map(Number));
  });

  test("with decimal commas, alone and with thousands", async () => {
    expect(await numbers(["1,5", "-0,25", "2"])).toEqual([1.5, -0.25, 2]);
    expect(await numbers(["1.234,5", "12.345.678,25", "0,5"])).toEqual([1234.5, 12345678.25, 0.5]);
    expect(await numbers(["1,234", "5"], { decimal: "," })).toEqual([1.234, 5]);
  });

  test("with thousands, per cent and currencies", async () => {
    expect(await numbers(["1,000", "2,345,678.5", "12"])).toEqual([1000, 2345678.5, 12]);
    expect(await numbers(["1 000", "1'000", "2\u00a0000"])).toEqual([1000, 1000, 2000]);
    expect(await numbers(["12 %", "50%", "3.5%"])).toEqual([0.12, 0.5, 0.035]);
    expect(await numbers(["$1,234.50", "-$2", "7 €"])).toEqual([1234.5, -2, 7]);
  });

  test("are not 0x10, 1e999, 1_000 or Infinity", async () => {
    const [x] = (await read("x,y\n0x10,1\n1_000,2\n1e999,3\nInfinity,4\n")).columns;
    expect(x).toMatchObject({ kind: "category", levels: ["0x10", "1_000", "1e999"], missing: 1 });
  });

  test("with few words among them are numbers with missing cells, and that is told", async () => {
    const cells = Array.from({ length: 100 }, (_, i) => (i === 40 ? "broken" : `${i / 2}`));
    const [x] = (await read(`x,y\n${cells.map((cell) => `${cell},1`).join("\n")}\n`)).columns;
    expect(x).toMatchObject({ kind: "number", missing: 1, note: '1 cell such as "broken" taken as missing' });
  });
});

describe("kinds", () => {
  const rows = (count: number, row: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => row(i)).join("\n");

  test("words that repeat are categories, words that rarely do are text, words that never do are ids", async () => {
    const content = `town,name,code,y\n${rows(60, (i) => `t${i % 7},n${i % 45},c${i},${i}`)}\n`;
    expect(await kindsOf(content)).toEqual(["category", "text", "id", "number"]);
  });

  test("integers that number the rows are ids under such a name, and numbers under another", async () => {
    const content = (name: string) => `${name},y\n${rows(20, (i) => `${i + 1},${i * i}`)}\n`;
    expect((await kindsOf(content("PassengerId")))[0]).toBe("id");
    expect((await kindsOf(content("")))[0]).toBe("id");
    expect((await kindsOf(content("day")))[0]).toBe("number");
    expect((await kindsOf(content("paid")))[0]).toBe("number");
  });

  test.each([
    ["True", "False"],
    ["yes", "no"],
    ["Y", "N"],
    ["t", "f"],
  ])("%s and %s are truths", async (yes, no) => {
    expect(await cellsOf(`x,y\n${yes},1\n${no},2\n${yes},3\n`)).toMatchObject({ x: ["true", "false", "true"] });
  });

  test.each([
    ["2025-03-04", "2025-12-31"],
    ["2025/03/04 00:00", "2025/12/31 00:00:00"],
    ["03/04/2025", "12/31/2025"],
    ["04/03/2025", "31/12/2025"],
    ["04.03.2025", "31.12.2025"],
    ["4-Mar-25", "31-Dec-25"],
    ["Mar 4 2025", "December 31, 2025"],
    ["2025-03-04T02:00:00+02:00", "2025-12-31T00:00:00Z"],
  ])("%s and %s are dates", async (first, second) => {
    const { day } = await cellsOf(`day;y\n${first};1\n${second};2\n`);
    expect(day).toEqual(["2025-03-04", "2025-12-31"]);
  });

  test("are as asked, and another file is read alike", async () => {
    const kinds = new Map([["zip", { kind: "category" as const }]]);
    expect(await cellsOf("zip,day\n08001,3\n10115,4\n", { kinds })).toMatchObject({ zip: ["08001", "10115"] });
    const dates = new Map([["day", { kind: "date" as const, dayFirst: true }]]);
    expect(await cellsOf("day,y\n03/04/2025,1\n", { kinds: dates })).toMatchObject({ day: ["2025-04-03"] });
  });

  test.each(["", "?", "NA", "N/A", "nan", "NULL", "None", "-", ".", "\\N", "#N/A", "inf"])(
    "%j is missing",
    async (mark) => {
      const cells = await cellsOf(`x,word,y\n1,a,1\n${mark},${mark},2\n3,b,3\n`);
      expect(cells).toMatchObject({ x: ["1", null, "3"], word: ["a", null, "b"] });
    },
  );
});

test("other marks of missing cells are as asked, of numbers and words", async () => {
  const content = "x,word\n-999,a\n2,nope\n3,a\n";
  expect(await cellsOf(content, { missing: ["-999", "nope"] })).toEqual({
    x: [null, "2", "3"],
    word: ["a", null, "a"],
  });
  const many = Array.from({ length: 6000 }, (_, i) => (i % 100 ? `${i / 3}` : "-999"));
  const [x] = (await read(`x,y\n${many.map((cell) => `${cell},1`).join("\n")}\n`, { missing: ["-999"] })).columns;
  expect(x).toMatchObject({ kind: "number", missing: 60, note: "" });
});

test("names that are known decide whether the first line is a header", async () => {
  const rows = async (content: string, names: string[]) => (await read(content, { names })).rows;
  expect(await rows("1.5,2\n1,2\n", ["1.5"])).toBe(1);
  expect(await rows("p,x\n", ["0", "1"])).toBe(1);
});

describe("encodings", () => {
  const content = "straße,größe\na,1\nö,2\na,3\n";
  const expected = { straße: ["a", "ö", "a"], größe: ["1", "2", "3"] };

  test("UTF-8, UTF-16 by its mark, and windows-1252, which is told", async () => {
    expect(await cellsOf(content)).toEqual(expected);
    expect(await cellsOf(Buffer.from(`\ufeff${content}`, "utf16le"))).toEqual(expected);
    expect(await cellsOf(Buffer.from(`\ufeff${content}`, "utf16le").swap16())).toEqual(expected);
    expect(await cellsOf(Buffer.from(content, "latin1"))).toEqual(expected);
    expect((await read(Buffer.from(content, "latin1"))).reading).toContain("not UTF-8, so read as windows-1252");
    expect((await read(Buffer.from(`\ufeff${content}`, "utf16le"))).reading).toContain("utf-16le");
  });

  test("gzipped", async () => {
    expect(await cellsOf(gzipSync(content))).toEqual(expected);
  });
});

describe("Parquet", () => {
  test.each(["uncompressed", "snappy"] as const)(
    "%s has numbers, words, truths and dates, missing ones among them",
    async (packing) => {
      const bytes = Buffer.from(parquet[packing], "base64");
      expect(await cellsOf(bytes)).toEqual({
        size: ["1.5", null, "-2.25", "1e+300"],
        count: ["1", "2", "3", "9007199254740992"],
        town: ["Bern", null, "Köln", "Bern"],
        flat: ["true", "false", "true", null],
        day: ["2025-03-04", "2025-12-31", null, "2024-02-29T12:00:00Z"],
      });
      expect((await read(bytes)).reading).toBe("Parquet");
    },
  );

  test("a page that keeps its decoder busy is given up, and the next file is read", async () => {
    const decoder = makeParquetDecoder({ seconds: 1 });
    try {
      const [damaged, whole] = ["endless.parquet", "whole.parquet"].map((name) => join(folder, name));
      writeFileSync(damaged, withEndlessPage());
      writeFileSync(whole, Buffer.from(parquet.snappy, "base64"));
      await expect(readParquet(damaged, {}, decoder)).rejects.toThrow(
        "parquet: cannot be read, a page took more than 1 s; the file is probably damaged.",
      );
      expect((await readParquet(whole, {}, decoder)).rows).toBe(4);
    } finally {
      decoder.close();
    }
  });
});

describe("refused in one line:", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["an empty file", "", /at least one row, got none/],
    ["a header alone", "a,b\n", /at least one row of values, got a header alone/],
    ["a row too short", "a,b,c\n1,2,3\n1,2,3\n1,2\n", /line 4: must have 3 cells, got 2/],
    ["a row too long", "a,b,c\n1,2,3\n1,2,3\n1,2,3,4\n", /line 4: must have 3 cells, got 4/],
    ["a row too short after quoted lines", 'a,b,c\n1,"x\ny",3\n1,2,3\n1,2\n', /line 5: must have 3 cells, got 2/],
    ["an open quote", 'a,b\n1,2\n3,4\n5,"6\n7,8\n', /line 4: a quoted cell must end/],
    ["a quote that goes on", 'a,b\n1,"2"3\n3,4\n', /line 2: a quoted cell must end/],
    ["a spreadsheet", "PK\x03\x04", /got a zip archive or a spreadsheet; save it as CSV/],
    ["a binary file", "a,b\n1,\0\n", /must be text, got a zero byte at 6/],
    ["a broken gzip stream", gzipSync("a,b\n1,2\n").subarray(0, 20), /a whole gzip stream is needed/],
    ["too many columns", `${"1,".repeat(100_001)}\n${"1,".repeat(100_001)}\n`, /at most 100000 columns, got 100002/],
    ["a line without end", "1,".repeat(3e6), /line 1: must have at most 4194304 characters/],
    ["a line without end, packed", gzipSync("1,".repeat(3e6)), /at most 4194304 characters/],
    ["a bomb", gzipSync(Buffer.alloc(2 ** 27, "1,1\n")), /must unpack to at most 100 times its size/],
    ["a damaged Parquet file", "PAR1 and nothing else", /parquet: cannot be read/],
  ])("%s", async (_, content, message) => {
    const error = await read(content).catch((reason) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });

  test("a file that is not there", async () => {
    await expect(readTable(join(folder, "none.csv"))).rejects.toThrow(/cannot be read, there is no such file/);
  });
});
