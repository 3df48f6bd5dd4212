/**
 * The tables of docs/decisions/defaults.md, between their marks: from bench/results/training-ablation.jsonl, where seeds are told apart by
 * /, and what stands beside a baseline in the files of the other marks.
 *
 *   node bench/training/ablation.mjs
 */
import { grouped, jsonLines } from "../measure.mjs";
import { besideBaseline, leastOf, when } from "./curves.mjs";
import { replaceBetween } from "./markdown.mjs";

const resultsOf = (name) => jsonLines(new URL(`../results/training-${name}.jsonl`, import.meta.url));
const runs = resultsOf("ablation");
const targets = {
  poisson: [1e-2, 1e-3],
  convection: [1e-2, 1e-3],
  curve: [1e-6, 1e-8],
  mlp: [0.4, 0.3],
  convnet: [0.6, 0.5],
  autoencoder: [0.03, 0.02],
  characters: [2, 1.6],
};
const order = ["kept", "until then", "rival", "dropped"];

/** The runs of one variant for so many seconds: one a seed. */
function variantsOf(kind) {
  const groups = grouped(
    runs.filter((run) => run.kind === kind),
    ({ variant, seconds }) => `${variant} ${seconds}`,
  );
  return [...groups.values()].sort(
    ([a], [b]) => a.seconds - b.seconds || order.indexOf(a.verdict) - order.indexOf(b.verdict),
  );
}
const secondsTo = (run, target) => {
  const [seconds] = when(run, target);
  return seconds < Infinity ? seconds.toFixed(1) : "–";
};
const tables = Object.entries(targets).flatMap(([kind, [easy, hard]]) => [
  `| ${kind} | | s | to ${easy} | to ${hard} | least loss |`,
  "| --- | --- | --- | --- | --- | --- |",
  ...variantsOf(kind)
    .map((seeds) => {
      const [{ variant, verdict, seconds }] = seeds;
      const cells = [
        (run) => secondsTo(run, easy),
        (run) => secondsTo(run, hard),
        (run) => leastOf(run).toPrecision(2),
      ];
      return [variant, verdict, seconds, ...cells.map((cell) => seeds.map(cell).join(" / "))];
    })
    .map((cells) => `| ${cells.join(" | ")} |`),
  "",
]);
const page = "decisions/defaults.md";
replaceBetween(page, "ablation", tables);
const baselines = {
  relaxed: "relaxed-cauchy",
  radius: "trust-region",
  preconditioner: 'trust-region:{"preconditionerPairs":64}',
  curvature: "trust-region",
  "function-free": "relaxed-cauchy",
  ball: "ellipsoid, 192 pairs",
  "noise-scale": "relaxed-cauchy",
};
for (const [name, baseline] of Object.entries(baselines)) {
  replaceBetween(page, name, besideBaseline(resultsOf(name), baseline));
}
