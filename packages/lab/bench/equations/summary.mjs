/**
 * What the repository keeps of runs of equations: packages/lab/bench/results/equations.json, and with --tables the same as Markdown.
 *
 *   node packages/lab/bench/equations/summary.mjs [--from FILE] [--tables]
 *
 * A row is a problem with a method: best, median and worst error of the seeds at 1, 10, 60 and 300 seconds of one core, `null` if a
 * run was not that long; for each seed the seconds to 1e-4, 1e-6 and 1e-8; and a curve of median errors. published.json stands
 * beside it, with hardware and where each figure was read.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { grouped, jsonLines, median, toFourDigits } from "../../../../bench/measure.mjs";
import { rawFile, summaryFile } from "../rows.mjs";

const { values: options } = parseArgs({
  options: { from: { type: "string", default: rawFile("equations") }, tables: { type: "boolean", default: false } },
});
const marks = [1, 10, 60, 300];
const decades = [1e-4, 1e-6, 1e-8];
const distinct = (values) => [...new Set(values)];
const published = JSON.parse(readFileSync(new URL("published.json", import.meta.url), "utf8"));
const runs = jsonLines(options.from);

/** The least error up to a time; null if the run has no such time. */
function errorAt({ curve, spent }, time) {
  if (spent < 0.98 * time) return null;
  return curve.findLast(([at]) => at <= 1.02 * time)?.[1] ?? null;
}

/** Best, median and worst; null if a run has none. */
function rangeOf(errors) {
  if (errors.includes(null)) return null;
  return [Math.min(...errors), median(errors), Math.max(...errors)];
}

/** Median errors at times that grow by a third, from when all runs have one to the end of the shortest. */
function curveOf(own) {
  const end = Math.min(...own.map(({ spent }) => spent));
  const times = Array.from({ length: 28 }, (_, i) => end / (4 / 3) ** (27 - i));
  return times.flatMap((time) => {
    const errors = own.map(({ curve }) => curve.findLast(([at]) => at <= time)?.[1]);
    return errors.includes(undefined) ? [] : [[time, median(errors)]];
  });
}

function methodRow(own) {
  return {
    method: own[0].method,
    ...(own[0].share !== 1 && { share: own[0].share }),
    seeds: own.map(({ seed }) => seed),
    seconds: own.map(({ seconds }) => seconds),
    errors: Object.fromEntries(marks.map((time) => [time, rangeOf(own.map((run) => errorAt(run, time)))])),
    reached: Object.fromEntries(
      decades.map((error) => [error, own.map(({ curve }) => curve.find(([, e]) => e <= error)?.[0] ?? null)]),
    ),
    best: own.map(({ best }) => best),
    steps: own.map(({ steps }) => steps),
    backprops: own.map(({ counts }) => counts.backprops),
    statuses: own.map(({ status }) => status),
    curve: curveOf(own),
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
  const cell = (error) => error?.toExponential(1) ?? "–";
  const range = (errors) => {
    if (errors === null) return "–";
    const [best, middle, worst] = errors.map(cell);
    return best === worst ? middle : `${middle} (${best} to ${worst})`;
  };
  for (const { problem, parameters, methods, published } of problems) {
    console.log(`\n${problem}, ${parameters} parameters\n`);
    const columns = ["method, seeds", ...marks.map((time) => `${time} s`), "best", "steps, backprops"];
    console.log(`| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`);
    for (const { method, share, seeds, errors, best, steps, backprops } of methods) {
      const name = `${method}${share ? `, ${share} of the points` : ""}, ${seeds.length}`;
      const cells = marks.map((time) => range(errors[time]));
      console.log(
        `| ${[name, ...cells, cell(Math.min(...best)), `${median(steps)}, ${median(backprops)}`].join(" | ")} |`,
      );
    }
    for (const { method, error, seconds, budget, hardware, source } of published) {
      const time = seconds ? `${seconds} s` : budget && `within ${budget} s`;
      const where = [hardware, time].filter(Boolean).join(", ");
      console.log(`| ${method} [${source}]${where && `, ${where}`} | | | | | ${cell(error)} | |`);
    }
  }
}
