/**
 * quadric and PyTorch on the same oracles, interleaved, as a ratio.
 *
 *   npm run bench:compare -- [--threads 1] [--rounds 5] [--repeats 7] [--nets mlp-128,…] [--kernels default,…] [--keep-memory]
 *     [--out FILE]
 *
 * A round runs oracles.mjs and, with every kernel of OpenBLAS, pytorch_oracles.py one after the other for each net, so
 * that all see the machine in the same state. PyTorch's time is that of the kernel with the lowest median over the rounds:
 * an OpenBLAS that does not know a processor takes a slow one. Printed: for each net and oracle the median times of the
 * rounds, the median of the rounds' ratios ours/PyTorch, their smallest and largest, and the kernel. Needs PyTorch: apt-get install python3-torch libopenblas0-pthread.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median, provenance, toFourDigits } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    repeats: { type: "string", default: "7" },
    nets: { type: "string", default: "mlp-128,mlp-512-256,autoencoder,convnet,pinn" },
    kernels: { type: "string", default: "default,SKYLAKEX,HASWELL" },
    python: { type: "string", default: "/usr/bin/python3" },
    "keep-memory": { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Variables that hold OpenBLAS back do not count against PyTorch.
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...environment } = process.env;
const kept = options["keep-memory"]
  ? { MALLOC_TRIM_THRESHOLD_: "4000000000", MALLOC_MMAP_THRESHOLD_: "4000000000" }
  : {};
const env = { ...environment, ...kept, OPENBLAS_NUM_THREADS: options.threads, OMP_NUM_THREADS: options.threads };

const lines = (command, script, net, more = {}) => {
  const args = [here(script), "--threads", options.threads, "--repeats", options.repeats, "--nets", net];
  const text = execFileSync(command, args, { encoding: "utf8", env: { ...env, ...more } });
  return text.trim().split("\n").map(JSON.parse);
};

const kernels = options.kernels.split(",");
const pytorch = (net, kernel) =>
  lines(options.python, "pytorch_oracles.py", net, kernel === "default" ? {} : { OPENBLAS_CORETYPE: kernel });

const results = [];
for (const net of options.nets.split(",")) {
  const rounds = Array.from({ length: Number(options.rounds) }, () => ({
    ours: lines(process.execPath, "oracles.mjs", net),
    theirs: kernels.map((kernel) => pytorch(net, kernel)),
  }));
  for (const [i, { oracle }] of rounds[0].ours.entries()) {
    const ours = rounds.map((round) => round.ours[i].ms);
    const ofKernel = kernels.map((_, k) =>
      rounds.map(({ theirs }) => theirs[k].find((line) => line.oracle === oracle)),
    );
    const theirs = ofKernel.toSorted((a, b) => median(a.map(({ ms }) => ms)) - median(b.map(({ ms }) => ms)))[0];
    const ratios = ours.map((ms, round) => ms / theirs[round].ms);
    const result = {
      net,
      oracle,
      quadricMs: median(ours),
      pytorchMs: median(theirs.map(({ ms }) => ms)),
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
      kernel: theirs[0].kernel,
    };
    results.push(result);
    const [a, b, r, low, high] = [result.quadricMs, result.pytorchMs, result.ratio, result.low, result.high].map((x) =>
      x.toFixed(2).padStart(8),
    );
    const range = `${low.trim()}..${high.trim()}`;
    console.log(`${net.padEnd(12)} ${oracle.padEnd(9)} ${a} ms ${b} ms   ratio ${r} (${range})   ${result.kernel}`);
  }
}
if (options.out) {
  const { out, python, ...settings } = options;
  writeFileSync(
    out,
    `${JSON.stringify({ command: "npm run bench:compare", settings, ...provenance(), results }, toFourDigits, 1)}\n`,
  );
}
