/** The methods of the benchmarks of training: what a name on the command line or in a result stands for. */
import {
  adam,
  adamw,
  auto,
  cdat,
  cubicRegularization,
  lbfgs,
  norms,
  rmsprop,
  scheduleFree,
  sgd,
  steepestDescent,
  trustRegion,
} from "quadric";
import { dog, ldog } from "./rivals/dog.mjs";
import { ponos, sls } from "./rivals/line-search.mjs";
import { mechanic } from "./rivals/mechanic.mjs";
import { muon } from "./rivals/muon.mjs";
import { prodigy } from "./rivals/prodigy.mjs";
import { sps } from "./rivals/sps.mjs";

/** First-order methods by their learning rate. */
const firstOrder = {
  adam: (learningRate) => adam({ learningRate }),
  adamw: (learningRate) => adamw({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate, beta: 0.99 }),
  momentum: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
};
/** Methods at their authors' one setting. */
const asPublished = {
  prodigy,
  dog,
  ldog,
  mechanic,
  sls,
  ponos,
  sps,
  muon,
  "schedule-free": () => scheduleFree(),
};
/** What `auto` takes on small batches: Adam's direction with a learning rate from curvature. */
const adamWithCdat = ({ norm = norms.adam({ beta: 0.99 }), momentum = 0.9, ...rate }) =>
  steepestDescent({ norm, momentum, learningRate: cdat(rate), averageIterates: true, rollback: true });

const withOptions = { "trust-region": trustRegion, "sd-adam": adamWithCdat, cubic: cubicRegularization };

/**
 * A method by its name: "trust-region", which is `auto()`, and "trust-region:{options}", "sd-adam" and "cubic"
 * likewise, "prodigy" and other rivals, "adam:RATE" or "adam:RATE@BATCH", "lbfgs" or "lbfgs:MEMORY", "adam:RATE+lbfgs", whose second method starts
 * after a fifth of the time.
 */
export function methodOf(name) {
  if (name.includes("+")) {
    const [first, after] = name.split("+").map(methodOf);
    return { batchSize: undefined, start: first.start, after: after.start };
  }
  const [family, setting = ""] = name.split(/:(.*)/s);
  if (family === "lbfgs") return { start: lbfgs({ memory: Number(setting || 10) }) };
  if (name in asPublished) return { start: asPublished[name]() };
  if (name === "trust-region") return { start: auto() };
  if (family in withOptions) {
    const { batchSize, norm, ...options } = setting ? JSON.parse(setting) : {};
    return { batchSize, start: withOptions[family]({ ...options, ...(norm && { norm: normOf(norm) }) }) };
  }
  const [rate, batchSize] = setting.split("@").map(Number);
  return { batchSize, start: firstOrder[family](rate) };
}

/** A norm by its name and options: ["rmsprop", { "beta": 0.99 }] or "euclidean". */
function normOf(spec) {
  const [name, options] = [spec].flat();
  return norms[name](options);
}
