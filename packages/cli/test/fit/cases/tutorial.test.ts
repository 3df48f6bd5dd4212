/** docs/curve-fitting.md and docs/tutorial.md show what their commands print; `npm run tutorial` writes the former, and the pictures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { quadric, temporaryFolder } from "../../command.ts";

const root = fileURLToPath(new URL("../../../../..", import.meta.url));
const folder = temporaryFolder();

/** How much is left to lose is rounding. */
const plain = (text: string): string => text.replaceAll(/less than \S+ of/g, "less than … of");

test("the tutorial shows the outputs of its commands, and the picture of the last one", async () => {
  const text = readFileSync(join(root, "docs/curve-fitting.md"), "utf8");
  const blocks = [...text.matchAll(/```sh\nnpx quadric (.*)\n```\n\n```text\n([\s\S]*?)```/g)];
  expect(blocks.length).toBe(2);
  for (const [, command, shown] of blocks) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const { out } = await quadric(
      ...words.map((word) => {
        if (word === "docs/curve-fitting.svg") return join(folder, "fit.svg");
        return word.startsWith("examples/") ? join(root, word) : word;
      }),
    );
    expect(plain(`${out.replaceAll(`${root}examples/`, "examples/").trimEnd()}\n`)).toBe(plain(shown));
  }
  const titleOf = (path: string) => /<title>.*<\/desc>/.exec(readFileSync(path, "utf8"))?.[0];
  expect(titleOf(join(root, "docs/curve-fitting.svg"))).toBe(titleOf(join(folder, "fit.svg")));
});

test("the lessons show lines of what their commands print", async () => {
  const text = readFileSync(join(root, "docs/tutorial.md"), "utf8");
  const blocks = [...text.matchAll(/```sh\nnpx quadric (.*)\n```\n\n```text\n([\s\S]*?)```/g)];
  expect(blocks.map(([, command]) => command.split(" ")[0])).toEqual(["fit", "train"]);
  for (const [, command, shown] of blocks) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const out = words[0] === "train" ? ["--out", join(folder, "houses")] : [];
    const run = await quadric(...words.map((word) => (word.startsWith("examples/") ? join(root, word) : word)), ...out);
    for (const line of shown.trimEnd().split("\n")) expect(`${run.out}${run.err}`).toContain(line);
  }
});
