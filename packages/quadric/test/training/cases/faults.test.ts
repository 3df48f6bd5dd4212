/**
 * Which fault, at which moment, with which optimizer: parameters stay finite and the status says what happened.
 * `npm run tables` writes what was annotated as experiments/results/faults.md.
 */
import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { rmsprop } from "../../../src/optimizer/first-order/rmsprop.ts";
import { scheduleFree } from "../../../src/optimizer/first-order/schedule-free.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { subproblems } from "../../../src/subproblem/subproblems.ts";
import { train } from "../../../src/training/train.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { type RegressionBatch, regression, regressionData } from "../../helpers/regression.ts";
import { faulty } from "../../helpers/steps.ts";

const region = { radius: { initial: 0.5, grow: 2, shrink: 4 } };
const optimizers: readonly Optimizer[] = [
  sgd(),
  sgd({ momentum: 0.9 }),
  adagrad(),
  rmsprop(),
  adam(),
  adamw(),
  scheduleFree(),
  trustRegion({ ...region, norm: norms.euclidean() }),
  trustRegion({ ...region, norm: norms.adagrad() }),
  trustRegion({ ...region, norm: norms.rmsprop() }),
  trustRegion({ ...region, norm: norms.adam(), subproblem: { solver: subproblems.gltr() } }),
  cubicRegularization({ norm: norms.rmsprop() }),
];
const faults = [NaN, Infinity, -Infinity];
const closures = ["value", "gradient", "hvp"] as const;
const moments: Readonly<Record<string, (call: number) => boolean>> = {
  "from the start": () => true,
  "at the first call": (call) => call === 1,
  "once, later": (call) => call === 9,
  "every third time": (call) => call % 3 === 0,
  "from the middle on": (call) => call >= 9,
};

describe.each(optimizers.map((optimizer) => [optimizer.name, optimizer] as const))("%s", (name, optimizer) => {
  test.for(closures)("stays finite and truthful whatever comes from %s", async (closure, { annotate }) => {
    const cells: string[] = [];
    for (const [moment, isDue] of Object.entries(moments)) {
      const ends = new Set<string>();
      for (const fault of faults) {
        const poison = (answer: Vector) => answer.map(() => fault);
        const f = faulty(regression as unknown as Required<Closures>, {
          [closure]: (call: number, answer: unknown) => (isDue(call) ? poison(answer as Vector) : answer),
        });
        const objective = closuresObjective<RegressionBatch>(f as unknown as Closures<RegressionBatch>, 3, {
          examples: ({ y }) => y.shape[0],
          checkDeterminism: false,
        });
        const start = Float64Array.of(0.1, 2, -1);
        const options = { optimizer, batchSize: 10, steps: 25, seed: 1 };
        const { parameters, status, message, history } = await train(
          objective as never,
          start,
          regressionData(60),
          options,
        );
        expect(parameters.every(Number.isFinite)).toBe(true);
        expect(message).not.toBe("");
        const isUsed = closure !== "hvp" || history.some(({ products }) => products > 0);
        const isLasting = moment.startsWith("from");
        if (isLasting && isUsed) expect(["nonfinite", "stalled", "max-iterations"]).toContain(status);
        if (moment === "from the start" && closure === "gradient") {
          expect(status).toBe("nonfinite");
          expect(parameters).toEqual(start);
        }
        if (!isLasting) expect(status).toBe("max-iterations");
        ends.add(status);
      }
      cells.push([...ends].join(", "));
    }
    await annotate(`| ${name} | ${closure} | ${cells.join(" | ")} |`, "fault");
  });
});
