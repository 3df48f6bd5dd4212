/**
 * The tables of docs/benchmark-tables.md and docs/decisions from packages/lab/bench/results, between their marks.
 *
 *   node packages/lab/bench/tables.mjs
 *
 * Medians over the seeds; a run that does not reach a target counts as longer than any. Of a method with several
 * settings, the one of least median loss among those run on most seeds is shown, so it is tuned on the very runs it is
 * evaluated on.
 */
import { readFileSync } from "node:fs";
import { median } from "quadric-cli/internal";
import { replaceBetween, show, table } from "./markdown.mjs";
import { summaryFile } from "./rows.mjs";

const names = [
  ...["poisson", "convection", "wave", "reaction", "curve", "exponentials", "cars"],
  ...["autoencoder", "mlp", "mlp-relu", "convnet", "characters"],
];
const labels = {
  "trust-region": "quadric, defaults",
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
  const { problems } = read(name);
  const [{ targets, test: testName, methods }] = problems;
  const best = [...bestSettings(methods)].sort(
    ([a], [b]) => Number(b === labels["trust-region"]) - Number(a === labels["trust-region"]),
  );
  const row = ([family, { method, settings, toTarget, leastLoss, test }]) => [
    settings > 1 ? `${family}, best of ${settings}: \`${method}\`` : family,
    ...toTarget.map(({ seconds }) => show(median(seconds))),
    show(median(leastLoss)),
    ...(testName ? [show(median(test))] : []),
  ];
  const head = [
    "method",
    ...targets.map((target) => `s to ${show(target)}`),
    "least loss",
    ...(testName ? [testName] : []),
  ];
  return [
    `**${name}**, ${Math.max(...methods.map(({ seeds }) => seeds.length))} seeds, ${methods[0].seconds} s each`,
    "",
    ...table(head, best.map(row)),
  ];
}

/** A row a problem and a column a rival at its best setting; `cell` compares it with the defaults. */
function rivalTable(title, cell) {
  const lines = names.flatMap((name) => {
    const [{ methods }] = read(name).problems;
    const region = methods.find(({ method }) => method === "trust-region");
    if (region.seeds.length < 5) return [];
    const best = bestSettings(methods);
    const cells = rivals.map((family) => {
      const rival = best.get(family);
      return !rival || rival.seeds.length < region.seeds.length ? "" : show(cell(rival, region));
    });
    return [[name, ...cells]];
  });
  return [title, "", ...table(["", ...rivals], lines)];
}

/** Methods that are given more time, seed by seed: how long they and the defaults take to that method's least loss. */
function longTable(title) {
  const lines = read("long").problems.flatMap(({ problem, methods }) => {
    const region = methods.find(({ method }) => method === "trust-region");
    return methods
      .filter((method) => method !== region)
      .map(({ method, seeds, leastLoss, secondsToLeast, baselineSecondsToLeast: ours }) => {
        const least = seeds.map((seed) => region.leastLoss[region.seeds.indexOf(seed)]);
        const speedUp = seeds.map((_, i) => (ours[i] < Infinity ? secondsToLeast[i] / ours[i] : 0));
        const below = seeds.map((_, i) => leastLoss[i] / least[i]);
        return [
          problem,
          `\`${method}\``,
          ...[leastLoss, secondsToLeast, ours, speedUp, below].map((x) => show(median(x))),
        ];
      });
  });
  const head = ["", "method", "its least loss", "s to it", "quadric, s to it", "speed-up", "its loss over ours"];
  return [title, "", ...table(head, lines)];
}

/**
 * Time to the least loss that a method and the baseline both reach, over the baseline's: a row a method that has a
 * label.
 */
function baselineTable(name, rowLabels) {
  const { baseline, problems } = read(name);
  const rows = Object.entries(rowLabels).map(([method, label]) => [
    label,
    ...problems.map(({ methods }) => {
      const own = methods.find((other) => other.method === method);
      if (!own) return "";
      return method === baseline ? "1" : show(median(own.timeRatio.map((x) => 1 / x)));
    }),
  ]);
  return table(["", ...problems.map(({ problem }) => problem)], rows);
}

replaceBetween("benchmark-tables.md", "tables", [
  ...rivalTable(
    "**Speed-up, higher is better**: the time of the other method to the least loss that both reach, over that of the defaults.",
    ({ timeRatio }) => 1 / median(timeRatio),
  ),
  ...rivalTable(
    "**Least loss of the other method over that of the defaults**, after the same time; above 1 the defaults reach a lower loss.",
    ({ leastLoss }, region) => median(leastLoss) / median(region.leastLoss),
  ),
  ...longTable(
    "**More time for the others**: Adam given 60 s at the better of two rates, L-BFGS given 16 s, which takes it to its rounding, alone and after 20 % of the time with Adam. quadric is given 16 s.",
  ),
  ...names.flatMap(tableOf),
]);
// Methods as the runs named them, before the options had the names of today.
replaceBetween(
  "decisions/learning-rate-from-curvature.md",
  "relaxed",
  baselineTable("relaxed", {
    "relaxed-cauchy": "as decided",
    "last relaxed-cauchy": "last iterate, no average",
    'relaxed-cauchy:{"relaxation":1}': "`scale: 1`",
    'relaxed-cauchy:{"relaxation":1.5}': "`scale: 1.5`",
    'relaxed-cauchy:{"relaxation":3}': "`scale: 3`",
    'relaxed-cauchy:{"measureEvery":1}': "`every: 1`",
    'relaxed-cauchy:{"measureEvery":4}': "`every: 4`",
    'relaxed-cauchy:{"momentum":0}': "`momentum: 0`",
    'relaxed-cauchy:{"norm":"adagrad"}': "`norms.adagrad()`",
    'relaxed-cauchy:{"curvature":"hessian"}': '`curvature: "hessian"`',
    "averaged adam:0.01": "Adam at 0.01, iterates averaged",
    'trust-region:{"norm":"rmsprop"}': "trust region, `norms.rmsprop()`",
  }),
);
replaceBetween(
  "decisions/preconditioner.md",
  "preconditioner",
  baselineTable("preconditioner", {
    'trust-region:{"preconditionerPairs":64}': "`memory: 64`",
    'trust-region:{"preconditionerPairs":128}': "`memory: 128`",
    'trust-region:{"preconditionerPairs":192}': "`memory: 192`",
    'trust-region:{"preconditionerPairs":256}': "`memory: 256`",
  }),
);
