/**
 * Mini-batches: the defaults, methods that have no rate to tune at their authors' one setting, and Adam at four rates.
 *
 *   node packages/lab/bench/without-a-rate.mjs [--seeds 5] [--summarize]
 *
 * Five kinds of networks, from the same starts and batches, one thread. Runs that are there already are not repeated;
 * --summarize only rewrites what comes of them: results/without-a-rate.json, the table of docs/benchmark-tables.md and the
 * performance profile docs/benchmarks-without-a-rate.svg. That profile is the share of races (kind, seed, loss) that a
 * method ends within a factor τ of the fastest's time.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { linesPicture, standalone, strokeOf } from "quadric-cli/pictures";
import { grouped, jsonLines, median } from "../../../bench/measure.mjs";
import { replaceBetween, show, table } from "./markdown.mjs";
import { leastOf, rawFile, when } from "./rows.mjs";
import { spawnRuns } from "./spawn-runs.mjs";
import { aboutProblems, summarize, writeSummary } from "./summary.mjs";

const { values: options } = parseArgs({
  options: { seeds: { type: "string", default: "5" }, summarize: { type: "boolean", default: false } },
});
const seconds = { mlp: 5, "mlp-relu": 5, convnet: 15, characters: 8, autoencoder: 8 };
const labels = {
  "trust-region": "quadric, defaults",
  prodigy: "Prodigy",
  mechanic: "Mechanic over Adam",
  "schedule-free": "schedule-free AdamW",
  dog: "DoG",
  ldog: "L-DoG",
  sls: "stochastic line search",
  ponos: "PoNoS",
  sps: "Polyak's step",
};
const rates = [0.001, 0.003, 0.01, 0.03].map((rate) => `adam:${rate}`);
const raw = rawFile("without-a-rate");

if (!options.summarize) {
  const methods = [...Object.keys(labels), ...rates].join("; ");
  for (const [problem, time] of Object.entries(seconds)) {
    spawnRuns(problem, { methods, seeds: options.seeds, seconds: time, out: raw });
  }
}

const runs = jsonLines(raw);
const about = await aboutProblems(Object.keys(seconds));
writeSummary(
  "without-a-rate",
  summarize(runs, { command: "node packages/lab/bench/without-a-rate.mjs", baseline: "trust-region", about }),
);

/** The runs of a problem by method; Adam's are those at the rate of least median loss. */
function methodsOf(problem) {
  const all = grouped(
    runs.filter((run) => run.problem === problem),
    ({ method }) => method,
  );
  const score = (rate) => median(all.get(rate).map(leastOf));
  const best = rates.reduce((a, b) => (score(b) < score(a) ? b : a));
  return new Map([...Object.keys(labels).map((method) => [method, all.get(method)]), ["adam", all.get(best)]]);
}

const names = { ...labels, adam: "Adam, best of four rates" };
const problems = Object.keys(seconds);
const byProblem = new Map(problems.map((problem) => [problem, methodsOf(problem)]));
/** Two losses: what tuned Adam has after 20 % of the time, and at the end, or what the defaults reach from every start. */
const goalsOf = (problem) => {
  const adam = byProblem.get(problem).get("adam");
  const lossAt = (share) => {
    return median(adam.map(({ curve }) => curve.findLast(([at]) => at <= share * seconds[problem])[1]));
  };
  const reached = Math.max(...byProblem.get(problem).get("trust-region").map(leastOf));
  return [lossAt(0.2), lossAt(1)].map((loss) => Math.max(loss, reached));
};
const goals = new Map(problems.map((problem) => [problem, goalsOf(problem)]));

const seedsOf = (problem) =>
  byProblem
    .get(problem)
    .get("trust-region")
    .map(({ seed }) => seed);
/** Seconds until a run has a loss; infinite if it never has. */
function timeTo(goal, problem, method, seed) {
  const run = byProblem
    .get(problem)
    .get(method)
    .find((other) => other.seed === seed);
  return run ? when(run, goal)[0] : Infinity;
}

/** Time to a loss over that of the defaults from the same start, by seed. */
const ratios = (problem, method, goal) =>
  seedsOf(problem).map((seed) => timeTo(goal, problem, method, seed) / timeTo(goal, problem, "trust-region", seed));

function cell(problem, method) {
  if (method === "trust-region") return "1, 1";
  const parts = goals.get(problem).map((goal) => {
    const list = ratios(problem, method, goal);
    const middle = median(list);
    return Number.isFinite(middle) ? `${show(middle)} (${show(Math.min(...list))} to ${show(Math.max(...list))})` : "–";
  });
  return parts.join(", ");
}

const testsOf = (problem, method) =>
  byProblem
    .get(problem)
    .get(method)
    .map(({ test }) => test);
const seedCount = Math.min(...problems.map((problem) => seedsOf(problem).length));
const goalsText = problems.map((problem) => `${problem} ${goals.get(problem).map(show).join(" and ")}`).join(", ");
replaceBetween("benchmark-tables.md", "without-a-rate", [
  `**Time to two losses over that of the defaults**, median of ${seedCount} paired seeds, in brackets least and largest; – if most seeds never reach it. Losses: ${goalsText}.`,
  "",
  ...table(
    ["", ...problems],
    Object.keys(names).map((method) => [names[method], ...problems.map((problem) => cell(problem, method))]),
  ),
  "**Test figure at the end**, median: accuracy of the first three, loss of the others.",
  "",
  ...table(
    ["", ...problems],
    Object.keys(names).map((method) => [
      names[method],
      ...problems.map((problem) => String(Number(median(testsOf(problem, method)).toPrecision(3)))),
    ]),
  ),
]);

/** Of each race the methods' times over the best one. */
const races = problems.flatMap((problem) =>
  goals.get(problem).flatMap((goal) =>
    seedsOf(problem).map((seed) => {
      const times = Object.keys(names).map((method) => [method, timeTo(goal, problem, method, seed)]);
      const best = Math.min(...times.map(([, time]) => time));
      return new Map(times.map(([method, time]) => [method, time / best]));
    }),
  ),
);
const factors = Array.from({ length: 81 }, (_, i) => 10 ** (i / 80));
const profile = (method) => {
  const y = factors.map((tau) => races.filter((race) => race.get(method) <= tau * (1 + 1e-9)).length / races.length);
  return { x: factors.map(Math.log10), y, low: y, high: y };
};
const picture = linesPicture({
  name: "without-a-rate",
  title: "Mini-batches: share of races ended within a factor τ of the fastest's time",
  x: "log₁₀ τ",
  y: "share of races",
  series: Object.entries(names).map(([method, label], i) => ({
    label,
    ...strokeOf(i),
    strokeDasharray: method === "adam" ? "5 3" : undefined,
    curve: profile(method),
  })),
});
writeFileSync(new URL("../../../docs/benchmarks-without-a-rate.svg", import.meta.url), standalone(picture));
