/**
 * The tables of docs/how-to-choose.md from bench/results/training-*.jsonl, between its two marks.
 *
 *   node bench/training/table.mjs
 *
 * First how the trust region stands beside each other method at the best loss that both reach. Then, from training-long.jsonl, what others
 * reach that are given time: how long the trust region takes to the loss that each of their runs ends with at best.
 * Medians over the seeds with bootstrap intervals; a run that does not reach a target counts as longer than any. Of a method with
 * several settings the one of least median loss among those run on most seeds is shown, so it is tuned on the very runs it is judged by.
 */
import { existsSync } from "node:fs";
import { median, medianInterval } from "../../packages/cli/dist/experiments/statistics.js";
import { grouped, jsonLines } from "../measure.mjs";
import { leastOf, timeRatio, when } from "./curves.mjs";
import { replaceBetween, show, table } from "./markdown.mjs";

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
const familyOf = (method) => (method.includes("+") ? "Adam, then L-BFGS" : (labels[method.split(":")[0]] ?? method));

/** "median (low–high)" of one number a seed; "–" where half of the seeds have none. */
function summary(values) {
  if (!Number.isFinite(median(values))) return "–";
  if (values.length === 1) return show(values[0]);
  const finite = values.every(Number.isFinite);
  const { low, high } = finite ? medianInterval(values) : { low: Math.min(...values), high: Infinity };
  return `${show(median(values))} (${show(low)}–${finite ? show(high) : "∞"})`;
}
/** Of each family the setting of least median loss among those run on most seeds, and how many settings there were. */
function bestSettings(runs) {
  const byMethod = grouped(runs, ({ method }) => method);
  const best = new Map();
  const seedsOf = (family) =>
    Math.max(...[...byMethod].filter(([method]) => familyOf(method) === family).map(([, list]) => list.length));
  for (const [method, list] of byMethod) {
    const score = median(list.map(leastOf));
    const known = best.get(familyOf(method));
    const settings = (known?.settings ?? 0) + 1;
    best.set(
      familyOf(method),
      list.length < seedsOf(familyOf(method)) || (known?.list && known.score <= score)
        ? { ...known, settings }
        : { method, list, score, settings },
    );
  }
  return best;
}

function runsOf(name) {
  const file = new URL(`../results/training-${name}.jsonl`, import.meta.url);
  return existsSync(file) ? jsonLines(file) : [];
}

async function tableOf(name) {
  const runs = runsOf(name);
  if (runs.length === 0) return [];
  const { default: kind } = await import(`./kinds/${name}.mjs`);
  const best = bestSettings(runs);
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const loads = runs.flatMap(({ machine }) => machine.load);
  const columns = kind.targets.flatMap((target) => [`s to ${show(target)}`, "backprops", "examples"]);
  const head = ["method", ...columns, "least loss", ...(kind.test ? [kind.test.name] : [])];
  const row = ([family, { method, list, settings }]) => [
    settings > 1 ? `${family}, best of ${settings}: \`${method}\`` : family,
    ...kind.targets.flatMap((target) => [0, 1, 2].map((i) => summary(list.map((run) => when(run, target)[i])))),
    summary(list.map(leastOf)),
    ...(kind.test ? [summary(list.map(({ test }) => test))] : []),
  ];
  return [
    `**${name}** (${seeds} seeds, ${runs[0].seconds} s of processor time each, load of the 2 cores ${show(Math.min(...loads))} to ${show(Math.max(...loads))})`,
    "",
    ...table(
      head,
      [...best]
        .sort(([a], [b]) => Number(b === labels["trust-region"]) - Number(a === labels["trust-region"]))
        .map(row),
    ),
  ];
}

/** The trust region's time to the least loss that it and another method both reach, over that method's; and that one's least loss over its own. */
function pairedTable() {
  const rivals = ["Adam", "AdamW", "RMSProp", "momentum", "L-BFGS", "Adam, then L-BFGS"];
  const lines = names.flatMap((name) => {
    const runs = runsOf(name);
    const region = runs.filter(({ method }) => method === "trust-region");
    if (region.length < 5) return [];
    const best = bestSettings(runs);
    const cells = rivals.map((family) => {
      const list = best.get(family)?.list ?? [];
      if (list.length < region.length) return "";
      const ratios = list.map((run) => {
        const mine = region.find(({ seed }) => seed === run.seed);
        return timeRatio(mine, run);
      });
      const below = median(list.map(leastOf)) / median(region.map(leastOf));
      return `${summary(ratios)}; ${show(below)}`;
    });
    return [[name, ...cells]];
  });
  return [
    "**The same seconds for all.** The trust region's time to the least loss that it and the other method, at its best setting, both reach, over that method's time to it, seed by seed: below 1 the " +
      "trust region is ahead. Then that method's least loss over the trust region's.",
    "",
    ...table(["", ...rivals], lines),
  ];
}

/** A method given time against the trust region given 16 s, seed by seed: how long each takes to that method's least loss, and what it ends with. */
function longTable(title, isRival) {
  const runs = jsonLines(new URL("../results/training-long.jsonl", import.meta.url));
  const lines = [...grouped(runs, ({ kind }) => kind)].flatMap(([kind, list]) => {
    const byMethod = grouped(list, ({ method }) => method);
    const region = byMethod.get("trust-region");
    return [...byMethod]
      .filter(([method]) => isRival(method))
      .map(([method, rivals]) => {
        const pairs = rivals.map((rival) => {
          const best = leastOf(rival);
          const mine = region.find(({ seed }) => seed === rival.seed);
          const [theirs, ours] = [when(rival, best)[0], when(mine, best)[0]];
          const [ratio, least] = [ours < Infinity ? theirs / ours : Infinity, leastOf(mine)];
          return { best, theirs, ours, ratio, least, below: best / least };
        });
        const cell = (key) => summary(pairs.map((pair) => pair[key]));
        const cells = ["best", "theirs", "ours", "ratio", "least", "below"].map(cell);
        return [kind, `\`${method}\``, ...cells, String(pairs.length)];
      });
  });
  const head = [
    "",
    "rival",
    "its least loss",
    "s to it",
    "trust region, s to it",
    "ratio of times",
    "its own least",
    "ratio of losses",
    "seeds",
  ];
  return [title, "", ...table(head, lines)];
}

const tables = await Promise.all(names.map(tableOf));
const longTables = [
  ...longTable(
    "**Adam given 60 s** of processor time, at a rate that was the better of two in an earlier run, and the trust region given 16.",
    (method) => /^adam:[^+]*$/.test(method),
  ),
  ...longTable(
    "**L-BFGS, alone and after a fifth of the time with Adam, given 16 s**, which lets it run to its rounding, and the trust region given as much.",
    (method) => method.includes("lbfgs"),
  ),
];
replaceBetween("how-to-choose.md", "tables", [...pairedTable(), ...longTables, ...tables.flat()]);
