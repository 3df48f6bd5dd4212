/**
 * The tables of docs/decisions/defaults.md, between their marks: from bench/results/training-ablation.jsonl, where seeds are told apart by
 * /, and what stands beside a baseline in training-relaxed.jsonl and training-radius.jsonl.
 *
 *   node bench/training/ablation.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { grouped, jsonLines } from "../measure.mjs";
import { besideBaseline, leastOf, when } from "./curves.mjs";

const page = new URL("../../docs/decisions/defaults.md", import.meta.url);
const file = new URL("../results/training-ablation.jsonl", import.meta.url);
const runs = jsonLines(file);
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
/** What stands between two marks of the page becomes `lines`. */
function replaceBetween(text, name, lines) {
  const [begin, end] = [`<!-- bench/training: ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/decisions/defaults.md must have the marks ${begin} and ${end}.`);
  return `${text.slice(0, from + begin.length)}\n\n${lines.join("\n")}\n${text.slice(to)}`;
}
const beside = (name, baseline) =>
  besideBaseline(jsonLines(new URL(`../results/training-${name}.jsonl`, import.meta.url)), baseline);
let text = readFileSync(page, "utf8");
text = replaceBetween(text, "ablation", tables);
text = replaceBetween(text, "relaxed", beside("relaxed", "relaxed-cauchy"));
text = replaceBetween(text, "radius", beside("radius", "trust-region"));
writeFileSync(page, text);
