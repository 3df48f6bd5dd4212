/**
 * fitTfjs and TensorFlow.js's Adam on the kinds of tfjs/kinds.mjs: the time in which fitTfjs, compilation included,
 * reaches the best loss that Adam finds within some seconds at the better of two learning rates, over the time in which
 * Adam finds it.
 *
 *   node bench/tfjs.mjs [--seconds 10] [--kinds lstm,gru] [--backend wasm] [--out FILE]
 *
 * Time is that of the processor, which other processes hardly lengthen; both sides compute in one thread. Adam has
 * batches of 32 and the learning rates 0.01 and 0.001. Losses are those of all data at the current weights, evaluated
 * with the clock stopped, at most 40 times a run for Adam. Needs the built library. `--backend wasm` needs
 * @tensorflow/tfjs-backend-wasm and leaves out what that cannot train.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { fitTfjs } from "quadric/tfjs";
import { processorMs, provenance } from "./measure.mjs";
import { kinds } from "./tfjs/kinds.mjs";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    kinds: { type: "string", default: Object.keys(kinds).join(",") },
    backend: { type: "string", default: "cpu" },
    out: { type: "string" },
  },
});
const seconds = Number(options.seconds);
await import(`@tensorflow/tfjs-backend-${options.backend}`);
await tf.setBackend(options.backend);

/** The loss of all data as training sees it: with regularizers, and batches normalized by their own statistics. */
function lossOf({ model, x, y }) {
  return tf.tidy(() => {
    const outputs = [model.apply(x, { training: true })].flat();
    const targets = [y].flat();
    const terms = outputs.map((output, o) => tf.mean((model.model ?? model).lossFunctions[o](targets[o], output)));
    return [...terms, ...model.calculateLosses()].reduce((sum, term) => tf.add(sum, term)).dataSync()[0];
  });
}

/** The least loss that Adam finds, and after how many milliseconds. */
async function adam(kind, rate) {
  const made = kinds[kind](tf, tfl);
  const { model, x, y, loss } = made;
  const optimizer = tf.train.adam(rate);
  model.compile({ optimizer, loss });
  const best = { loss: Number.POSITIVE_INFINITY, ms: 0 };
  let [clock, next] = [0, 0];
  while (clock < 1000 * seconds) {
    const before = processorMs();
    await model.fit(x, y, { epochs: 1, batchSize: 32, verbose: 0 });
    clock += processorMs() - before;
    if (clock < next) continue;
    // 40 evaluations, closer together at the beginning.
    next = Math.max(clock * 1.12, 1000 * seconds * 0.005);
    const now = lossOf(made);
    if (now < best.loss) Object.assign(best, { loss: now, ms: clock });
  }
  discard(made);
  optimizer.dispose();
  return best;
}

/** The milliseconds until fitTfjs has a loss as low; undefined if it has not within the seconds. */
async function ours(kind, goal) {
  const made = kinds[kind](tf, tfl);
  const { model, x, y, loss } = made;
  model.compile({ optimizer: "sgd", loss });
  const start = processorMs();
  let [stopped, reached, least] = [0, undefined, Number.POSITIVE_INFINITY];
  const tensors = tf.memory().numTensors;
  const run = await fitTfjs(model, x, y, {
    steps: 100_000,
    callbacks: () => {
      const clock = processorMs() - start - stopped;
      const before = processorMs();
      const now = lossOf(made);
      stopped += processorMs() - before;
      least = Math.min(least, now);
      if (now <= goal) reached = clock;
      return now <= goal || clock > 1000 * seconds ? "stop" : undefined;
    },
  });
  const { route, reason, status } = run;
  const tensorsLeft = tf.memory().numTensors - tensors;
  discard(made);
  return { ms: reached, least, route, reason, status, tensorsLeft };
}

function discard({ model, x, y }) {
  model.dispose();
  tf.dispose([x, y]);
}

const results = [];
for (const kind of options.kinds.split(",")) {
  let runs;
  try {
    runs = [await adam(kind, 0.01), await adam(kind, 0.001)];
  } catch (error) {
    console.log(
      `${kind}: not trained by TensorFlow.js on ${options.backend}: ${error.message.split("\n")[0].slice(0, 90)}`,
    );
    continue;
  }
  const better = runs[0].loss <= runs[1].loss ? 0 : 1;
  const goal = runs[better];
  const mine = await ours(kind, goal.loss);
  const ratio = mine.ms === undefined ? undefined : mine.ms / goal.ms;
  const result = { kind, rate: [0.01, 0.001][better], loss: goal.loss, adamMs: goal.ms, ...mine, ratio };
  results.push(result);
  const end =
    ratio === undefined
      ? `not reached (${mine.least.toPrecision(3)}, ${mine.status})`
      : `${ratio.toFixed(3)} of Adam's time`;
  console.log(
    `${kind.padEnd(14)} loss ${goal.loss.toPrecision(3).padEnd(9)} Adam ${(goal.ms / 1000).toFixed(2)} s  ours ${mine.ms === undefined ? "–" : (mine.ms / 1000).toFixed(2)} s  ${end}  ${mine.route}`,
  );
}
// What was not reached counts as if it were at the end of the seconds.
const ratios = results.map(({ ratio, adamMs }) => ratio ?? (1000 * seconds) / adamMs);
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`geometric mean over ${ratios.length} kinds: ${mean.toFixed(3)}`);
if (options.out)
  writeFileSync(
    options.out,
    `${JSON.stringify({ ...provenance(), seconds, backend: options.backend, mean, results }, null, 2)}\n`,
  );
