import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeFileAtomic } from "../../src/node/atomic-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quadric-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("writeFileAtomic()", () => {
  test("replaces the whole file and leaves no other", () => {
    const path = join(folder, "a.json");
    writeFileAtomic(path, "a longer first content");
    writeFileAtomic(path, Uint8Array.of(0x7b, 0x7d));
    expect(readFileSync(path, "utf8")).toBe("{}");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  test("leaves what was there, and nothing else, when it fails", () => {
    mkdirSync(join(folder, "taken", "inside"), { recursive: true });
    expect(() => writeFileAtomic(join(folder, "taken"), "x")).toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect(readdirSync(folder)).toEqual(["taken"]);
    expect(() => writeFileAtomic(join(folder, "missing", "a"), "x")).toThrow("ENOENT");
  });
});
