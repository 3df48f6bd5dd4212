/**
 * The summary of raw runs that the repository keeps.
 *
 *   node packages/lab/bench/summary.mjs PROBLEM [--baseline trust-region]
 *
 * Reads runs/bench/PROBLEM.jsonl, writes packages/lab/bench/results/PROBLEM.json: for every method its numbers by seed,
 * and median, least and largest loss over the seeds along the time. `null` stands for a loss that was never reached.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { grouped, jsonLines, median } from "../../../bench/measure.mjs";
import { leastOf, rawFile, summaryFile, timeRatio, when } from "./rows.mjs";

const distinct = (values) => [...new Set(values)];
const round = (x) => (Number.isFinite(x) ? Number(x.toPrecision(4)) : null);

/**
 * @param runs - lines of run.mjs, of one problem or several.
 * @param baseline - the method that the others are compared with.
 * @param about - by problem: `targets`, losses to state times to, and the name of `test`.
 */
export function summarize(runs, { command, baseline, about }) {
  const loads = runs.flatMap(({ load }) => load);
  return {
    command,
    commits: distinct(runs.map(({ commit, recordedAt }) => commit ?? `recorded at ${recordedAt}`)),
    quadric: distinct(runs.map(({ quadric }) => quadric)),
    node: distinct(runs.map(({ node }) => node)),
    cpu: distinct(runs.map(({ cpu }) => cpu)),
    load: [Math.min(...loads), Math.max(...loads)],
    baseline,
    problems: [...grouped(runs, ({ problem }) => problem)].map(([problem, list]) => ({
      problem,
      ...about[problem],
      methods: [...grouped(list, ({ method }) => method).values()].map((own) =>
        methodSummary(own, list, { baseline, targets: about[problem].targets }),
      ),
    })),
  };
}

function methodSummary(own, all, { baseline, targets }) {
  const bySeed = (value) => own.map((run) => round(value(run)));
  const rivals = all.filter(({ method }) => method === baseline);
  const rivalOf = (run) => rivals.find(({ seed }) => seed === run.seed);
  const against = own[0].method !== baseline && own.every(rivalOf);
  return {
    method: own[0].method,
    seconds: own[0].seconds,
    seeds: own.map(({ seed }) => seed),
    statuses: own.map(({ status }) => status),
    steps: own.map(({ steps }) => steps),
    accepted: own.map(({ accepted }) => accepted),
    ...(own[0].test !== undefined && { test: bySeed(({ test }) => test) }),
    leastLoss: bySeed(leastOf),
    secondsToLeast: bySeed((run) => when(run, leastOf(run))[0]),
    ...(against && {
      /** The baseline's time to the best loss of this method. */
      baselineSecondsToLeast: bySeed((run) => when(rivalOf(run), leastOf(run))[0]),
      /** The baseline's time to the best loss that both reach, over this method's. */
      timeRatio: bySeed((run) => timeRatio(rivalOf(run), run)),
    }),
    toTarget: targets.map((target) => ({
      loss: target,
      seconds: bySeed((run) => when(run, target)[0]),
      backprops: bySeed((run) => when(run, target)[1]),
      examples: bySeed((run) => when(run, target)[2]),
    })),
    ...(own.length > 2 && { curve: medianCurve(own) }),
  };
}

/** Median, least and largest loss over the seeds at times a quarter apart: [seconds, median, least, largest]. */
function medianCurve(runs) {
  const { seconds } = runs[0];
  const times = Array.from(
    { length: 1 + Math.floor(Math.log(seconds / 0.01) / Math.log(1.25)) },
    (_, i) => seconds / 1.25 ** i,
  );
  return times.toReversed().flatMap((time) => {
    const losses = runs.map(({ curve }) => curve.findLast(([at]) => at <= time)?.[1]).filter(Number.isFinite);
    if (losses.length < runs.length) return [];
    return [[time, median(losses), Math.min(...losses), Math.max(...losses)].map(round)];
  });
}

/** One property a line down to the methods, so that a difference between two summaries can be read. */
export function writeSummary(name, { problems, ...head }) {
  const lines = (list, indent) => list.map((item) => `${indent}${JSON.stringify(item)}`).join(",\n");
  const parts = problems.map(
    ({ methods, ...about }) => `  {${JSON.stringify(about).slice(1, -1)},"methods":[\n${lines(methods, "    ")}\n  ]}`,
  );
  const text = `{${JSON.stringify(head).slice(1, -1)},\n"problems":[\n${parts.join(",\n")}\n]}\n`;
  mkdirSync(dirname(summaryFile(name)), { recursive: true });
  writeFileSync(summaryFile(name), text);
}

/** What a summary says about each problem. */
export async function aboutProblems(names) {
  const entries = names.map(async (name) => {
    const { targets, test } = (await import(`./problems/${name}.mjs`)).default;
    return [name, { targets, test: test?.name }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { baseline: { type: "string", default: "trust-region" } },
  });
  const [name] = positionals;
  const runs = jsonLines(rawFile(name));
  const about = await aboutProblems(distinct(runs.map(({ problem }) => problem)));
  const methods = distinct(runs.map(({ method }) => method)).join("; ");
  const command = `node packages/lab/bench/run.mjs ${name} --methods '${methods}'`;
  writeSummary(name, summarize(runs, { command, ...values, about }));
}
