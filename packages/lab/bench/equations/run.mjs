/**
 * Differential equations of the literature: error against processor seconds, method by method and seed by seed.
 *
 *   node packages/lab/bench/equations/run.mjs [--problems poisson-257,heat-257] [--methods auto,gauss-newton,trust-region,lbfgs,ssbroyden,adam]
 *                                             [--seeds 1] [--seconds 60] [--share 1] [--settings '{"power":1}'] [--out FILE]
 *                                             [--fields FOLDER] [--dtype float64]
 *
 * A run is a line of runs/bench/equations.jsonl, appended when it ends; summary.mjs makes tables of them. One thread. Seconds are
 * processor time of the process from the call on, compilation included; evaluating the error, each time they have grown
 * by a tenth, is not. The error is the best so far: relative L2, or its root mean square where that is published.
 * --share takes a part of the points, for a try; --settings are options of gaussNewton(); --fields keeps the solution and its
 * error on a plane, for solutions.mjs to draw.
 */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { adam, auto, gaussNewton, lbfgs, ssbroyden, trustRegion } from "quadric";
import { solve } from "quadric/equations";
import { onnx } from "quadric/node";
import { processorMs, provenance, toFourDigits } from "../../../../bench/measure.mjs";
import { exactValues, relativeError } from "../../../quadric/dist/equations/comparison.js";
import { evaluatorOf } from "../../../quadric/dist/equations/evaluator.js";
import { asColumns, systemOf } from "../../../quadric/dist/equations/system.js";
import { rawFile } from "../rows.mjs";

const all = readdirSync(new URL("problems/", import.meta.url)).map((file) => file.slice(0, -4));
const { values: options } = parseArgs({
  options: {
    problems: { type: "string", default: "poisson-257" },
    methods: { type: "string", default: "gauss-newton,trust-region" },
    seeds: { type: "string", default: "1" },
    seconds: { type: "string", default: "60" },
    share: { type: "string", default: "1" },
    settings: { type: "string", default: "{}" },
    dtype: { type: "string", default: "float64" },
    out: { type: "string", default: rawFile("equations") },
    fields: { type: "string" },
  },
});

/** How points are redrawn where a problem allows it: where they say too little, or after many of the cheap steps. */
const often = { every: 500, from: 1 };
const settings = JSON.parse(options.settings);
const methods = {
  auto: { make: () => auto(), redraw: {} },
  "gauss-newton": { make: () => gaussNewton(settings), redraw: {} },
  "trust-region": { make: () => trustRegion(), redraw: {} },
  lbfgs: { make: () => lbfgs({ memory: 100 }), redraw: often },
  ssbroyden: { make: () => ssbroyden(), redraw: often },
  adam: { make: () => adam({ learningRate: 1e-3 }), redraw: often },
};

/** The exact solution at points, those held out by default, and a program that evaluates a field there. */
async function comparison({ held, exact }, u, terms, engine, data = held.draw(0, 2 ** 28)) {
  const { unknowns, init } = systemOf(terms);
  const drawn = init(0);
  const arrays = unknowns.map((unknown, k) => [unknown, drawn[k]]);
  const columns = asColumns(data);
  // The error of a float32 solution is known in float64.
  const exactly = { ...engine, dtype: "float64" };
  const evaluator = await evaluatorOf([u], held.coordinates, arrays, exactly);
  let target;
  if (typeof exact === "function") target = exactValues(exact, held.coordinates, data);
  else {
    const once = await evaluatorOf([exact], held.coordinates, [arrays[0]], exactly);
    target = await once.at(Float64Array.from(arrays[0][1].flatMap(({ data }) => [...data])), columns);
    once.dispose();
  }
  const values = (w) => evaluator.at(Float64Array.from(w), columns);
  return { target, values, error: async (w) => relativeError(await values(w), target), dispose: evaluator.dispose };
}

/** size × size points of the first two coordinates of a set, from the least to the largest; the others are in the middle. */
function planeOf(held, size) {
  const ranges = held
    .draw(0)
    .map((column) => [column.reduce((a, b) => Math.min(a, b)), column.reduce((a, b) => Math.max(a, b))]);
  const steps = [(i) => Math.floor(i / size), (i) => i % size];
  return ranges.map(([low, high], k) =>
    Float64Array.from(
      { length: size * size },
      (_, i) => low + ((high - low) * (steps[k]?.(i) ?? (size - 1) / 2)) / (size - 1),
    ),
  );
}

/** u and u − u* at w on a plane, with what solutions.mjs writes beside them. */
async function keepFields(name, problem, u, terms, engine, w) {
  const size = 96;
  const { target, values, dispose } = await comparison(problem, u, terms, engine, planeOf(problem.held, size));
  const solution = await values(w);
  dispose();
  mkdirSync(options.fields, { recursive: true });
  const error = solution.map((x, i) => x - target[i]);
  const axes = problem.held.coordinates.slice(0, 2);
  writeFileSync(
    join(options.fields, `${name}.json`),
    JSON.stringify({ size, axes, solution: [...solution], error: [...error] }, toFourDigits),
  );
}

async function run(name, method, seed) {
  const origin = provenance();
  const problem = (await import(`./problems/${name}.mjs`)).default;
  const engine = { backend: onnx({ threads: 1 }), dtype: options.dtype };
  const { make, redraw } = methods[method];
  const u = problem.solution();
  const terms = problem.terms(u, Number(options.share));
  const { error, dispose } = await comparison(problem, u, terms, engine);
  const scale = problem.rms ?? 1;
  const seconds = Number(options.seconds);
  const begin = processorMs();
  const curve = [];
  let [aside, next, best, steps, last] = [0, 0.1, Infinity, 0, undefined];
  const cpu = () => (processorMs() - begin - aside) / 1000;
  const note = async (w, at) => {
    const before = processorMs();
    best = Math.min(best, scale * (await error(w)));
    const { backprops } = last.counts;
    curve.push([at, best, steps, backprops, last.loss].map((x) => Number(x.toPrecision(4))));
    aside += processorMs() - before;
  };
  const solution = await solve(terms, {
    ...engine,
    seed,
    method: make(),
    ...(problem.redraw && { redraw: { ...problem.redraw, ...redraw } }),
    maxIterations: 1e7,
    async callback(event, w) {
      steps++;
      last = event;
      const at = cpu();
      if (at < next && at < seconds) return;
      await note(w, at);
      next = at * 1.1;
      return at >= seconds ? "stop" : undefined;
    },
  });
  await note(solution.x, cpu());
  dispose();
  if (options.fields) await keepFields(name, problem, u, terms, engine, solution.x);
  const { status, message, choice, value } = solution;
  const { counts } = last;
  return {
    ...{
      problem: name,
      method,
      seed,
      seconds,
      share: Number(options.share),
      ...(options.settings !== "{}" && { settings }),
      ...(options.dtype !== "float64" && { dtype: options.dtype }),
      ...origin,
    },
    ...{
      parameters: solution.x.length,
      choice: choice.method,
      because: choice.because,
      status,
      message,
      steps,
      value,
      best,
      spent: cpu(),
      counts,
      curve,
    },
  };
}

const atOf = (curve, time) => curve.findLast(([at]) => at <= time)?.[1];

mkdirSync(dirname(options.out), { recursive: true });
for (const name of options.problems === "all" ? all : options.problems.split(",")) {
  if (!all.includes(name)) throw new RangeError(`run: problems must be among ${all.join(", ")}, got ${name}.`);
  for (const method of options.methods.split(",")) {
    if (!Object.hasOwn(methods, method)) {
      throw new RangeError(`run: methods must be among ${Object.keys(methods).join(", ")}, got ${method}.`);
    }
    for (const seed of options.seeds.split(",").map(Number)) {
      const line = await run(name, method, seed);
      appendFileSync(options.out, `${JSON.stringify(line)}\n`);
      const marks = [1, 10, 60, 300].filter((time) => time <= 1.2 * line.seconds);
      const errors = marks
        .map((time) => `${time} s ${atOf(line.curve, 1.02 * time)?.toExponential(1) ?? "–"}`)
        .join(", ");
      console.log(
        `${name} ${method} seed ${seed}: ${errors}; best ${line.best.toExponential(2)} after ${line.steps} steps, ` +
          `${line.counts.backprops} backprops, ${line.spent.toFixed(1)} s, ${line.status}`,
      );
    }
  }
}
