import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer, StepRecord } from "../../../src/optimizer/optimizer.ts";
import { subproblems } from "../../../src/subproblem/subproblems.ts";
import { makeBatches, noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { type RegressionBatch, regression, regressionData } from "../../helpers/regression.ts";
import { quadratic, rosenbrock } from "../../helpers/steps.ts";
import "../../helpers/matchers.ts";

const options = { checkDeterminism: false };
const onFunction = (optimizer: Optimizer) => {
  const objective: Objective = closuresObjective(rosenbrock, 2, options) as never;
  const batches = noBatches();
  return { objective, batches, run: optimizer.start(objective, Float64Array.of(-1.2, 1), { batches: undefined }) };
};
const onBatches = (batchSize: number) => (optimizer: Optimizer) => {
  const examples = ({ y }: RegressionBatch) => y.shape[0];
  const objective: Objective = closuresObjective<RegressionBatch>(regression, 3, { ...options, examples }) as never;
  const batches = makeBatches(regressionData(40), { batchSize, seed: 3 });
  return { objective, batches, run: optimizer.start(objective, Float64Array.of(3, 2, -4), { batches }) };
};

describe.each<
  [string, () => Optimizer, (optimizer: Optimizer) => ReturnType<typeof onFunction | ReturnType<typeof onBatches>>]
>([
  ["a trust region on a function", () => trustRegion(), onFunction],
  [
    "Steihaug's solver and pairs on a function",
    () => trustRegion({ subproblem: { solver: subproblems.steihaug() } }),
    onFunction,
  ],
  ["a certificate of second order", () => trustRegion({ tolerances: { curvature: 1e-6 } }), onFunction],
  ["cubic regularisation on a function", () => cubicRegularization(), onFunction],
  ["full batches", () => trustRegion({ norm: norms.hutchinson(), radius: { initial: 50 } }), onBatches(40)],
  ["mini-batches", () => trustRegion({ radius: { initial: 50, max: 100 } }), onBatches(10)],
  [
    "independent batches",
    () => trustRegion({ radius: { initial: 5 }, acceptance: { ratioBatch: "independent" } }),
    onBatches(10),
  ],
  ["all the data", () => trustRegion({ radius: { initial: 5 }, acceptance: { ratioBatch: "full" } }), onBatches(10)],
  [
    "averaged gradients",
    () => trustRegion({ radius: { initial: 5 }, sampling: { momentum: 0.9, curvatureFraction: 0.5 } }),
    onBatches(10),
  ],
  [
    "cubic regularisation",
    () => cubicRegularization({ norm: norms.adagrad(), sigma: { initial: 1e-3 } }),
    onBatches(10),
  ],
])("a run with %s", (_, optimizer, start) => {
  test("continues bit for bit from any step, and pays for nothing twice", async () => {
    const whole = start(optimizer());
    const [records, saved]: [StepRecord[], unknown[]] = [[], []];
    for (let k = 0; k < 14; k++) {
      saved.push({
        ...{ w: whole.run.parameters.slice(), state: structuredClone(whole.run.state()) },
        ...{ counts: whole.objective.ledger.counts(), drawn: whole.batches.state() },
      });
      records.push(await whole.run.step(whole.batches as never));
      if (records.at(-1)!.status) break;
    }
    expect(records.some(({ accepted }) => !accepted)).toBe(true);
    for (const [k, { w, state, counts, drawn }] of (
      saved as never[] as { w: Vector; state: never; counts: never; drawn: never }[]
    ).entries()) {
      const again = start(optimizer());
      for (let i = 0; i < 2; i++) await again.run.step(again.batches as never);
      again.run.restore(w, state);
      again.objective.ledger.restore(counts);
      again.batches.restore(drawn);
      for (let i = k; i < records.length; i++) expect(await again.run.step(again.batches as never)).toEqual(records[i]);
      expect([...again.run.parameters]).toEqual([...whole.run.parameters]);
      expect(again.objective.ledger.counts()).toEqual(whole.objective.ledger.counts());
      again.run.dispose();
    }
  });
});

describe("a run on a function", () => {
  test("starts with a tenth of the length of its start, or with what it is told", async () => {
    const radius = async (optimizer: Optimizer) => {
      const { run, batches } = onFunction(optimizer);
      return (await run.step(batches)).radius;
    };
    expect(await radius(trustRegion())).toBeAllclose(Math.hypot(1.2, 1) / 10);
    expect(await radius(trustRegion({ radius: { initial: 0.5 } }))).toBe(0.5);
    const g = rosenbrock.gradient(Float64Array.of(-1.2, 1), undefined) as Float64Array;
    expect(await radius(cubicRegularization())).toBeAllclose(Math.hypot(...g) / (1.2 ** 2 + 1));
    expect(await radius(cubicRegularization({ sigma: { initial: 0.5 } }))).toBe(0.5);
  });

  test("ends where a whole step is small beside loss and parameters, on data it does not", async () => {
    for (const optimizer of [trustRegion(), cubicRegularization()]) {
      const { run, batches } = onFunction(optimizer);
      let record = await run.step(batches);
      for (let k = 0; k < 200 && !record.status; k++) record = await run.step(batches);
      expect(record.status).toBe("converged");
      expect(run.parameters).toBeAllclose([1, 1], { relative: 1e-6 }); // ε_g = 1e-8 of a loss that vanishes
    }
  });

  test("prepares products, and solves of Steihaug's method in a diagonal norm", async () => {
    const uses = async (optimizer: Optimizer) => {
      const asked: unknown[] = [];
      const objective = {
        ...closuresObjective(rosenbrock, 2, options),
        prepare: async (_: undefined, all: unknown) => {
          asked.push(all);
        },
      };
      await optimizer.start(objective as never, Float64Array.of(1, 1), { batches: undefined }).prepare!(noBatches());
      return asked;
    };
    const plain = { value: true, curvature: "hessian", products: true };
    expect(await uses(trustRegion())).toEqual([plain]);
    expect(await uses(cubicRegularization())).toEqual([plain]);
    const steihaug = { subproblem: { solver: subproblems.steihaug() }, preconditioner: { memory: 3 } };
    expect(await uses(trustRegion(steihaug))).toEqual([{ ...plain, solve: { stoppingRule: "residual", memory: 3 } }]);
    expect(await uses(trustRegion({ ...steihaug, norm: norms.fullMatrix({ epsilon: 1 }) }))).toEqual([plain]);
  });

  test("asks the linearization itself for a solve of Steihaug's method, and for no other", async () => {
    const solves: unknown[] = [];
    const inner = closuresObjective(quadratic([1, 2], [-1, -1]) as Closures, 2, options);
    const objective = {
      ...inner,
      linearize: async (...args: Parameters<typeof inner.linearize>) => ({
        ...(await inner.linearize(...args)),
        solve: async (_: Float64Array, { radius }: { radius: number }) => {
          solves.push(radius);
          return {
            step: Float64Array.of(0.1, 0),
            stepNorm: 0.1,
            modelDecrease: 0.1,
            outcome: "interior",
            multiplier: 0,
            products: 1,
          };
        },
      }),
    };
    const step = (optimizer: Optimizer) =>
      optimizer
        .start(objective as never, Float64Array.of(0, 0), { batches: { batchSize: 1, examples: 1 } })
        .step(noBatches());
    await step(trustRegion({ subproblem: { solver: subproblems.gltr() } }));
    await step(cubicRegularization());
    expect(solves).toEqual([]);
    await step(trustRegion({ radius: { initial: 0.7 } }));
    expect(solves).toEqual([0.7]);
    await step(trustRegion({ norm: norms.fullMatrix({ epsilon: 1 }) }));
    expect(solves.length).toBe(1);
  });
});
