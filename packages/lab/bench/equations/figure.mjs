/**
 * The error of one problem against processor seconds, a band from the best to the worst seed around the median: the picture of README.
 *
 *   node packages/lab/bench/equations/figure.mjs [--from RUNS.jsonl] [--problem poisson-257] [--out docs/equations-speed.svg]
 *
 * With --from, results/equations-speed.json is made of those runs of run.mjs first; the picture is drawn from it alone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { grouped, jsonLines, median, toFourDigits } from "../../../../bench/measure.mjs";
import { summaryFile } from "../rows.mjs";
import { looks } from "./shared/looks.mjs";

const { values: options } = parseArgs({
  options: {
    from: { type: "string" },
    problem: { type: "string", default: "poisson-257" },
    out: { type: "string", default: "docs/equations-speed.svg" },
  },
});
const file = summaryFile("equations-speed");

/** The best error at times that grow by a fifth; a curve begins when all seeds have one. */
function bandOf(runs) {
  const errorAt = ({ curve }, time) => curve.findLast(([at]) => at <= time)?.[1];
  const end = Math.min(...runs.map(({ seconds }) => seconds));
  const times = Array.from({ length: 40 }, (_, i) => end / 1.2 ** (39 - i));
  return times.flatMap((time) => {
    const errors = runs.map((run) => errorAt(run, time));
    return errors.includes(undefined) ? [] : [[time, Math.min(...errors), median(errors), Math.max(...errors)]];
  });
}

if (options.from) {
  const runs = jsonLines(options.from).filter(({ problem }) => problem === options.problem);
  const [{ problem, parameters, seconds, commit, quadric, node, cpu }] = runs;
  const methods = [...grouped(runs, ({ method }) => method)].map(([method, own]) => ({
    method,
    seeds: own.map(({ seed }) => seed),
    "seconds, best, median, worst": bandOf(own),
  }));
  const command = `node packages/lab/bench/equations/run.mjs --problems ${problem} --methods ${methods.map(({ method }) => method).join()} --seconds ${seconds}`;
  const { [problem]: published } = JSON.parse(readFileSync(new URL("published.json", import.meta.url), "utf8"));
  writeFileSync(
    file,
    `${JSON.stringify({ command, commit, quadric, node, cpu, problem, parameters, methods, published }, toFourDigits)}\n`,
  );
}

const { methods, published } = JSON.parse(readFileSync(file, "utf8"));
const [left, top, width, height] = [64, 52, 480, 300];
const [first, last] = [-1, 3];
const least = Math.min(...methods.flatMap(({ "seconds, best, median, worst": band }) => band.map(([, best]) => best)));
const [low, high] = [Math.floor(Math.log10(least)), 0];
const x = (seconds) => left + (width * (Math.log10(seconds) - first)) / (last - first);
const y = (error) => top + (height * (high - Math.log10(error))) / (high - low);
const place = (seconds, error) => `${x(seconds).toFixed(1)},${y(error).toFixed(1)}`;
const decades = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Heights of labels, from above, moved down where two would touch. */
function apart(heights) {
  const order = heights.map((height, i) => [height, i]).toSorted(([a], [b]) => a - b);
  let free = -Infinity;
  const moved = [];
  for (const [height, i] of order) {
    moved[i] = Math.max(height, free);
    free = moved[i] + 13;
  }
  return moved;
}
const power = (k) => `10<tspan dy="-5" font-size="8">${String(k).replace("-", "−")}</tspan>`;

const grid = [
  ...decades(low, high).map(
    (k) =>
      `<line x1="${left}" x2="${left + width}" y1="${y(10 ** k)}" y2="${y(10 ** k)}" stroke="#e4e4e4"/><text x="${left - 8}" y="${y(10 ** k) + 4}" text-anchor="end">${power(k)}</text>`,
  ),
  ...decades(first, last).map(
    (k) =>
      `<line x1="${x(10 ** k)}" x2="${x(10 ** k)}" y1="${top}" y2="${top + height}" stroke="#e4e4e4"/><text x="${x(10 ** k)}" y="${top + height + 18}" text-anchor="middle">${10 ** k}</text>`,
  ),
];
const ends = apart(methods.map(({ "seconds, best, median, worst": band }) => y(band.at(-1)[2])));
const curves = methods.map(({ method, "seconds, best, median, worst": band }, i) => {
  const [name, colour] = looks[method];
  const around = [
    ...band.map(([at, best]) => place(at, best)),
    ...band.toReversed().map(([at, , , worst]) => place(at, worst)),
  ];
  return `<polygon points="${around.join(" ")}" fill="${colour}" opacity="0.18"/>
<polyline points="${band.map(([at, , middle]) => place(at, middle)).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>
<text x="${x(band.at(-1)[0]) + 6}" y="${(ends[i] + 4).toFixed(1)}" fill="${colour}">${name}</text>`;
});
const timed = published.filter(({ seconds, budget }) => seconds ?? budget);
const heights = apart(timed.map(({ error }) => y(error)));
const dots = timed.map(({ method, error, seconds, budget }, i) => {
  const at = x(seconds ?? budget);
  return `<circle cx="${at.toFixed(1)}" cy="${y(error).toFixed(1)}" r="4" fill="#555"/><text x="${(at - 8).toFixed(1)}" y="${(heights[i] + 4).toFixed(1)}" text-anchor="end" fill="#555">${method}</text>`;
});

writeFileSync(
  options.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${top + height + 46}" font-family="DejaVu Sans, sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="20" font-size="13">Poisson's equation by a network of 257 parameters: relative error (lower is better)</text>
<text x="8" y="36" fill="#555">lines: one core, median and range of five seeds; dots: published on an RTX 6000</text>
${[...grid, ...curves, ...dots].join("\n")}
<text x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">seconds</text>
</svg>
`,
);
