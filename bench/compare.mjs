/**
 * quadric and PyTorch on the same oracles, interleaved, as a ratio.
 *
 *   npm run bench:compare -- [--threads 1] [--rounds 5] [--repeats 7] [--nets mlp-128,…] [--keep-memory] [--out FILE]
 *
 * A round runs oracles.mjs and pytorch_oracles.py one after the other for each net, so that both see the machine in the
 * same state. Printed: for each net and oracle the median times of the rounds, the median of the rounds' ratios
 * ours/PyTorch, and their smallest and largest. Needs PyTorch: apt-get install python3-torch libopenblas0-pthread.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median, provenance } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    repeats: { type: "string", default: "7" },
    nets: { type: "string", default: "mlp-128,mlp-512-256,autoencoder" },
    python: { type: "string", default: "/usr/bin/python3" },
    "keep-memory": { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Variables that hold OpenBLAS back to an older kernel do not count against PyTorch.
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...environment } = process.env;
const kept = options["keep-memory"]
  ? { MALLOC_TRIM_THRESHOLD_: "4000000000", MALLOC_MMAP_THRESHOLD_: "4000000000" }
  : {};
const env = { ...environment, ...kept, OPENBLAS_NUM_THREADS: options.threads, OMP_NUM_THREADS: options.threads };

const lines = (command, script, net) => {
  const args = [here(script), "--threads", options.threads, "--repeats", options.repeats, "--nets", net];
  return execFileSync(command, args, { encoding: "utf8", env }).trim().split("\n").map(JSON.parse);
};

const results = [];
for (const net of options.nets.split(",")) {
  const rounds = Array.from({ length: Number(options.rounds) }, () => {
    const ours = lines(process.execPath, "oracles.mjs", net);
    const theirs = lines(options.python, "pytorch_oracles.py", net);
    return ours.map(({ oracle, ms }) => ({
      oracle,
      ours: ms,
      theirs: theirs.find((line) => line.oracle === oracle).ms,
    }));
  });
  for (const [i, { oracle }] of rounds[0].entries()) {
    const of = (f) => rounds.map((round) => f(round[i]));
    const ratios = of(({ ours, theirs }) => ours / theirs);
    const result = {
      net,
      oracle,
      quadricMs: median(of(({ ours }) => ours)),
      pytorchMs: median(of(({ theirs }) => theirs)),
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
    };
    results.push(result);
    const [a, b, r, low, high] = [result.quadricMs, result.pytorchMs, result.ratio, result.low, result.high].map((x) =>
      x.toFixed(2).padStart(8),
    );
    console.log(`${net.padEnd(12)} ${oracle.padEnd(9)} ${a} ms ${b} ms   ratio ${r} (${low.trim()}..${high.trim()})`);
  }
}
if (options.out) {
  const { out, python, ...settings } = options;
  writeFileSync(
    out,
    `${JSON.stringify({ command: "npm run bench:compare", settings, ...provenance(), results }, null, 1)}\n`,
  );
}
