import { describe, expect, test } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { ConfigError } from "../../src/errors.ts";
import { ascii } from "./bytes.ts";

const header = ascii('"width",height,kind\n1,2.5,0\n-3e2,.5,1\n');
describe("parseCsv()", () => {
  test("takes the names from a header and keeps every column", () => {
    const { names, values } = parseCsv(header);
    expect(names).toEqual(["width", "height", "kind"]);
    expect(values).toEqual({ shape: [2, 3], data: Float64Array.of(1, 2.5, 0, -300, 0.5, 1) });
  });

  test("reads a file without header, with CRLF and empty lines", () => {
    const { names, values } = parseCsv(ascii("\r\n1, 2\r\n\r\n 3,4"));
    expect(names).toEqual(["0", "1"]);
    expect([...values.data]).toEqual([1, 2, 3, 4]);
  });

  test.each([
    ["nothing", "", "csv: a file must have at least one line of numbers, got none."],
    ["a header alone", "a,b\n", "csv: a file must have at least one line of numbers, got only a header."],
    ["a word", "a,b\n1,2\n3,four\n", 'csv: line 3: column "b" must be a finite number, got "four".'],
    ["an empty cell", "a,b\n1,\n", 'csv: line 2: column "b" must be a finite number, got "".'],
    ["NaN", "a,b\nNaN,1\n", 'csv: line 2: column "a" must be a finite number, got "NaN".'],
    ["an overflow", "a,b\n1,1e999\n", 'csv: line 2: column "b" must be a finite number, got "1e999".'],
    ["a hexadecimal number", "a,b\n1,0x10\n", 'csv: line 2: column "b" must be a finite number, got "0x10".'],
    ["a short line", "1,2\n\n3\n", "csv: line 3: must have 2 cells, got 1."],
    ["an open quote", '1,2\n"3,4\n', 'csv: line 2: a quoted cell must end before the comma, got "\\"3".'],
  ])("refuses %s and says where", (_, text, message) => {
    expect(() => parseCsv(ascii(text))).toThrow(new ConfigError(message));
  });

  test("refuses bytes that are not text", () => {
    expect(() => parseCsv(Uint8Array.of(0x31, 0x2c, 0x32, 0x0a, 0xff))).toThrow("csv: line 2: must be UTF-8 text");
  });

  test("needs no more than linear time on a long bad cell", () => {
    const cell = "9".repeat(1_000_000);
    expect(() => parseCsv(ascii(`1,2\n${cell}x,1`))).toThrow(/must be a finite number, got "9{40}…"/);
  });
});
