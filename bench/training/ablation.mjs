/**
 * The table of docs/decisions/defaults.md from bench/results/training-ablation.jsonl, between its two marks; seeds are told apart by /.
 *
 *   node bench/training/ablation.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { grouped, jsonLines } from "../measure.mjs";

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
const secondsTo = ({ curve }, target) => curve.find(([, loss]) => loss <= target)?.[0].toFixed(1) ?? "–";
const leastOf = ({ curve }) => Math.min(...curve.map(([, loss]) => loss)).toPrecision(2);
const tables = Object.entries(targets).flatMap(([kind, [easy, hard]]) => [
  `| ${kind} | | s | to ${easy} | to ${hard} | least loss |`,
  "| --- | --- | --- | --- | --- | --- |",
  ...variantsOf(kind)
    .map((seeds) => {
      const [{ variant, verdict, seconds }] = seeds;
      const cells = [(run) => secondsTo(run, easy), (run) => secondsTo(run, hard), leastOf];
      return [variant, verdict, seconds, ...cells.map((cell) => seeds.map(cell).join(" / "))];
    })
    .map((cells) => `| ${cells.join(" | ")} |`),
  "",
]);
const [begin, end] = ["<!-- bench/training: ablation -->", "<!-- end of ablation -->"];
const text = readFileSync(page, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < 0) throw new Error(`docs/decisions/defaults.md must have the marks ${begin} and ${end}.`);
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${tables.join("\n")}\n${text.slice(to)}`);
