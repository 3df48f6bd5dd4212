/**
 * The tables of docs/how-to-choose.md and docs/decisions/defaults.md from packages/lab/bench/results, between their marks.
 *
 *   node packages/lab/bench/tables.mjs
 *
 * How the trust region compares with each other method at the best loss that both reach. Then, from long.json, what others reach that
 * are given more time: how long the trust region takes to the best loss of each of their runs. Medians over the seeds with bootstrap
 * intervals; a run that does not reach a target counts as longer than any. Of a method with several settings, the one of least median loss
 * among those run on most seeds is shown, so it is tuned on the very runs it is evaluated on.
 */
import { readFileSync } from "node:fs";
import { estimate, median } from "quadric-cli/internal";
import { median as middle } from "../../../bench/measure.mjs";
import { replaceBetween, show, table } from "./markdown.mjs";
import { summaryFile } from "./rows.mjs";

const names = [
  ...["poisson", "convection", "wave", "reaction", "curve", "exponentials", "cars"],
  ...["autoencoder", "mlp", "mlp-relu", "convnet", "characters"],
];
const labels = {
  "trust-region": "trust region, defaults",
  lbfgs: "L-BFGS",
  adam: "Adam",
  adamw: "AdamW",
  momentum: "momentum",
  rmsprop: "RMSProp",
};
const rivals = ["Adam", "AdamW", "RMSProp", "momentum", "L-BFGS", "Adam, then L-BFGS"];
const familyOf = (method) => (method.includes("+") ? "Adam, then L-BFGS" : (labels[method.split(":")[0]] ?? method));

/** A summary; its nulls are losses that were never reached. */
const read = (name) =>
  JSON.parse(readFileSync(summaryFile(name), "utf8"), (_, value) => (value === null ? Infinity : value));

/** "median (low–high)" of one number a seed; "–" if half of the seeds have none. */
function summary(values) {
  if (!Number.isFinite(median(values))) return "–";
  if (values.length === 1) return show(values[0]);
  const finite = values.every(Number.isFinite);
  const { low, high } = finite ? estimate(values).medianInterval : { low: Math.min(...values), high: Infinity };
  return `${show(median(values))} (${show(low)}–${finite ? show(high) : "∞"})`;
}

/** Of each family the setting of least median loss among those run on most seeds, and how many settings there were. */
function bestSettings(methods) {
  const best = new Map();
  for (const family of new Set(methods.map(({ method }) => familyOf(method)))) {
    const settings = methods.filter(({ method }) => familyOf(method) === family);
    const most = Math.max(...settings.map(({ seeds }) => seeds.length));
    const score = ({ leastLoss }) => median(leastLoss);
    const [first] = settings.filter(({ seeds }) => seeds.length === most).sort((a, b) => score(a) - score(b));
    best.set(family, { ...first, settings: settings.length });
  }
  return best;
}

function tableOf(name) {
  const { load, problems } = read(name);
  const [{ targets, test: testName, methods }] = problems;
  const best = [...bestSettings(methods)].sort(
    ([a], [b]) => Number(b === labels["trust-region"]) - Number(a === labels["trust-region"]),
  );
  const columns = targets.flatMap((target) => [`s to ${show(target)}`, "backprops", "examples"]);
  const row = ([family, { method, settings, toTarget, leastLoss, test }]) => [
    settings > 1 ? `${family}, best of ${settings}: \`${method}\`` : family,
    ...toTarget.flatMap(({ seconds, backprops, examples }) => [seconds, backprops, examples].map(summary)),
    summary(leastLoss),
    ...(testName ? [summary(test)] : []),
  ];
  const seeds = Math.max(...methods.map((method) => method.seeds.length));
  return [
    `**${name}** (${seeds} seeds, ${methods[0].seconds} s of processor time each, load of the 2 cores ${show(load[0])} to ${show(load[1])})`,
    "",
    ...table(["method", ...columns, "least loss", ...(testName ? [testName] : [])], best.map(row)),
  ];
}

/** The trust region's time to the least loss that it and another method both reach, over that method's; and that one's least loss over its own. */
function pairedTable() {
  const lines = names.flatMap((name) => {
    const [{ methods }] = read(name).problems;
    const region = methods.find(({ method }) => method === "trust-region");
    if (region.seeds.length < 5) return [];
    const best = bestSettings(methods);
    const cells = rivals.map((family) => {
      const rival = best.get(family);
      if (!rival || rival.seeds.length < region.seeds.length) return "";
      return `${summary(rival.timeRatio)}; ${show(median(rival.leastLoss) / median(region.leastLoss))}`;
    });
    return [[name, ...cells]];
  });
  return [
    "**The same seconds for all.** The trust region's time to the least loss that it and the other method, at its best setting, both reach, over that method's time to it, seed by seed: below 1 the " +
      "trust region is faster. Then that method's least loss over the trust region's.",
    "",
    ...table(["", ...rivals], lines),
  ];
}

/** A method given more time against the trust region given 16 s, seed by seed: how long each takes to that method's least loss, and what it ends with. */
function longTable(title, isRival) {
  const lines = read("long").problems.flatMap(({ problem, methods }) => {
    const region = methods.find(({ method }) => method === "trust-region");
    return methods
      .filter(({ method }) => isRival(method))
      .map(({ method, seeds, leastLoss, secondsToLeast, baselineSecondsToLeast: ours }) => {
        const least = seeds.map((seed) => region.leastLoss[region.seeds.indexOf(seed)]);
        const ratio = seeds.map((_, i) => (ours[i] < Infinity ? secondsToLeast[i] / ours[i] : Infinity));
        const below = seeds.map((_, i) => leastLoss[i] / least[i]);
        const cells = [leastLoss, secondsToLeast, ours, ratio, least, below].map(summary);
        return [problem, `\`${method}\``, ...cells, String(seeds.length)];
      });
  });
  const head = ["", "rival", "its least loss", "s to it", "trust region, s to it", "ratio of times", "its own least"];
  return [title, "", ...table([...head, "ratio of losses", "seeds"], lines)];
}

/** Compared with a baseline: a row a method and a column a problem, medians over the seeds of the ratio of times and of least losses. */
function baselineTable(name) {
  const { baseline, problems } = read(name);
  const rows = [...new Set(problems.flatMap(({ methods }) => methods.map(({ method }) => method)))].map((method) => [
    `\`${method}\``,
    ...problems.map(({ methods }) => {
      const own = methods.find((other) => other.method === method);
      if (!own) return "";
      const ratio = method === baseline ? "1" : show(middle(own.timeRatio.map((x) => 1 / x)));
      return `${ratio}; ${show(middle(own.leastLoss))}`;
    }),
  ]);
  return table(["", ...problems.map(({ problem }) => problem)], rows);
}

replaceBetween("how-to-choose.md", "tables", [
  ...pairedTable(),
  ...longTable(
    "**Adam given 60 s** of processor time, at a rate that was the better of two in an earlier run, and the trust region given 16.",
    (method) => /^adam:[^+]*$/.test(method),
  ),
  ...longTable(
    "**L-BFGS, alone and after a fifth of the time with Adam, given 16 s**, which lets it run to its rounding, and the trust region given as much.",
    (method) => method.includes("lbfgs"),
  ),
  ...names.flatMap(tableOf),
]);
for (const name of ["relaxed", "preconditioner"]) replaceBetween("decisions/defaults.md", name, baselineTable(name));
