/** The methods of bench/training: what a name on the command line or in a result stands for. */
import { adam, adamw, cubicRegularization, lbfgs, momentum, norms, relaxedCauchy, rmsprop, trustRegion } from "quadric";
import { averageOfIterates } from "../../packages/quadric/dist/optimizer/iterate-average.js";

/** First-order methods by their learning rate. */
const firstOrder = {
  adam: (learningRate) => adam({ learningRate }),
  adamw: (learningRate) => adamw({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate, beta: 0.99 }),
  momentum: (learningRate) => momentum({ learningRate }),
};

/**
 * A method by its name: "trust-region" and "trust-region:{options}", "relaxed-cauchy" and "cubic" likewise, "adam:RATE" or
 * "adam:RATE@BATCH", "lbfgs" or "adam:RATE+lbfgs", the second one after a fifth of the time. "averaged METHOD" shows the average of its
 * iterates, "last METHOD" of a method that averages its last one.
 */
export function methodOf(name) {
  const [how, plain] = name.split(/ (.*)/s);
  if (how in shown) {
    const { start, batchSize } = methodOf(plain);
    return { batchSize, start: { start: (...args) => shown[how](start.start(...args), ...args) } };
  }
  if (name.includes("+")) {
    const [first, after] = name.split("+").map(methodOf);
    return { batchSize: undefined, start: first.start, after: after.start };
  }
  const [family, setting = ""] = name.split(/:(.*)/s);
  if (family === "lbfgs") return { start: lbfgs({ memory: Number(setting || 10) }) };
  const secondOrder = { "trust-region": trustRegion, "relaxed-cauchy": relaxedCauchy, cubic: cubicRegularization }[
    family
  ];
  if (secondOrder) {
    const { batchSize, norm, ...options } = setting ? JSON.parse(setting) : {};
    return { batchSize, start: secondOrder({ ...options, ...(norm && { norm: normOf(norm) }) }) };
  }
  const [rate, batchSize] = setting.split("@").map(Number);
  return { batchSize, start: firstOrder[family](rate) };
}

/** Runs that show other parameters than they would. */
const shown = {
  averaged(run, objective, start) {
    const mean = averageOfIterates(start, objective);
    let t = 0;
    return {
      get parameters() {
        return mean.show();
      },
      async step(batches) {
        const record = await run.step(batches);
        mean.update(run.parameters, ++t);
        return record;
      },
      dispose: () => run.dispose(),
    };
  },
  last: (run) => ({
    get parameters() {
      return run.state().vectors["run.w"];
    },
    step: (batches) => run.step(batches),
    dispose: () => run.dispose(),
  }),
};

/** A norm by its name and options: ["rmsprop", { "beta": 0.99 }] or "euclidean". */
function normOf(spec) {
  const [name, options] = [spec].flat();
  return norms[name](options);
}
