/**
 * One run on two ranks beside two runs that know nothing of each other, on the same two cores.
 *
 *   node bench/scaling.mjs [--batch 4096] [--rounds 3] [--products 5] [--out bench/results/scaling.json]
 *
 * The work: Gauss–Newton trust-region steps on the autoencoder, one thread a process, so many products each. Strong
 * scaling: two ranks share a batch; weak: each has a whole one. Both as examples a second over those of the two
 * independent runs together. Those are timed as they are, with the native solve, and with one call a product, which is
 * what ranks do. All in turn, round by round: medians with their spread. From the two ranks' account also the share of
 * communication, and the times of sums alone. Then, of the processor time of a step and the least times of sums, which
 * other processes hardly lengthen,
 *
 *   t(p) = work/p + n·(α·log₂ p + 2·(p − 1)/p·d·β)
 *
 * Symbols: p ranks, n messages of about d numbers a step (the gradient and the products), α s a message, β s a number.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, getPriority, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileObjective, losses, mlp, supervised, train } from "quadric";
import { mpi, onnx } from "quadric/node";
import { median, processorMs, provenance, toFourDigits } from "./measure.mjs";
import { wholeSolve } from "./whole-solve.mjs";

const { values: options } = parseArgs({
  options: {
    batch: { type: "string", default: "4096" },
    rounds: { type: "string", default: "3" },
    products: { type: "string", default: "5" },
    out: { type: "string" },
    process: { type: "string" },
  },
});

if (options.process) await takeSteps(JSON.parse(options.process));
else await measure();

/** What each process does. */
async function takeSteps({ batch, products, steps, fused }) {
  const reducer = await mpi({ timeout: 300 });
  const { rank, size, communication } = reducer;
  const network = mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784], {
    activation: ["sigmoid", "sigmoid", "sigmoid", "linear", "sigmoid", "sigmoid", "sigmoid"],
    initializer: "lecun",
  });
  const compiled = await compileObjective(supervised(network, losses.binaryCrossEntropy), {
    backend: onnx({ threads: 1 }),
  });
  const linearize = async (...point) => ({ ...(await compiled.linearize(...point)), solve: undefined });
  const objective = fused ? compiled : { ...compiled, linearize };
  const x = {
    shape: [batch, 784],
    data: Float32Array.from({ length: batch * 784 }, (_, i) => (i * 0.61803398875) % 1),
  };
  const stamps = [{ time: performance.now(), cpu: processorMs(), ...communication }];
  await train(
    objective,
    objective.initial,
    { x },
    {
      optimizer: wholeSolve(products),
      batchSize: batch,
      steps,
      reducer,
      callbacks: [
        (step) =>
          void stamps.push({ time: performance.now(), cpu: processorMs(), products: step.products, ...communication }),
      ],
    },
  );
  const d = objective.layout.size;
  objective.dispose();
  const sums = [];
  for (const length of size > 1 ? [1, 1e3, 1e4, 1e5, 1e6, d] : []) {
    const vector = new Float32Array(length);
    const times = [];
    for (let i = 0; i < 21; i++) {
      await reducer.barrier();
      const begin = performance.now();
      await reducer.sum(vector);
      times.push(performance.now() - begin);
    }
    sums.push({ length, ms: median(times), least: Math.min(...times) });
  }
  if (rank > 0) return;
  // The first two steps compile and touch memory for the first time.
  const taken = stamps.slice(1).map((stamp, i) => ({
    ms: stamp.time - stamps[i].time,
    cpuMs: stamp.cpu - stamps[i].cpu,
    products: stamp.products,
    messages: stamp.calls - stamps[i].calls,
    bytes: stamp.bytes - stamps[i].bytes,
    communicationMs: 1000 * (stamp.seconds - stamps[i].seconds),
  }));
  console.log(JSON.stringify({ d, steps: taken.slice(2), sums }));
}

function start(command, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`exit code ${code}`))));
  });
}

async function measure() {
  const [batch, rounds, products] = [options.batch, options.rounds, options.products].map(Number);
  const here = fileURLToPath(import.meta.url);
  const alone = (work) => start(process.execPath, here, "--process", JSON.stringify(work));
  const flags = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "2"];
  const ranks = (work) =>
    start("mpirun", ...flags, process.execPath, here, "--process", JSON.stringify(work)).then((job) => [job]);
  const work = { batch, products, steps: 5, fused: true };
  const candidates = {
    independent: () => Promise.all([alone(work), alone(work)]),
    independentUnfused: () => Promise.all([alone({ ...work, fused: false }), alone({ ...work, fused: false })]),
    strong: () => ranks(work),
    weak: () => ranks({ ...work, batch: 2 * batch }),
  };
  const steps = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  const load = [];
  let d;
  const sums = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      load.push(loadavg()[0]);
      for (const job of await run()) {
        steps[name].push(...job.steps);
        sums.push(...job.sums);
        d = job.d;
      }
      console.error(`${round + 1}/${rounds} ${name}: ${steps[name].map(({ ms }) => ms.toFixed(0)).join(" ")} ms`);
    }
  }
  for (const step of Object.values(steps).flat()) {
    if (step.products !== products) throw new Error(`a step must take ${products} products, got ${step.products}`);
  }
  const of = (name, key) => median(steps[name].map((step) => step[key]));
  const least = (name) => Math.min(...steps[name].map(({ ms }) => ms));
  const most = (name) => Math.max(...steps[name].map(({ ms }) => ms));
  const examples = { independent: 2 * batch, independentUnfused: 2 * batch, strong: batch, weak: 2 * batch };
  const throughput = (msOf) =>
    Object.fromEntries(Object.entries(examples).map(([name, count]) => [name, (1000 * count) / msOf(name)]));
  const efficiency = ({ independent, independentUnfused, strong, weak }) => ({
    strong: { ofIndependent: strong / independent, ofIndependentUnfused: strong / independentUnfused },
    weak: { ofIndependent: weak / independent, ofIndependentUnfused: weak / independentUnfused },
  });
  const medians = throughput((name) => of(name, "ms"));
  const result = {
    command: `node bench/scaling.mjs ${process.argv.slice(2).join(" ")}`.trim(),
    network: "autoencoder",
    parameters: d,
    batch,
    products,
    rounds,
    msPerStep: Object.fromEntries(
      Object.keys(steps).map((name) => [name, { least: least(name), median: of(name, "ms"), most: most(name) }]),
    ),
    cpuMsPerStep: Object.fromEntries(Object.keys(steps).map((name) => [name, of(name, "cpuMs")])),
    examplesPerSecond: medians,
    efficiency: efficiency(medians),
    communication: Object.fromEntries(
      ["strong", "weak"].map((name) => [
        name,
        {
          messages: of(name, "messages"),
          bytes: of(name, "bytes"),
          ms: of(name, "communicationMs"),
          share: median(steps[name].map(({ ms, communicationMs }) => communicationMs / ms)),
        },
      ]),
    ),
    sums: [...new Set(sums.map(({ length }) => length))].map((length) => ({
      length,
      ms: median(sums.filter((sum) => sum.length === length).map(({ ms }) => ms)),
      least: Math.min(...sums.filter((sum) => sum.length === length).map(({ least }) => least)),
    })),
  };
  // α from the shortest sum, β from the one of a whole vector; work from the processor time of independent runs.
  const seconds = (length) => result.sums.find((sum) => sum.length === length).least / 1000;
  const alpha = seconds(1);
  const beta = (seconds(d) - alpha) / d;
  const serial = of("independentUnfused", "cpuMs") / 1000;
  const messages = products + 1;
  const time = (p, work) => work / p + (p > 1 ? messages * (alpha * Math.log2(p) + 2 * ((p - 1) / p) * d * beta) : 0);
  const model = {
    alphaSeconds: alpha,
    betaSecondsPerNumber: beta,
    workSeconds: serial,
    messages,
    foretold: { strongMs: 1000 * time(2, serial), weakMs: 1000 * time(2, 2 * serial) },
    // Strong: the one batch over p ranks. Weak: a batch of this size for each.
    projected: [2, 8, 32, 100, 1000].map((ranks) => ({
      ranks,
      strong: { speedup: serial / time(ranks, serial), efficiency: serial / time(ranks, serial) / ranks },
      weak: { efficiency: serial / time(ranks, ranks * serial) },
    })),
  };
  const machine = { ...provenance(), cores: cpus().length, priority: getPriority(), load };
  const text = `${JSON.stringify({ ...result, model, ...machine }, toFourDigits, 2)}\n`;
  if (options.out) writeFileSync(options.out, text);
  console.log(text);
}
