/**
 * Writes results/oracles.json, as compare.mjs leaves it, into the tables of README.md and docs/benchmark-tables.md.
 *
 *   npm run bench:compare -- --rounds 3 --out bench/results/oracles.json && node bench/oracles-tables.mjs
 */
import { readFileSync } from "node:fs";
import { replaceBetween, table } from "../packages/lab/bench/markdown.mjs";
import { grouped } from "./measure.mjs";

const { settings, commit, cpu, load, results } = JSON.parse(
  readFileSync(new URL("results/oracles.json", import.meta.url), "utf8"),
);
const fixed = (x) => x.toFixed(x < 100 ? 2 : 1);
const origin = `Medians of ${settings.rounds} interleaved rounds, one thread, processor time; commit ${commit}, ${cpu}, load ${load[0]} at the end.`;

const rows = results.map(({ net, oracle, quadricMs, pytorchMs, ratio, low, high, kernel }) => [
  net,
  oracle,
  fixed(quadricMs),
  fixed(pytorchMs),
  fixed(ratio),
  `${fixed(low)}–${fixed(high)}`,
  kernel,
]);
const head = ["net", "oracle", "quadric, ms", "PyTorch, ms", "ratio", "range", "kernel"];
replaceBetween("../bench/README.md", "oracles", [origin, "", ...table(head, rows)]);

const nets = [...grouped(results, ({ net }) => net)].map(([net, ofNet]) => [
  net,
  ...ofNet.map(({ ratio }) => fixed(ratio)),
]);
const columns = ["net", "value", "gradient", "Hessian product", "one more", "Gauss–Newton, one more"];
replaceBetween("benchmark-tables.md", "oracles", [origin, "", ...table(columns, nets)]);
