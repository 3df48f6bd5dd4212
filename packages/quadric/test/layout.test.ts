/** `test/` mirrors `src/`, as CONTRIBUTING.md says it does. */
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";

const packages = new URL("../../", import.meta.url);
/**
 * The package as a whole, cases of several sources, what only Chromium has, tests of helpers, statements of the paper.
 */
const hasPlaceOfItsOwn = /^[^/]+$|(^|\/)cases\/|^(browser|helpers)\/|\.paper\.test\.ts$/;

test.each(["quadric", "cli", "lab", "playground"])(
  "a test of %s has name and place of a source, or a place of its own",
  (name) => {
    const at = (path: string) => new URL(`${name}/${path}`, packages);
    const tests = readdirSync(at("test/"), { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.test\.tsx?$/.test(path),
    );
    const lost = tests.filter((path) => {
      const source = path.replace(/(\.(alone|slow|node|browser|webgpu))*\.test\.tsx?$/, "");
      return !hasPlaceOfItsOwn.test(path) && ![".ts", ".tsx"].some((end) => existsSync(at(`src/${source}${end}`)));
    });
    expect(tests.length).toBeGreaterThan(0);
    expect(lost).toEqual([]);
  },
);
