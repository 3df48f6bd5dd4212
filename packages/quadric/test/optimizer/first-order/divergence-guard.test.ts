/** When a run has diverged, and where it continues. */
import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import { norms } from "../../../src/norm/norms.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { type CdatOptions, cdat } from "../../../src/optimizer/first-order/cdat.ts";
import { divergenceGuard } from "../../../src/optimizer/first-order/divergence-guard.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

const guarded = (options: CdatOptions = {}) =>
  steepestDescent({
    norm: norms.euclidean(),
    learningRate: cdat(options),
    averageIterates: true,
    rollback: true,
  });

describe("divergenceGuard()", () => {
  test("says nothing of the first nine losses, then that the mean may lose 2 % of what was gained", () => {
    const guard = divergenceGuard();
    const losses = [100, ...Array(60).fill(0)];
    expect(losses.some((loss) => guard.hasDiverged(loss))).toBe(false);
    // The mean of past losses is below 0.2; a loss of 18 has weight 0.1, so that the mean rises by 1.8, one of 25 by
    // 2.5.
    const resumed = divergenceGuard();
    resumed.restore(guard.state());
    expect(guard.hasDiverged(18)).toBe(false);
    expect(resumed.hasDiverged(25)).toBe(true);
  });

  test("calls a loss that is not finite a divergence at once, and starts its average over", () => {
    const guard = divergenceGuard();
    expect(guard.hasDiverged(Number.NaN)).toBe(true);
    for (let k = 0; k < 9; k++) expect(guard.hasDiverged(1e3 * k)).toBe(false);
  });
});

describe("rollback", () => {
  test("restarts from the average of its iterates if the loss is not finite, with half the rate", async () => {
    let broken = false;
    const f: Closures = {
      value: ([x]) => (broken ? Number.NaN : 0.5 * x * x),
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const steps = await takeSteps(startOn(guarded(), f, [1]), 3);
    const before = steps.records[2].learningRate!;
    const average = steps.run.parameters[0];
    broken = true;
    expect(await steps.run.step(steps.batches)).toMatchObject({ accepted: false, loss: Number.NaN });
    broken = false;
    const after = await steps.run.step(steps.batches);
    expect(after.loss).toBeAllclose(0.5 * average * average);
    expect(after.learningRate).toBeAllclose((before / 2) * 1.1);
  });

  test("restarts from the average of its iterates if batches lose 2 % of the improvement, with half the rate", async () => {
    let raised = 0;
    const f: Closures = {
      value: ([x]) => 0.5 * x * x + raised,
      gradient: ([x]) => Float64Array.of(x),
      hvp: (_, v) => v.slice(),
    };
    const steps = await takeSteps(startOn(guarded({ growth: 1.2 }), f, [10]), 40);
    expect(steps.records.every(({ accepted }) => accepted)).toBe(true);
    const before = steps.records.at(-1)!.learningRate!;
    // From 50 to nearly 0: a mean loss of 1 is a fiftieth, and one step weighs a tenth in the mean.
    raised = 9;
    expect((await steps.run.step(steps.batches)).accepted).toBe(true);
    const average = steps.run.parameters[0];
    expect(await steps.run.step(steps.batches)).toMatchObject({ accepted: false });
    raised = 0;
    const after = await steps.run.step(steps.batches);
    expect(after.loss).toBeAllclose(0.5 * average * average, { relative: 1e-6 });
    expect(after.learningRate).toBeAllclose((before / 2) * 1.2);
  });

  test("halves the rate of a schedule", async () => {
    let broken = false;
    const f = { ...quadratic([1]), value: () => (broken ? Number.NaN : 1) };
    const steps = await takeSteps(
      startOn(sgd({ learningRate: 0.1, averageIterates: true, rollback: true }), f, [1]),
      2,
    );
    broken = true;
    await takeSteps(steps, 1);
    broken = false;
    await takeSteps(steps, 1);
    expect(steps.records.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, undefined, 0.05]);
  });

  test("needs an average to return to", () => {
    expect(() => sgd({ rollback: true })).toThrow("sgd: rollback needs averageIterates: true, the point to return to.");
  });
});
