/**
 * A run resumed after any of its steps, the last one too, ends as one that was never stopped: bits, counts and status.
 */
import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { auto } from "../../../src/optimizer/auto.ts";
import { adam } from "../../../src/optimizer/first-order/adam.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { CheckpointStore, TrainingState } from "../../../src/training/checkpoint.ts";
import type { TrainOptions } from "../../../src/training/train.ts";
import { type RegressionBatch, regression } from "../../helpers/regression.ts";
import { run, untimed } from "../../helpers/training.ts";

/** NaN beyond a distance that a large rate reaches at once. */
const walled: Closures<RegressionBatch> = {
  ...regression,
  value: (w, batch) =>
    Math.hypot(...w) > 10 ? new Float64Array(batch.y.data.length).fill(Number.NaN) : regression.value(w, batch),
};

/** Saves every step, and keeps them all. */
function album(): { store: CheckpointStore; states: TrainingState[] } {
  const states: TrainingState[] = [];
  return {
    states,
    store: { save: async (state) => void states.push(structuredClone(state)), load: async () => undefined },
  };
}

const whole = { batchSize: 60 };
const converging = { tolerances: { relativeGradient: 1e-6 } };
const cases: [string, TrainOptions, string, Closures<RegressionBatch>?][] = [
  ["lbfgs on mini-batches", { optimizer: lbfgs(), steps: 12 }, "max-iterations"],
  ["lbfgs on all data, to a budget", { optimizer: lbfgs(), ...whole, budget: { backprops: 30 } }, "budget-spent"],
  ["lbfgs to convergence", { optimizer: lbfgs({ gradientTolerance: 1e-6 }), ...whole, steps: 200 }, "converged"],
  ["a trust region to convergence", { optimizer: trustRegion(converging), ...whole, steps: 200 }, "converged"],
  [
    "cubic regularization to convergence",
    { optimizer: cubicRegularization(converging), ...whole, steps: 200 },
    "converged",
  ],
  ["Newton's method for few parameters", { optimizer: auto(), ...whole, steps: 200 }, "converged"],
  ["the same on products", { optimizer: auto({ curvature: "hessian" }), ...whole, steps: 200 }, "converged"],
  ["sgd into a wall of NaN", { optimizer: sgd({ learningRate: 1e6 }), steps: 40 }, "nonfinite", walled],
  [
    "adam with early stopping",
    { optimizer: adam({ learningRate: 0.3 }), epochs: 100, validation: { fraction: 0.25, every: 2, patience: 3 } },
    "stopped",
  ],
  ["tr-rmsprop to its epochs", { optimizer: trustRegion({ norm: norms.rmsprop() }), epochs: 3 }, "max-iterations"],
];

describe.each(cases)("%s", (_, options, status, closures = regression) => {
  test("resumed after any step, it ends with the same bits, counts and status", async () => {
    const { store, states } = album();
    const { history, ...ended } = untimed(await run({ ...options, checkpoint: { store, every: 1 } }, closures));
    expect(ended.status).toBe(status);
    expect(states).toHaveLength(ended.steps);
    for (const saved of states) {
      const from = { save: async () => {}, load: async () => structuredClone(saved) };
      const { history: rest, ...resumed } = untimed(await run({ ...options, checkpoint: { store: from } }, closures));
      expect(resumed, `from step ${saved.step}`).toEqual(ended);
      expect(rest).toEqual(history.slice(saved.step));
    }
  });
});

describe("a resumed run", () => {
  const options: TrainOptions = { optimizer: adam(), steps: 5 };

  test("takes more steps, or has more patience, than the one before if it is given them", async () => {
    const { store, states } = album();
    await run({ ...options, checkpoint: { store, every: 5 } });
    const from = { save: async () => {}, load: async () => states[0] };
    expect((await run({ ...options, steps: 8, checkpoint: { store: from } })).steps).toBe(8);
  });

  test("refuses data of other numbers, of as many examples", async () => {
    const { store, states } = album();
    await run({ ...options, checkpoint: { store, every: 5 } });
    const changed = { save: async () => {}, load: async () => ({ ...states[0], data: states[0].data ^ 1 }) };
    await expect(run({ ...options, checkpoint: { store: changed } })).rejects.toThrow(
      "checkpoint: must be of the data of this run, got one of other numbers. Put the data back, or start a new run.",
    );
  });
});
