/** Writes the outputs of the commands of docs/curve-fitting.md into it, and the picture beside it. Needs what is built. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/curve-fitting.md`;
const text = readFileSync(page, "utf8").replaceAll(
  /(```sh\nnpx quadric (.*)\n```\n\n```text\n)[\s\S]*?```/g,
  (_, before, command) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const run = spawnSync(process.execPath, ["packages/cli/bin/quadric.js", ...words], { cwd: root, encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    return `${before}${run.stdout.trimEnd()}\n\`\`\``;
  },
);
writeFileSync(page, text);
