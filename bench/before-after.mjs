/**
 * This checkout and an earlier one on the same oracles and the same steps, in turns, as a ratio of processor times.
 *
 *   node bench/before-after.mjs OTHER_CHECKOUT [--nets mlp-128,…] [--rounds 5] [--ms 200] [--out FILE]
 *
 * Each is built (npm run build) and runs on one thread in a process that stays, so that both have warmed up and see the
 * machine in the same state; they take turns within each measurement. value, gradient, hvp (linearize and one product), hvp_kept
 * and ggn_kept (one more product inside a solve) are what oracles.mjs measures; a step is one of the trust region with
 * Gauss–Newton curvature in the RMSProp norm, tolerance 0.01 and at most ten products, on batches of 512 of 2,048 images;
 * how many products all of them took is printed, and has to be the same. Printed: median milliseconds, the median of the rounds' ratios now/before, the least
 * and the largest. With --out the table is written into docs/benchmark-tables.md, too.
 */
import { execFileSync, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { replaceBetween, table } from "../packages/lab/bench/markdown.mjs";
import { median, processorMs, provenance, toFourDigits } from "./measure.mjs";

const sizesOf = {
  "mlp-128": [784, 128, 10],
  "mlp-512-256": [784, 512, 256, 10],
  autoencoder: [784, 1000, 500, 250, 30, 250, 500, 1000, 784],
};
const own = fileURLToPath(new URL("..", import.meta.url));

/** Numbers in (0, 1) that are the same in both processes. */
const spread = (n) => Float32Array.from({ length: n }, (_, i) => 0.5 + 0.5 * Math.sin(12.9898 * i * (1 + (i % 784))));

/** The measurements of one checkout, each the milliseconds of one call. */
async function measurements(checkout, net) {
  const dist = join(checkout, "packages/quadric/dist");
  const library = await import(join(dist, "index.js"));
  const { onnx } = await import(join(dist, "node.js"));
  // Names as they were before the losses were one record.
  const losses = library.losses ?? library;
  const isNew = library.losses !== undefined;
  const { compileObjective, makeBatches, mlp, norms, regularizers, trustRegion } = library;

  const sizes = sizesOf[net];
  const network = mlp(sizes, { initializer: "lecun" });
  const classify = sizes.at(-1) === 10;
  const problem = {
    model: (params, { x }) => network.apply(params, x),
    loss: classify
      ? (z, { y }) => losses.crossEntropy(z, y)
      : (z, { x }) => losses.binaryCrossEntropy(z, x).mul(1 / 784),
    params: network.init(0),
  };
  const n = 2048;
  const x = { shape: [n, 784], data: spread(784 * n) };
  const y = { shape: [n], data: Int32Array.from({ length: n }, (_, i) => (7 * i + (i >> 3)) % 10) };
  const batches = makeBatches(classify ? { x, y } : { x }, { batchSize: 512, seed: 0 });
  const backend = onnx({ threads: 1 });
  const objective = await compileObjective(problem, { backend });
  // Without negative curvature on the way.
  const convex = await compileObjective({ ...problem, regularizer: regularizers.l2(10) }, { backend });
  const batch = batches.batch({ epoch: 0, offset: 0, size: 512 });
  const w = objective.initial;
  const v = w.map((_, i) => Math.sin(i));
  const out = w.slice();
  const A = new Float64Array(w.length).fill(1);
  const kept = {
    hvp_kept: await convex.linearize(w, batch, "hessian"),
    ggn_kept: await convex.linearize(w, batch, "gauss-newton"),
  };
  const settings = { norm: norms.rmsprop(), curvature: "gauss-newton" };
  const optimizer = trustRegion(
    isNew
      ? { ...settings, subproblem: { tolerance: 0.01, maxProducts: 10 }, sampling: { curvatureFraction: 1 } }
      : { ...settings, tolerance: 0.01, maxProducts: 10, curvatureFraction: 1 },
  );
  const run = optimizer.start(objective, w, isNew ? { batches } : { seed: 0, batchShare: 0.25 });

  const elapsed = async (f) => {
    const start = processorMs();
    await f();
    return processorMs() - start;
  };
  const solve = (linearization, maxProducts) => async () => {
    const rule = { radius: 1e9, tolerance: 1e-30, stoppingRule: "residual", maxProducts };
    const { products } = await linearization.solve(A, rule);
    if (products !== maxProducts) throw new Error(`before-after: must take ${maxProducts} products, got ${products}.`);
  };
  const marginal = (linearization) => async () =>
    ((await elapsed(solve(linearization, 7))) - (await elapsed(solve(linearization, 2)))) / 5;
  return {
    value: () => elapsed(() => objective.value(w, batch)),
    gradient: () => elapsed(() => objective.gradient(w, batch, out)),
    hvp: () =>
      elapsed(async () => {
        const linearization = await objective.linearize(w, batch, "hessian");
        await linearization.curvature.multiply(v);
        linearization.dispose();
      }),
    hvp_kept: marginal(kept.hvp_kept),
    ggn_kept: marginal(kept.ggn_kept),
    step: () => elapsed(() => run.step(batches)),
    products: () => objective.ledger.counts().ggnvps,
  };
}

/** A process that measures on demand: `ask(what, repeats)` resolves to the median of so many, or to a count. */
function start(checkout, net) {
  const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, BEFORE_AFTER: "1" } });
  const answers = [];
  child.on("message", (answer) => answers.shift().resolve(answer));
  child.on("exit", (code) => {
    for (const { reject } of answers) reject(new Error(`before-after: ${checkout} ended with ${code}.`));
  });
  const ask = (what, repeats = 1) =>
    new Promise((resolve, reject) => {
      answers.push({ resolve, reject });
      child.send({ checkout, net, what, repeats });
    });
  return { ask, stop: () => child.kill() };
}

if (process.env.BEFORE_AFTER) {
  let measures;
  process.on("message", async ({ checkout, net, what, repeats }) => {
    measures ??= await measurements(checkout, net);
    const times = [];
    for (let i = 0; i < repeats; i++) times.push(await measures[what]());
    process.send(median(times));
  });
} else {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      nets: { type: "string", default: Object.keys(sizesOf).join() },
      rounds: { type: "string", default: "5" },
      ms: { type: "string", default: "200" },
      out: { type: "string" },
    },
  });
  const other = resolve(positionals[0] ?? "");
  const origin = provenance();
  const begin = performance.now();
  const results = [];
  for (const net of options.nets.split(",")) {
    const [now, before] = [start(own, net), start(other, net)];
    // Compiled and warm.
    const names = ["value", "gradient", "hvp", "hvp_kept", "ggn_kept", "step"];
    for (const { ask } of [now, before]) for (const name of names) await ask(name, 5);
    for (const what of names) {
      const [first] = [await now.ask(what, 3), await before.ask(what, 3)];
      // The marginal time of a product takes nine of them.
      const ms = what.endsWith("kept") ? 9 * first : first;
      const repeats = Math.max(3, Math.min(40, Math.round(Number(options.ms) / ms)));
      const rounds = [];
      for (let round = 0; round < Number(options.rounds); round++) {
        const pair = {};
        // Who begins changes.
        for (const name of round % 2 ? ["now", "before"] : ["before", "now"])
          pair[name] = await (name === "now" ? now : before).ask(what, repeats);
        rounds.push(pair);
      }
      const ratios = rounds.map((pair) => pair.now / pair.before);
      const result = {
        net,
        what,
        nowMs: median(rounds.map((pair) => pair.now)),
        beforeMs: median(rounds.map((pair) => pair.before)),
        ratio: median(ratios),
        low: Math.min(...ratios),
        high: Math.max(...ratios),
      };
      results.push(result);
      console.log(JSON.stringify(result, toFourDigits));
    }
    results.at(-1).products = { now: await now.ask("products"), before: await before.ask("products") };
    console.log(JSON.stringify(results.at(-1).products));
    now.stop();
    before.stop();
  }
  if (options.out) {
    const before = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: other, encoding: "utf8" }).trim();
    const about = { ...origin, before, rounds: Number(options.rounds), minutes: (performance.now() - begin) / 60_000 };
    writeFileSync(options.out, `${JSON.stringify({ ...about, results }, toFourDigits, 1)}\n`);
    const fixed = (ratio) => ratio.toFixed(2);
    const nets = [...new Set(results.map(({ net }) => net))];
    const cell = (net, name) => {
      const { ratio, low, high } = results.find((result) => result.net === net && result.what === name);
      return `${fixed(ratio)} (${fixed(low)}–${fixed(high)})`;
    };
    const columns = {
      value: "value",
      gradient: "gradient",
      hvp: "Hessian product",
      hvp_kept: "one more",
      ggn_kept: "Gauss–Newton, one more",
      step: "step",
    };
    replaceBetween("benchmark-tables.md", "before-after", [
      `Commits ${origin.commit} and ${before}, ${options.rounds} rounds in turns, one thread; ${origin.cpu}, load ${origin.load[0]} at the start.`,
      "",
      ...table(
        ["net", ...Object.values(columns)],
        nets.map((net) => [net, ...Object.keys(columns).map((name) => cell(net, name))]),
      ),
    ]);
  }
}
