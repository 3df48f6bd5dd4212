/** What the repository keeps of results: little, and with its origin. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const files = ["experiments/results", "bench/results", "packages/lab/bench/results"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name)),
);

test("all results together stay below 2 MB", () => {
  const sizes = files.map((file) => statSync(file)).map((stat) => (stat.isFile() ? stat.size : 0));
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(2e6);
});

test.each(files.filter((file) => file.endsWith(".json")).map((file) => file.slice(root.length)))(
  "%s names the commit that made or brought it",
  (file) => {
    const { commit, commits, recordedAt } = JSON.parse(readFileSync(join(root, file), "utf8"));
    expect(commit ?? commits?.join() ?? recordedAt).toMatch(/[0-9a-f]{7}/);
  },
);
