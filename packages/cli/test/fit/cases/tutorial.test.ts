/** docs/curve-fitting.md shows what its commands print. `QUADRIC_WRITE_TABLES=1` writes it, and the picture, anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { quadric, temporaryFolder } from "../../command.ts";

const root = fileURLToPath(new URL("../../../../..", import.meta.url));
const page = join(root, "docs/curve-fitting.md");
const picture = join(root, "docs/curve-fitting.svg");
const folder = temporaryFolder();
const isWriting = process.env.QUADRIC_WRITE_TABLES !== undefined;

/** How much is left to lose is rounding. */
const plain = (text: string): string => text.replaceAll(/less than \S+ of/g, "less than … of");

test("the tutorial shows the outputs of its commands, and the picture of the last one", async () => {
  let text = readFileSync(page, "utf8");
  const blocks = [...text.matchAll(/```sh\nnpx quadric (.*)\n```\n\n```text\n([\s\S]*?)```/g)];
  expect(blocks.length).toBe(2);
  const drawn = isWriting ? picture : join(folder, "fit.svg");
  for (const [block, command, shown] of blocks) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const args = words.map((word) => (word.startsWith("examples/") ? join(root, word) : word));
    const { out } = await quadric(...args.map((word) => (word === "docs/curve-fitting.svg" ? drawn : word)));
    const printed = `${out.replaceAll(`${root}examples/`, "examples/").trimEnd()}\n`;
    if (isWriting)
      text = text.replace(block, () => block.replace(/```text\n[\s\S]*```$/, () => `\`\`\`text\n${printed}\`\`\``));
    else expect(plain(printed)).toBe(plain(shown));
  }
  if (isWriting) writeFileSync(page, text);
  const titleOf = (svg: string) => /<title>.*<\/desc>/.exec(svg)?.[0];
  expect(titleOf(readFileSync(picture, "utf8"))).toBe(titleOf(readFileSync(drawn, "utf8")));
});
