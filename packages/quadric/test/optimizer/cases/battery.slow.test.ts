/** One battery for all optimizers: problems they must solve, exact accounts, and states that continue bit for bit. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../../src/compiler/backends/jax/backend.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { norms } from "../../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { cdat } from "../../../src/optimizer/first-order/cdat.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import { rmsprop } from "../../../src/optimizer/first-order/rmsprop.ts";
import { scheduleFree } from "../../../src/optimizer/first-order/schedule-free.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { ssbroyden } from "../../../src/optimizer/lbfgs/ssbroyden.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { pivoted } from "../../../src/paper/pivot.ts";
import { paperTrustRegion } from "../../../src/paper/trust-region.ts";
import { warmStarted } from "../../../src/paper/warm-start.ts";
import { subproblems } from "../../../src/subproblem/subproblems.ts";
import { makeBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { type RegressionBatch, regression, regressionData } from "../../helpers/regression.ts";
import { cautious, quadratic, rosenbrock, startOn, takeSteps } from "../../helpers/steps.ts";

const bold = { radius: { initial: 0.5, max: 100, grow: 2, shrink: 4 } };
const textbook = { growOnlyAtBoundary: true, shrinkFrom: "step", keepBatchOnReject: true } as const;
const pivot = { epochs: 1, growth: 1.5, cap: 0.5 };

const firstOrder: readonly [string, Optimizer][] = [
  ["sgd", sgd({ learningRate: 1e-3 })],
  ["momentum", sgd({ momentum: 0.9, learningRate: 2e-4 })],
  ["adagrad", adagrad({ learningRate: 0.5 })],
  ["rmsprop", rmsprop({ learningRate: 0.02 })],
  ["adam", adam({ learningRate: 0.05 })],
  ["adamw", adamw({ learningRate: 0.05, weightDecay: 1e-3 })],
  ["schedule-free", scheduleFree({ learningRate: 0.05 })],
  [
    "sd-adam, rate from curvature",
    steepestDescent({ norm: norms.adam({ beta: 0.99 }), momentum: 0.9, averageIterates: true, rollback: true }),
  ],
  ["adam, rate from curvature", adam({ learningRate: cdat({ every: 3 }) })],
];
const secondOrder: readonly [string, Optimizer][] = [
  ["tr-euclidean", trustRegion({ ...bold, norm: norms.euclidean() })],
  ["tr-adagrad", trustRegion({ ...bold, norm: norms.adagrad() })],
  ["tr-rmsprop", trustRegion({ ...bold, norm: norms.rmsprop() })],
  ["tr-adam", trustRegion({ ...bold, norm: norms.adam() })],
  [
    "tr-rmsprop, rescaled",
    paperTrustRegion({ ...bold, norm: norms.rmsprop(), policy: { ...textbook, onNormChange: "rescale" } }),
  ],
  [
    "tr-adagrad, trace",
    paperTrustRegion({ ...bold, norm: norms.adagrad(), policy: { ...textbook, onNormChange: "trace" } }),
  ],
  ["tr-euclidean, gltr", trustRegion({ ...bold, norm: norms.euclidean(), subproblem: { solver: subproblems.gltr() } })],
  ["tr-rmsprop, exact", trustRegion({ ...bold, norm: norms.rmsprop(), subproblem: { solver: subproblems.exact() } })],
  ["tr-rmsprop, Gauss–Newton", trustRegion({ ...bold, norm: norms.rmsprop(), curvature: "gauss-newton" })],
  [
    "tr-rmsprop, independent ratio",
    trustRegion({ ...bold, norm: norms.rmsprop(), acceptance: { ratioBatch: "independent" } }),
  ],
  ["tr-rmsprop, full ratio", trustRegion({ ...bold, norm: norms.rmsprop(), acceptance: { ratioBatch: "full" } })],
  ["tr-rmsprop, new batches", paperTrustRegion({ ...bold, norm: norms.rmsprop() })],
  ["tr-rmsprop, pairs", trustRegion({ ...bold, norm: norms.rmsprop(), preconditioner: { memory: 5 } })],
  ["tr-rmsprop, momentum", trustRegion({ ...bold, norm: norms.rmsprop(), sampling: { momentum: 0.5 } })],
  [
    "tr-rmsprop, full ratio and pivot",
    pivoted(trustRegion({ ...bold, norm: norms.rmsprop(), acceptance: { ratioBatch: "full" } }), pivot),
  ],
  ["tr-rmsprop, pivot", pivoted(trustRegion({ ...bold, norm: norms.rmsprop() }), pivot)],
  [
    "tr-adagrad, warm start and pivot",
    warmStarted(pivoted(trustRegion({ ...bold, norm: norms.adagrad() }), pivot), {
      epochs: 0.5,
      optimizer: adagrad(),
      batchSize: 5,
    }),
  ],
  ["arc-euclidean", cubicRegularization({ norm: norms.euclidean() })],
  ["arc-rmsprop", cubicRegularization({ norm: norms.rmsprop() })],
  ["arc-adagrad", cubicRegularization({ norm: norms.adagrad() })],
  ["arc-adam", cubicRegularization({ norm: norms.adam() })],
];
const deterministic: readonly [string, Optimizer][] = [
  ["lbfgs", lbfgs()],
  ["ssbroyden", ssbroyden()],
  ["ssbfgs", ssbroyden({ variant: "ssbfgs" })],
];
const all = [...firstOrder, ...secondOrder, ...deterministic];
const isFirstOrder = (optimizer: Optimizer) => firstOrder.some(([, other]) => other === optimizer);
/** What stochastic batches make no sense for. */
const stochastic = [...firstOrder, ...secondOrder];

/** (x² − 1)²/4 + y²/2: saddle at 0, minima 0 at (±1, 0). */
const saddle: Closures = {
  value: ([x, y]) => (x * x - 1) ** 2 / 4 + (y * y) / 2,
  gradient: ([x, y]) => Float64Array.of(x ** 3 - x, y),
  hvp: ([x], [u, v]) => Float64Array.of((3 * x * x - 1) * u, v),
  ggnvp: ([x], [u, v]) => Float64Array.of(2 * x * x * u, v),
};

async function lossAfter(optimizer: Optimizer, f: Closures, start: readonly number[], count: number): Promise<number> {
  const { run } = await takeSteps(startOn(optimizer, f, start), count);
  return (await f.value(run.parameters, undefined)) as number;
}

describe.each(all)("%s", (_, optimizer) => {
  test("solves a quadratic of condition 100", async () => {
    const f = quadratic([1, 100], [-1, 50]);
    const gap = (await lossAfter(optimizer, f, [3, 3], isFirstOrder(optimizer) ? 500 : 60)) + 0.5 + 12.5;
    // From 448.5; first-order methods at one rate get where their rate lets them.
    expect(gap).toBeLessThan(isFirstOrder(optimizer) ? 5 : 1e-8);
  });

  test("descends into Rosenbrock's valley, second-order methods to its end", async () => {
    const loss = await lossAfter(optimizer, rosenbrock, [-1.2, 1], isFirstOrder(optimizer) ? 500 : 300);
    expect(loss).toBeLessThan(isFirstOrder(optimizer) ? 4.5 : 1e-8);
  });

  test("leaves the neighbourhood of a saddle", async () => {
    const loss = await lossAfter(optimizer, saddle, [1e-3, 0.5], isFirstOrder(optimizer) ? 12_000 : 100);
    expect(loss).toBeLessThan(isFirstOrder(optimizer) ? 0.2 : 1e-8);
  });

  // The problem has no Gauss–Newton matrix.
  const movesTensors = optimizer.settings.curvature !== "gauss-newton";
  test.runIf(movesTensors)("moves every tensor of a tree of matrices, vectors and scalars", async () => {
    const target = np.array([
      [1, -2, 0.5],
      [0, 3, 1],
    ]);
    const problem = {
      params: { layers: [np.zeros([2, 3]), np.zeros([3])], scale: np.array(0.5) },
      loss({ layers: [w, b], scale }: { layers: np.Array[]; scale: np.Array }) {
        return np.sum(np.square(np.subtract(np.multiply(scale, np.add(w, b)), target.ref)));
      },
    };
    const backend = jax({ device: "cpu" });
    const objective = await compileObjective(problem, { backend, dtype: "float32" });
    const run = optimizer.start(objective, objective.initial, { batches: cautious });
    const before = await objective.value(objective.initial, []);
    const one = {
      draw: () => ({ epoch: 0, offset: 0, size: 1 }),
      batch: () => [],
      full: () => [[]],
      examples: 1,
      epochs: 0,
      batchSize: 1,
    };
    // Cubic regularisation rejects some twenty steps before σ fits the tensors whose first gradient is zero.
    for (let k = 0; k < 30; k++) await run.step(one);
    const after = await objective.value(run.parameters, []);
    expect(after.value).toBeLessThan(before.value);
    for (const { offset, size } of objective.layout.tensors) {
      const moved = run.parameters.subarray(offset, offset + size).some((x, i) => x !== objective.initial[offset + i]);
      expect(moved).toBe(true);
    }
    run.dispose();
    objective.dispose();
  });

  test("reports as many products as the ledger booked, and the ledger as many calls as there were", async () => {
    const calls = { value: 0, gradient: 0, hvp: 0, ggnvp: 0 };
    const counted = Object.fromEntries(
      Object.entries(rosenbrock).map(([name, f]) => [
        name,
        (...args: unknown[]) => {
          calls[name as keyof typeof calls]++;
          return (f as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Closures;
    const { objective, records } = await takeSteps(startOn(optimizer, counted, [-1.2, 1]), 25);
    const counts = objective.ledger.counts();
    expect(counts.gradients).toBe(calls.gradient);
    expect(counts.hvps + counts.ggnvps).toBe(calls.hvp + calls.ggnvp);
    expect(records.reduce((sum, { products }) => sum + products, 0)).toBe(counts.hvps + counts.ggnvps);
    // Every gradient includes a value, which is not asked for again where a trial already gave it.
    expect(counts.values + counts.gradients).toBeGreaterThanOrEqual(calls.value);
  });
});

describe.each(stochastic)("%s on batches", (_, optimizer) => {
  const data = regressionData(40);
  const begin = () => {
    const objective = closuresObjective<RegressionBatch>(regression, 3, {
      examples: ({ y }) => y.shape[0],
      checkDeterminism: false,
    });
    const batches = makeBatches(data, { batchSize: 8, seed: 3 });
    return { objective, batches, run: optimizer.start(objective, Float64Array.of(0.1, 2, -1), { batches }) };
  };

  test("continues bit for bit from the state after any step, ledger included", async () => {
    const whole = begin();
    const snapshot = ({ run, batches, objective }: typeof whole) =>
      structuredClone({
        w: run.parameters,
        state: run.state(),
        batches: batches.state(),
        counts: objective.ledger.counts(),
      });
    const states: ReturnType<typeof snapshot>[] = [];
    for (let k = 0; k < 16; k++) {
      states.push(snapshot(whole));
      await whole.run.step(whole.batches);
    }
    for (let k = 0; k < 16; k++) {
      const saved = states[k];
      const { run, batches, objective } = begin();
      run.restore(saved.w, saved.state);
      batches.restore(saved.batches);
      objective.ledger.restore(saved.counts);
      for (let step = k; step < 16; step++) await run.step(batches);
      expect(snapshot({ run, batches, objective }), `resumed after ${k}`).toEqual(snapshot(whole));
    }
  });
});

test("damaged pairs are dropped, and the run continues", async () => {
  const optimizer = trustRegion({ ...bold, norm: norms.euclidean(), preconditioner: { memory: 4 } });
  const spoilt = await takeSteps(startOn(optimizer, rosenbrock, [-1.2, 1]), 3);
  const { scalars, vectors } = spoilt.run.state();
  const bad = { ...vectors, "descent.preconditioner.y": vectors["descent.preconditioner.y"].map(() => NaN) as Vector };
  spoilt.run.restore(spoilt.run.parameters, { scalars, vectors: bad });
  await takeSteps(spoilt, 40);
  expect(spoilt.records.at(-1)!.loss).toBeLessThan(1e-6 * spoilt.records[3].loss);
  expect(spoilt.run.parameters.every(Number.isFinite)).toBe(true);
});

test("a rejected step lies among those that were resumed", async () => {
  const objective = closuresObjective<RegressionBatch>(regression, 3, { examples: ({ y }) => y.shape[0] });
  const batches = makeBatches(regressionData(40), { batchSize: 8, seed: 3 });
  for (const [, optimizer] of secondOrder.slice(0, 3)) {
    const run = optimizer.start(objective, Float64Array.of(0.1, 2, -1), { batches });
    const accepted = [];
    for (let k = 0; k < 16; k++) accepted.push((await run.step(batches)).accepted);
    expect(accepted).toContain(false);
  }
});
