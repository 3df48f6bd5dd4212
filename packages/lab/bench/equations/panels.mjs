/**
 * All problems of results/equations.json in one picture: median error against seconds, a panel a problem, dashed the least
 * published error.
 *
 *   node packages/lab/bench/equations/panels.mjs [--out docs/equations-problems.svg]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { summaryFile } from "../rows.mjs";
import { looks, titles } from "./shared/looks.mjs";

const { values: options } = parseArgs({ options: { out: { type: "string", default: "docs/equations-problems.svg" } } });
const { problems } = JSON.parse(readFileSync(summaryFile("equations"), "utf8"));

const shown = Object.keys(titles).flatMap((name) => problems.find(({ problem }) => problem === name) ?? []);
const [columns, width, height, gapX, gapY, left, top] = [4, 170, 120, 42, 46, 48, 64];
const [first, last, low, high] = [-0.5, 2.8, -11, 0.5];
const rows = Math.ceil(shown.length / columns);
const x = (seconds) => (width * (Math.min(Math.max(Math.log10(seconds), first), last) - first)) / (last - first);
const y = (error) => (height * (high - Math.min(Math.max(Math.log10(error), low), high))) / (high - low);
const power = (k) => `10<tspan dy="-4" font-size="7">${String(k).replace("-", "−")}</tspan>`;

function panel({ problem, methods, published }, index) {
  const at = [left + (index % columns) * (width + gapX), top + Math.floor(index / columns) * (height + gapY)];
  const grid = [0, -2, -4, -6, -8, -10].map(
    (k) =>
      `<line x2="${width}" y1="${y(10 ** k)}" y2="${y(10 ** k)}" stroke="#e8e8e8"/><text x="-6" y="${y(10 ** k) + 3}" text-anchor="end">${power(k)}</text>`,
  );
  const ticks = [0, 1, 2].map(
    (k) =>
      `<line x1="${x(10 ** k)}" x2="${x(10 ** k)}" y2="${height}" stroke="#e8e8e8"/><text x="${x(10 ** k)}" y="${height + 12}" text-anchor="middle">${10 ** k}</text>`,
  );
  const least = Math.min(...published.map(({ error }) => error));
  const line = Number.isFinite(least)
    ? `<line x2="${width}" y1="${y(least)}" y2="${y(least)}" stroke="#555" stroke-dasharray="4 3"/>`
    : "";
  const curves = methods.flatMap(({ method, curve }) =>
    looks[method]
      ? `<polyline points="${curve.map(([at, error]) => `${x(at).toFixed(1)},${y(error).toFixed(1)}`).join(" ")}" fill="none" stroke="${looks[method][1]}" stroke-width="1.7"/>`
      : [],
  );
  return `<g transform="translate(${at})"><text y="-8" font-size="11">${titles[problem]}</text>${[...grid, ...ticks, line, ...curves].join("")}</g>`;
}

const used = Object.entries(looks).filter(([method]) =>
  shown.some(({ methods }) => methods.some((m) => m.method === method)),
);
const widthOf = (name) => 40 + 5.6 * name.length;
const legend = used.map(
  ([, [name, colour]], i) =>
    `<g transform="translate(${left + used.slice(0, i).reduce((sum, [, [before]]) => sum + widthOf(before), 0)},36)"><line x2="18" y1="-4" y2="-4" stroke="${colour}" stroke-width="2.5"/><text x="24">${name}</text></g>`,
);
const size = [left + columns * (width + gapX), top + rows * (height + gapY)];
writeFileSync(
  options.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}" font-family="DejaVu Sans, sans-serif" font-size="9">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="18" font-size="13">Median error against processor seconds of one core; dashed: the least published error (mostly on GPUs)</text>
${[...legend, ...shown.map(panel)].join("\n")}
</svg>
`,
);
