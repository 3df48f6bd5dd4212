import { describe, expect, test } from "vitest";
import { makeLedger } from "../../src/objective/ledger.ts";
import type { StepRecord } from "../../src/optimizer/optimizer.ts";
import { noBatches } from "../../src/training/batches.ts";
import { type Limits, type LoopParts, runLoop, type StepEvent } from "../../src/training/loop.ts";

const fine: StepRecord = { loss: 1, gradientNorm: 1, accepted: true, products: 0 };

/** A loop over these steps, each of which draws a batch and books two gradients. */
async function looped(steps: readonly Partial<StepRecord>[], limits: Limits = {}, more: Partial<LoopParts> = {}) {
  const batches = { ...noBatches() };
  let drawn = 0;
  Object.defineProperty(batches, "epochs", { get: () => drawn / 4 });
  const ledger = makeLedger();
  const events: StepEvent[] = [];
  const state = { step: 0, seconds: 0, failedBatches: 0 };
  const run = {
    async step() {
      drawn++;
      ledger.book("gradients", 3, 2);
      return { ...fine, ...steps[Math.min(drawn, steps.length) - 1] } as StepRecord;
    },
  };
  const ending = await runLoop({
    ...{ run: run as never, batches, ledger, limits, state },
    async afterStep(event) {
      events.push(event);
      return undefined;
    },
    ...more,
  });
  return { ending, events, state };
}

describe("runLoop()", () => {
  test("numbers its steps, and tells what was drawn and spent", async () => {
    const { events, state, ending } = await looped([{}], { steps: 3 });
    expect(events.map(({ step, epochs, counts }) => [step, epochs, counts.backprops, counts.examples])).toEqual([
      [1, 0.25, 2, 6],
      [2, 0.5, 4, 12],
      [3, 0.75, 6, 18],
    ]);
    expect(events[2].seconds).toBeGreaterThanOrEqual(events[0].seconds);
    expect(state).toMatchObject({ step: 3, failedBatches: 0, seconds: events[2].seconds });
    expect(ending).toEqual({ status: "max-iterations", message: "All 3 steps are taken." });
  });

  test.each<[Limits, string, string, number]>([
    [{ steps: 0 }, "max-iterations", "All 0 steps are taken.", 0],
    [{ epochs: 0.5, steps: 9 }, "max-iterations", "All 0.5 epochs are over.", 2],
    [{ backprops: 5, steps: 9 }, "budget-spent", "The budget of 5 backprops is spent.", 3],
    [{ backprops: 4 }, "budget-spent", "The budget of 4 backprops is spent.", 2],
  ])("ends at the limits %o", async (limits, status, message, count) => {
    const { ending, events } = await looped([{}], limits);
    expect([ending, events.length]).toEqual([{ status, message }, count]);
  });

  test("ends where its time is over, which is time in steps", async () => {
    const state = { step: 0, seconds: 2, failedBatches: 0 };
    const { ending, events } = await looped([{}], { seconds: 2 }, { state });
    expect([ending.message, events.length]).toEqual(["The budget of 2 seconds is spent.", 0]);
  });

  test("ends as the method says, or as the caller does, in this order", async () => {
    const converged = { status: "converged", reason: "step", message: "Done." } as const;
    const stopped = { status: "stopped", message: "Enough." } as const;
    const first = await looped([{}, converged], {}, {});
    expect([first.ending, first.events.length]).toEqual([converged, 2]);
    const both = await looped([converged], {}, { afterStep: async () => stopped });
    expect(both.ending).toEqual(converged);
    expect((await looped([{}], {}, { afterStep: async () => stopped })).ending).toEqual(stopped);
    expect((await looped([{ status: "stalled" }])).ending).toEqual({ status: "stalled", message: "" });
  });

  test("takes no step after its signal", async () => {
    const { ending, events } = await looped([{}], { steps: 3 }, { signal: AbortSignal.abort() });
    expect([ending, events]).toEqual([{ status: "stopped", message: "Stopped by its signal." }, []]);
  });

  test("lets an abort through that waits for its turn", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 60);
    const { ending } = await looped([{}], {}, { signal: abort.signal });
    expect(ending.message).toBe("Stopped by its signal.");
  });

  test.each<[string, Partial<StepRecord>]>([
    ["the loss", { loss: Number.NaN, accepted: false }],
    ["the gradient", { gradientNorm: Infinity, accepted: false }],
    ["the curvature", { accepted: false, outcome: "nonfinite", stepNorm: 0, radius: 1 }],
  ])("gives up at once where %s of a function is not finite", async (_, record) => {
    const { ending, events } = await looped([record], { steps: 30 });
    expect(ending).toEqual({
      status: "nonfinite",
      message: "The loss, its gradient or its curvature was not finite at the current point.",
    });
    expect(events.length).toBe(1);
  });

  test("gives up after ten batches in a row on which there was no step, not after nine", async () => {
    const bad = { loss: Number.NaN, accepted: false };
    const batches = { ...noBatches(), batchSize: 1, examples: 2 };
    const nine = [...Array.from({ length: 9 }, () => bad), {}];
    const { events } = await looped([...nine, ...nine, {}], { steps: 25 }, { batches });
    expect(events.length).toBe(25);
    const { ending, events: until } = await looped([{}, bad], { steps: 30 }, { batches });
    expect(ending).toEqual({
      status: "nonfinite",
      message: "The loss, its gradient or its curvature was not finite on 10 batches in a row.",
    });
    expect(until.length).toBe(11);
  });

  test("goes on after steps that were refused, or short for another reason", async () => {
    const refused = { accepted: false, outcome: "boundary", stepNorm: 0, radius: 1 } as const;
    const shrunk = { accepted: false, outcome: "nonfinite", stepNorm: 1, radius: 1 } as const;
    const accepted = { loss: Number.NaN };
    const { ending } = await looped([refused, shrunk, accepted], { steps: 5 });
    expect(ending.status).toBe("max-iterations");
  });
});
