/**
 * What the repository keeps of runs of equations: packages/lab/bench/results/equations.json, and with --tables the same as Markdown.
 *
 *   node packages/lab/bench/equations/summary.mjs [--from FILE] [--tables]
 *
 * A row is a problem with a method: the error at 1, 10, 60 and 300 seconds of one core, the median over seeds, `null` if a run
 * was not that long. published.json stands beside it, with hardware and where each figure was read.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { grouped, jsonLines, median, toFourDigits } from "../../../../bench/measure.mjs";
import { rawFile, summaryFile } from "../rows.mjs";

const { values: options } = parseArgs({
  options: { from: { type: "string", default: rawFile("equations") }, tables: { type: "boolean", default: false } },
});
const marks = [1, 10, 60, 300];
const distinct = (values) => [...new Set(values)];
const published = JSON.parse(readFileSync(new URL("published.json", import.meta.url), "utf8"));
const runs = jsonLines(options.from);

/** The least error up to a time; null if the run has no such time. */
function errorAt({ curve, spent }, time) {
  if (spent < 0.98 * time) return null;
  return curve.findLast(([at]) => at <= 1.02 * time)?.[1] ?? null;
}

function methodRow(own) {
  const middle = (values) => (values.some((value) => value === null) ? null : median(values));
  return {
    method: own[0].method,
    ...(own[0].share !== 1 && { share: own[0].share }),
    seeds: own.map(({ seed }) => seed),
    seconds: own[0].seconds,
    errors: Object.fromEntries(marks.map((time) => [time, middle(own.map((run) => errorAt(run, time)))])),
    best: own.map(({ best }) => best),
    steps: own.map(({ steps }) => steps),
    backprops: own.map(({ counts }) => counts.backprops),
    statuses: own.map(({ status }) => status),
  };
}

const loads = runs.flatMap(({ load }) => load);
const problems = [...grouped(runs, ({ problem }) => problem)].map(([problem, list]) => ({
  problem,
  parameters: list[0].parameters,
  methods: [...grouped(list, ({ method, share }) => `${method} ${share}`).values()].map(methodRow),
  published: published[problem] ?? [],
}));
const head = {
  command: "node packages/lab/bench/equations/run.mjs --problems … --methods … --seeds … --seconds …",
  commits: distinct(runs.map(({ commit }) => commit)),
  quadric: distinct(runs.map(({ quadric }) => quadric)),
  node: distinct(runs.map(({ node }) => node)),
  cpu: distinct(runs.map(({ cpu }) => cpu)),
  load: [Math.min(...loads), Math.max(...loads)],
};
const lines = problems.map((problem) => `  ${JSON.stringify(problem, toFourDigits)}`).join(",\n");
writeFileSync(summaryFile("equations"), `{${JSON.stringify(head).slice(1, -1)},\n"problems":[\n${lines}\n]}\n`);

if (options.tables) {
  const cell = (error) => (error === null ? "–" : error.toExponential(1));
  for (const { problem, parameters, methods, published } of problems) {
    console.log(`\n${problem}, ${parameters} parameters\n`);
    console.log(
      `| method | ${marks.map((time) => `${time} s`).join(" | ")} | best | steps |\n| ${"--- | ".repeat(marks.length + 3).trim()}`,
    );
    for (const { method, share, errors, best, steps } of methods) {
      const name = share ? `${method}, ${share} of the points` : method;
      const cells = marks.map((time) => cell(errors[time])).join(" | ");
      console.log(`| ${name} | ${cells} | ${cell(Math.min(...best))} | ${median(steps)} |`);
    }
    for (const { method, error, seconds, budget, hardware, source } of published) {
      const time = seconds ? `${seconds} s` : budget && `within ${budget} s`;
      const where = [hardware, time].filter(Boolean).join(", ");
      console.log(`| ${method} [${source}]${where && `, ${where}`} | | | | | ${cell(error)} | |`);
    }
  }
}
