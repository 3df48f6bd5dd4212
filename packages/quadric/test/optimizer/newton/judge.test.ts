import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../../src/objective/closures.ts";
import { makeJudge } from "../../../src/optimizer/newton/judge.ts";
import type { LocalModel } from "../../../src/optimizer/newton/model.ts";
import type { BatchIndices, BatchSource } from "../../../src/optimizer/optimizer.ts";

const w = Float64Array.of(1);
const step = Float64Array.of(-1);

/** f = x²·(offset of the batch + 1), on four batches of one example each. */
function setting(ratioBatch: "same" | "independent" | "full", noise: number | "standard-error" = 0) {
  const objective = closuresObjective<unknown>(
    {
      value: ([x], batch) => x * x * ((batch as BatchIndices).offset + 1),
      gradient: ([x], batch) => Float64Array.of(2 * x * ((batch as BatchIndices).offset + 1)),
    },
    1,
    { checkDeterminism: false },
  );
  let drawn = 0;
  const batches: BatchSource = {
    ...{ examples: 4, epochs: 0, batchSize: 1, batch: (indices: BatchIndices) => indices },
    draw: (size = 1) => ({ epoch: 0, offset: drawn++ % 4, size }),
    full: () => [0, 1, 2, 3].map((offset) => ({ epoch: 0, offset, size: 1 })),
  };
  const judge = makeJudge(objective as never, { ratioBatch, noise, eta1: 0.5 });
  const model = {
    ...{ indices: { epoch: 0, offset: 9, size: 1 }, batch: { epoch: 0, offset: 9, size: 1 } },
    linearization: { value: 10, magnitude: 10 },
  } as unknown as LocalModel;
  const at = (point = w) => judge.evaluate({ w: point, step, trial: new Float64Array(1) }, 1, model, batches);
  return { objective, judge, at, batches, values: () => objective.ledger.counts().values };
}

describe("makeJudge()", () => {
  test("compares on the model's batch, on another, or on all of them", async () => {
    const same = setting("same");
    expect((await same.at()).decrease).toBe(10);
    expect(same.values()).toBe(1);
    const other = setting("independent");
    expect((await other.at()).decrease).toBe(1);
    expect(other.values()).toBe(2);
    const full = setting("full");
    expect((await full.at()).decrease).toBe(2.5);
    expect(full.values()).toBe(8);
  });

  test("has its ratio from decreases, rounding and noise", async () => {
    const rounding = 100 * 2 ** -52;
    expect((await setting("same").at()).ratio).toBeCloseTo((10 + rounding) / (1 + rounding), 14);
    // r = 2/(1 − ½) = 4.
    expect((await setting("same", 3).at()).ratio).toBeCloseTo(22 / 13, 12);
    expect((await setting("same", "standard-error").at()).ratio).toBeCloseTo(10, 12);
  });

  test("gives a step to where no number is an infinite rise, for no value", async () => {
    const { judge, batches, objective } = setting("same");
    const model = { batch: {}, linearization: { value: 1 } } as unknown as LocalModel;
    const far = { w: Float64Array.of(1e308), step: Float64Array.of(1e308), trial: new Float64Array(1) };
    const { decrease, ratio, after, standardError } = await judge.evaluate(far, 1, model, batches);
    expect([decrease, ratio, after, standardError]).toEqual([-Infinity, -Infinity, [], undefined]);
    expect(objective.ledger.counts().values).toBe(0);
  });

  test("keeps its evaluation batch for a model that is tried again, and draws another after it", async () => {
    const { judge, at, values } = setting("independent");
    await at();
    await at();
    expect(values()).toBe(3);
    judge.forget();
    expect((await at()).decrease).toBe(2);
    expect(values()).toBe(5);
  });

  test("knows the losses on all the data where a step has led", async () => {
    const { judge, at, values } = setting("full");
    const judged = await at();
    judge.accepted(judged);
    judge.forget();
    // At 0, to where it went; a step of −1 from there is an ascent.
    expect((await at(Float64Array.of(0))).decrease).toBe(-2.5);
    expect(values()).toBe(12);
    const other = setting("independent");
    other.judge.accepted(await other.at());
    expect((await other.at()).decrease).toBe(1);
  });

  test("tells a restart what to evaluate again", async () => {
    const same = setting("same");
    await same.at();
    expect(same.judge.pending()).toBeUndefined();
    const other = setting("independent");
    expect(other.judge.pending()).toBeUndefined();
    await other.at();
    expect(other.judge.pending()).toEqual({ scalars: { epoch: 0, offset: 0, size: 1 }, vectors: {} });
    const full = setting("full");
    await full.at();
    expect(full.judge.pending()).toEqual({ scalars: { full: 1 }, vectors: {} });
    for (const [first, ratioBatch] of [
      [other, "independent"],
      [full, "full"],
    ] as const) {
      const again = setting(ratioBatch);
      again.batches.draw();
      await again.judge.resume(first.judge.pending(), w, again.batches);
      const before = again.values();
      expect((await again.at()).decrease).toBe((await first.at()).decrease);
      expect(again.values() - before).toBe(ratioBatch === "full" ? 4 : 1);
      again.judge.reset();
      expect(again.judge.pending()).toBeUndefined();
    }
    const none = setting("full");
    await none.judge.resume(undefined, w, none.batches);
    expect(none.values()).toBe(0);
  });
});
