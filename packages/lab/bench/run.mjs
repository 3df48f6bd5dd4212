/**
 * Loss against seconds, backpropagations and examples of one problem, method by method and seed by seed.
 *
 *   node packages/lab/bench/run.mjs PROBLEM --methods "trust-region; adam:0.001" [--seeds 5] [--seconds 30] [--out FILE]
 *
 * A run is a line of runs/bench/PROBLEM.jsonl, appended when it ends; runs that are already there are not repeated.
 * summary.mjs makes of them what the repository keeps. Seconds are those of the process's processor time in steps, one
 * thread: on a shared machine the wall clock measures other processes. Compilation and evaluation are excluded. The
 * loss is evaluated each time the seconds have grown by a tenth.
 */
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { makeBatches } from "quadric";
import { onnx } from "quadric/node";
import { jsonLines, processorMs, provenance } from "../../../bench/measure.mjs";
import { noBatches } from "../../quadric/dist/training/batches.js";
import { methodOf } from "./methods.mjs";
import { rawFile } from "./rows.mjs";

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
const { default: problem } = await import(`./problems/${name}.mjs`);
const seconds = Number(options.seconds);
const out = options.out ?? rawFile(name);
mkdirSync(dirname(out), { recursive: true });
const known = existsSync(out) ? jsonLines(out) : [];
const isKnown = (run) => known.some((line) => Object.entries(run).every(([key, value]) => line[key] === value));
const methods = options.methods.split(";").map((text) => text.trim());

const batchesOf = (seed, size) => {
  if (!problem.data) return noBatches();
  const n = problem.data.x.shape[0];
  return makeBatches(problem.data, { batchSize: problem.full ? n : (size ?? problem.batchSize ?? 512), seed });
};
const lossAt = problem.loss ?? (async (objective, w) => (await objective.value(w, undefined)).value);

async function train(objective, { start, after, batchSize }, seed) {
  const batches = batchesOf(seed, batchSize);
  // Programs are compiled when they are first asked for, and code when it has run often: thirty steps that nobody
  // counts.
  for (const optimizer of [start, ...(after ? [after] : [])]) {
    const trial = optimizer.start(objective, objective.initial, { batches });
    const others = batchesOf(seed, batchSize);
    await objective.ledger.aside(async () => {
      for (let k = 0; k < 30; k++) if ((await trial.step(others)).status) break;
    });
    trial.dispose();
  }
  let run = start.start(objective, objective.initial, { batches });
  const curve = [];
  let [cpu, wall, steps, accepted, status, next] = [0, 0, 0, 0, undefined, 0.005];
  const note = async () => {
    const loss = await objective.ledger.aside(() => lossAt(objective, run.parameters));
    const { backprops, examples } = objective.ledger.counts();
    // A run that diverges has no losses from there on.
    if (Number.isFinite(loss)) curve.push([cpu, loss, backprops, examples, steps].map((x) => Number(x.toPrecision(5))));
  };
  await note();
  let switched = !after;
  while (cpu < seconds && wall < 100 * seconds && !status) {
    if (!switched && cpu > seconds / 5) {
      switched = true;
      run = after.start(objective, run.parameters, { batches });
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
    if (isKnown({ problem: name, method, seed, seconds })) continue;
    const objective = await problem.objective(seed, backend);
    const load = loadavg();
    const { parameters, ...result } = await train(objective, methodOf(method), seed);
    const test = problem.test?.of
      ? problem.test.of(objective.unflatten(parameters))
      : await problem.test?.measure(objective, parameters);
    objective.dispose();
    const origin = { ...provenance(), load: [load[0], loadavg()[0]] };
    const line = { problem: name, method, seed, seconds, ...origin, test, ...result };
    appendFileSync(out, `${JSON.stringify(line)}\n`);
    const [last] = result.curve.slice(-1);
    const least = Math.min(...result.curve.map(([, loss]) => loss));
    console.log(
      `${seed} ${method}: loss ${last[1].toExponential(2)}, least ${least.toExponential(2)} after ${last[0].toFixed(1)} s ` +
        `(${result.wall.toFixed(1)} on the wall), ${result.steps} steps, ${result.accepted} accepted, ${last[2]} backprops, ` +
        `${result.status}${test === undefined ? "" : `, ${problem.test.name} ${test.toPrecision(4)}`}`,
    );
  }
}
