/**
 * One problem with all methods, each tuned on a grid: every point on two seeds, then the best of each family, of least
 * median loss, on all of them, compared with the trust region with its defaults. Runs that run.mjs has made already are
 * not repeated.
 *
 *   node packages/lab/bench/grid.mjs PROBLEM [--seeds 5] [--seconds 4]
 */
import { parseArgs } from "node:util";
import { grouped, jsonLines, median } from "../../../bench/measure.mjs";
import { leastOf, rawFile } from "./rows.mjs";
import { spawnRuns } from "./spawn-runs.mjs";
import { aboutProblems, summarize, writeSummary } from "./summary.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string", default: "5" }, seconds: { type: "string", default: "4" } },
});
const [name] = positionals;
const { default: problem } = await import(`./problems/${name}.mjs`);
const isDeterministic = !problem.data || problem.full === true;

const rates = {
  adam: [1e-3, 3e-3, 1e-2, 3e-2],
  adamw: [1e-3, 3e-3, 1e-2, 3e-2],
  rmsprop: [3e-4, 1e-3, 3e-3, 1e-2],
  momentum: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
};
const points = [
  ...Object.entries(rates).flatMap(([family, list]) => list.map((rate) => `${family}:${rate}`)),
  ...(isDeterministic ? ["lbfgs", "lbfgs:100"] : []),
];

const run = (methods, seeds) => spawnRuns(name, { methods: methods.join("; "), seeds, seconds: options.seconds });

run(["trust-region", ...points], "2");
const tried = jsonLines(rawFile(name)).filter(({ method, seed, seconds }) => {
  return seed < 2 && seconds === Number(options.seconds) && points.includes(method);
});
const scored = [...grouped(tried, ({ method }) => method)].map(([method, runs]) => ({
  method,
  loss: median(runs.map(leastOf)),
}));
const best = [...grouped(scored, ({ method }) => method.split(":")[0]).values()].map(
  (family) => family.reduce((a, b) => (b.loss < a.loss ? b : a)).method,
);
const adam = best.find((method) => method.startsWith("adam:"));
run(["trust-region", ...best, ...(isDeterministic ? [`${adam}+lbfgs:100`] : [])], options.seeds);
writeSummary(
  name,
  summarize(jsonLines(rawFile(name)), {
    command: `node packages/lab/bench/grid.mjs ${name} --seeds ${options.seeds} --seconds ${options.seconds}`,
    baseline: "trust-region",
    about: await aboutProblems([name]),
  }),
);
