/** The methods of the benchmarks of training: what a name on the command line or in a result stands for. */
import { adam, adamw, cubicRegularization, lbfgs, momentum, norms, relaxedCauchy, rmsprop, trustRegion } from "quadric";

/** First-order methods by their learning rate. */
const firstOrder = {
  adam: (learningRate) => adam({ learningRate }),
  adamw: (learningRate) => adamw({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate, beta: 0.99 }),
  momentum: (learningRate) => momentum({ learningRate }),
};
const secondOrder = { "trust-region": trustRegion, "relaxed-cauchy": relaxedCauchy, cubic: cubicRegularization };

/**
 * A method by its name: "trust-region" and "trust-region:{options}", "relaxed-cauchy" and "cubic" likewise, "adam:RATE" or
 * "adam:RATE@BATCH", "lbfgs" or "lbfgs:MEMORY", "adam:RATE+lbfgs", whose second method starts after a fifth of the time.
 */
export function methodOf(name) {
  if (name.includes("+")) {
    const [first, after] = name.split("+").map(methodOf);
    return { batchSize: undefined, start: first.start, after: after.start };
  }
  const [family, setting = ""] = name.split(/:(.*)/s);
  if (family === "lbfgs") return { start: lbfgs({ memory: Number(setting || 10) }) };
  if (family in secondOrder) {
    const { batchSize, norm, ...options } = setting ? JSON.parse(setting) : {};
    return { batchSize, start: secondOrder[family]({ ...options, ...(norm && { norm: normOf(norm) }) }) };
  }
  const [rate, batchSize] = setting.split("@").map(Number);
  return { batchSize, start: firstOrder[family](rate) };
}

/** A norm by its name and options: ["rmsprop", { "beta": 0.99 }] or "euclidean". */
function normOf(spec) {
  const [name, options] = [spec].flat();
  return norms[name](options);
}
