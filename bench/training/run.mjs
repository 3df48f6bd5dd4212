/**
 * Loss against seconds, backpropagations and examples of one kind of problem, method by method and seed by seed.
 *
 *   node bench/training/run.mjs KIND --methods "trust-region; adam:0.001" [--seeds 5] [--seconds 30]
 *
 * A run is a line of bench/results/training-KIND.jsonl, appended when it ends; runs that are there already are not run again.
 * Seconds are those of the process's processor time in steps, one thread: on a shared machine the wall clock measures its
 * neighbours. Compilation and evaluation stand outside. The loss is taken whenever the time has grown by a tenth.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { makeBatches } from "quadric";
import { onnx } from "quadric/node";
import { jsonLines, processorMs } from "../measure.mjs";
import { methodOf } from "./methods.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    methods: { type: "string", default: "trust-region" },
    seeds: { type: "string", default: "5" },
    from: { type: "string", default: "0" },
    seconds: { type: "string", default: "30" },
    out: { type: "string" },
  },
});
const [name] = positionals;
const { default: kind } = await import(`./kinds/${name}.mjs`);
const seconds = Number(options.seconds);
const out = options.out ?? new URL(`../results/training-${name}.jsonl`, import.meta.url);
const known = existsSync(out) ? jsonLines(out) : [];
const isKnown = (run) => known.some((line) => Object.entries(run).every(([key, value]) => line[key] === value));
const methods = options.methods.split(";").map((text) => text.trim());
const { version } = JSON.parse(readFileSync(new URL("../../packages/quadric/package.json", import.meta.url), "utf8"));

/** A deterministic problem: every batch is `undefined`. */
const noData = () => ({
  examples: 1,
  epochs: 0,
  batchSize: 1,
  draw: () => ({ epoch: 0, offset: 0, size: 1 }),
  batch: () => undefined,
  full: () => [undefined],
});
const batchesOf = (seed, size) => {
  if (!kind.data) return noData();
  const n = kind.data.x.shape[0];
  return makeBatches(kind.data, { batchSize: kind.full ? n : (size ?? kind.batchSize ?? 512), seed });
};
const lossAt = kind.loss ?? (async (objective, w) => (await objective.value(w, undefined)).value);
/** Runs `work` off the ledger and returns what it found. */
async function aside(objective, work) {
  const before = objective.ledger.counts();
  const result = await work();
  objective.ledger.restore(before);
  return result;
}

async function train(objective, { start, after, batchSize }, seed) {
  const batches = batchesOf(seed, batchSize);
  const about = { seed, batchShare: batches.batchSize / batches.examples };
  // Programs are compiled when they are first asked for, and code when it has run often: thirty steps that nobody counts.
  for (const optimizer of [start, ...(after ? [after] : [])]) {
    const trial = optimizer.start(objective, objective.initial, about);
    const others = batchesOf(seed, batchSize);
    await aside(objective, async () => {
      for (let k = 0; k < 30; k++) if ((await trial.step(others)).status) break;
    });
    trial.dispose();
  }
  let run = start.start(objective, objective.initial, about);
  const curve = [];
  let [cpu, wall, steps, accepted, status, next] = [0, 0, 0, 0, undefined, 0.005];
  const note = async () => {
    const loss = await aside(objective, () => lossAt(objective, run.parameters));
    const { backprops, examples } = objective.ledger.counts();
    // A run that diverges has no losses from there on.
    if (Number.isFinite(loss)) curve.push([cpu, loss, backprops, examples, steps].map((x) => Number(x.toPrecision(5))));
  };
  await note();
  let switched = !after;
  while (cpu < seconds && wall < 100 * seconds && !status) {
    if (!switched && cpu > seconds / 5) {
      switched = true;
      run = after.start(objective, run.parameters, about);
    }
    const [spent, begin] = [processorMs(), performance.now()];
    const record = await run.step(batches);
    cpu += (processorMs() - spent) / 1000;
    wall += (performance.now() - begin) / 1e3;
    steps++;
    accepted += Number(record.accepted);
    status = record.status;
    if (cpu >= next) {
      await note();
      next = cpu * 1.1;
    }
  }
  await note();
  const { parameters } = run;
  run.dispose();
  return {
    curve,
    steps,
    accepted,
    status: status ?? "budget-spent",
    wall,
    counts: objective.ledger.counts(),
    parameters,
  };
}

const backend = onnx();
for (let seed = Number(options.from); seed < Number(options.seeds); seed++) {
  for (const method of methods) {
    if (isKnown({ kind: name, method, seed, seconds })) continue;
    const objective = await kind.objective(seed, backend);
    const load = loadavg();
    const { parameters, ...result } = await train(objective, methodOf(method), seed);
    const test = kind.test?.of
      ? kind.test.of(objective.unflatten(parameters))
      : await kind.test?.measure(objective, parameters);
    objective.dispose();
    const machine = { cpu: cpus()[0].model, node: process.version, load: [load[0], loadavg()[0]] };
    const line = { kind: name, method, seed, seconds, quadric: version, machine, test, ...result };
    appendFileSync(out, `${JSON.stringify(line)}\n`);
    const [last] = result.curve.slice(-1);
    const least = Math.min(...result.curve.map(([, loss]) => loss));
    console.log(
      `${seed} ${method}: loss ${last[1].toExponential(2)}, least ${least.toExponential(2)} after ${last[0].toFixed(1)} s ` +
        `(${result.wall.toFixed(1)} on the wall), ${result.steps} steps, ${result.accepted} accepted, ${last[2]} backprops, ` +
        `${result.status}${test === undefined ? "" : `, ${kind.test.name} ${test.toPrecision(4)}`}`,
    );
  }
}
