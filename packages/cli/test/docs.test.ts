/** What the documents promise: paths that exist, keys that resolve, flags that are there. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { lab } from "../../lab/test/command.ts";
import { quadric } from "./command.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "packages/lab/README.md",
  ...filesIn("docs", ".md"),
].filter((path) => !path.startsWith("docs/api/"));
const sources = ["packages/quadric/src", "packages/cli/src", "packages/lab/src"].flatMap((folder) =>
  filesIn(folder, ".ts"),
);

describe.each(documents)("%s", (document) => {
  test("links to files that exist", () => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link);
    for (const link of links) expect(existsSync(join(root, dirname(document), link)), link).toBe(true);
  });
});

describe("docs/paper-map.md", () => {
  test("names files and tests that exist", () => {
    const paths = [...read("docs/paper-map.md").matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect(existsSync(join(root, "packages/quadric", path)), path).toBe(true);
  });
});

describe("docs/references.md", () => {
  test("resolves every key of the sources and documents", () => {
    const known = new Set([...read("docs/references.md").matchAll(/^\| (\w+\d{4}) \|/gm)].map(([, key]) => key));
    for (const path of [...sources, ...documents]) {
      for (const [, key] of read(path).matchAll(/\[([A-Z][A-Za-z]+(?:19|20)\d\d)\b/g)) {
        expect(known.has(key), `${key} in ${path}`).toBe(true);
      }
    }
  });
});

describe.each([
  ["docs/cli.md", quadric],
  ["packages/lab/README.md", lab],
] as const)("%s", (document, command) => {
  const flagsOf = (text: string) => new Set([...text.matchAll(/--[a-z][a-z0-9-]*/g)].map(([flag]) => flag));
  const commands = async () =>
    [...(await command("--help")).out.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);

  test("knows every flag of every command, and no other", async () => {
    const existing = new Set<string>();
    for (const name of await commands()) {
      for (const flag of flagsOf((await command(name, "--help")).out)) existing.add(flag);
    }
    existing.delete("--help");
    expect([...flagsOf(read(document))].sort()).toEqual([...existing].sort());
  });

  test("has a section for every command", async () => {
    const names = await commands();
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(read(document)).toContain(`\n## ${name}\n`);
  });
});

test("README.md is short enough to be read: at most 450 words", () => {
  expect(read("README.md").split(/\s+/).length).toBeLessThanOrEqual(450);
});

test("sentences of pages, comments and messages have at most 35 words and the words of the field, and a decision is a page", () => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts/reading.mjs"), "--check"], {
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([0, ""]);
});

test("the versions that docs/browser.md takes from a network are those that are pinned", () => {
  const { version, dependencies } = JSON.parse(read("packages/quadric/package.json"));
  for (const [, name, pinned] of read("docs/browser.md").matchAll(/jsdelivr\.net\/npm\/(@?[^@]+)@([^/]+)\//g)) {
    expect(`${name} ${pinned}`).toBe(`${name} ${name === "quadric" ? version : dependencies[name]}`);
  }
});
