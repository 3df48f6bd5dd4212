/**
 * Writes the outputs of the commands of docs/curve-fitting.md into it, the picture beside it, and those of the houses for
 * docs/tables.md and docs/tutorial.md. Needs what is built.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a command prints. */
function quadric(...words) {
  const run = spawnSync(process.execPath, ["packages/cli/bin/quadric.js", ...words], { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trimEnd();
}

const page = `${root}docs/curve-fitting.md`;
const text = readFileSync(page, "utf8").replaceAll(
  /(```sh\nnpx quadric (.*)\n```\n\n```text\n)[\s\S]*?```/g,
  (_, before, command) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    return `${before}${quadric(...words)}\n\`\`\``;
  },
);
writeFileSync(page, text);

/** One of the pictures that the report of a run on the houses has. */
function picture(name, to, ...flags) {
  const folder = mkdtempSync(join(tmpdir(), "quadric-"));
  try {
    quadric("train", "--data", "examples/houses.csv", "--out", join(folder, "houses"), ...flags);
    quadric("report", join(folder, "houses"), "--pictures", join(folder, "pictures"));
    copyFileSync(join(folder, "pictures", name), join(root, "docs", to));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

picture("held-out.svg", "tables.svg", "--regularize", "stopping");
picture("dependence-2.svg", "tables-age.svg");
