/** The pictures of docs/benchmarks.md from packages/lab/bench/results: node scripts/benchmark-plots.mjs. Needs what is built. */
import { readFileSync, writeFileSync } from "node:fs";
import { strokeOf } from "../packages/cli/dist/charts/palette.js";
import { standaloneInBothColours } from "../packages/cli/dist/charts/pictures.js";
import { rowsPicture } from "../packages/cli/dist/charts/rows-picture.js";

/** The table of speed-ups as docs/benchmark-tables.md has it: problem, then a number a method. */
const page = readFileSync(new URL("../docs/benchmark-tables.md", import.meta.url), "utf8");
const [head, , ...lines] = page
  .slice(page.indexOf("\n|  | Adam |") + 1)
  .split("\n\n")[0]
  .split("\n");
const cells = (line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
const methods = cells(head).slice(1);
const table = lines.map(cells);

const pictures = {
  "full-batch": [
    "Full batches: how many times faster than other methods",
    ["poisson", "convection", "wave", "reaction", "curve", "exponentials", "cars"],
  ],
  "mini-batch": [
    "Mini-batches: how many times faster than tuned first-order methods",
    ["autoencoder", "mlp", "mlp-relu", "convnet", "characters"],
  ],
};
for (const [name, [title, problems]] of Object.entries(pictures)) {
  const rows = problems.map((problem) => table.find(([first]) => first === problem));
  const drawn = methods.map((label, k) => ({ label, k, values: rows.map((row) => Number(row[k + 1] || Number.NaN)) }));
  const picture = rowsPicture({
    name,
    title,
    x: "speed-up, higher is better; 1 is on par",
    mark: "dot",
    scale: "log",
    rule: 1,
    rows: problems,
    series: drawn
      .filter(({ values }) => values.some(Number.isFinite))
      .map(({ label, k, values }) => ({ label, fill: strokeOf(k).stroke, values })),
  });
  writeFileSync(new URL(`../docs/benchmarks-${name}.svg`, import.meta.url), standaloneInBothColours(picture));
}
