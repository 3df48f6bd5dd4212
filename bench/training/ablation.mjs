/**
 * The table of docs/decisions/defaults.md from bench/results/training-ablation.jsonl, between its two marks.
 *
 *   node bench/training/ablation.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";

const page = new URL("../../docs/decisions/defaults.md", import.meta.url);
const file = new URL("../results/training-ablation.jsonl", import.meta.url);
const runs = readFileSync(file, "utf8").split("\n").filter(Boolean).map(JSON.parse);
const targets = { poisson: [1e-2, 1e-3], convection: [1e-2, 1e-3], mlp: [0.4, 0.3], convnet: [0.6, 0.5] };
const order = ["kept", "rival", "dropped"];

const secondsTo = ({ curve }, target) => curve.find(([, loss]) => loss <= target)?.[0].toFixed(1) ?? "–";
const leastOf = ({ curve }) => Math.min(...curve.map(([, loss]) => loss)).toPrecision(2);
const tables = Object.entries(targets).flatMap(([kind, [easy, hard]]) => [
  `| ${kind} | | s | to ${easy} | to ${hard} | least loss |`,
  "| --- | --- | --- | --- | --- | --- |",
  ...runs
    .filter((run) => run.kind === kind)
    .sort((a, b) => a.seconds - b.seconds || order.indexOf(a.verdict) - order.indexOf(b.verdict))
    .map((run) => [run.variant, run.verdict, run.seconds, secondsTo(run, easy), secondsTo(run, hard), leastOf(run)])
    .map((cells) => `| ${cells.join(" | ")} |`),
  "",
]);
const [begin, end] = ["<!-- bench/training: ablation -->", "<!-- end of ablation -->"];
const text = readFileSync(page, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < 0) throw new Error(`docs/decisions/defaults.md must have the marks ${begin} and ${end}.`);
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${tables.join("\n")}\n${text.slice(to)}`);
