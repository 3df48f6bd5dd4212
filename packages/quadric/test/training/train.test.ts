import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import type { Closures } from "../../src/objective/closures.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import type { CheckpointStore } from "../../src/training/checkpoint.ts";
import type { Reducer } from "../../src/training/reducer.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { memoryStore } from "../helpers/memory-store.ts";
import { type RegressionBatch, regression, teacher } from "../helpers/regression.ts";
import { run, start, untimed } from "../helpers/training.ts";

const region = trustRegion({ radius: { initial: 0.5 } });

describe("train()", () => {
  test("finds the teacher of a regression", async () => {
    const { parameters, status } = await run({ epochs: 30, optimizer: region });
    // Noise of 0.1 on 60 examples leaves the teacher uncertain by about that much.
    expect(parameters).toBeAllclose(teacher, { relative: 0.15 });
    expect(status).toBe("max-iterations");
  });

  test("gives the same bits for the same seed and others for another", async () => {
    const once = untimed(await run({ steps: 20, seed: 4 }));
    expect(untimed(await run({ steps: 20, seed: 4 }))).toEqual(once);
    expect((await run({ steps: 20, seed: 5 })).parameters).not.toEqual(once.parameters);
  });

  test("keeps one row of history a step, with counts that end as the result's", async () => {
    const { history, counts } = await run({ steps: 8, optimizer: region });
    expect(history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(history.at(-1)?.counts).toEqual(counts);
    expect(history.reduce((sum, { products }) => sum + products, 0)).toBe(counts.hvps);
  });

  test("keeps none of it if asked so, with the same iterates", async () => {
    const { history, parameters } = await run({ steps: 5, history: false });
    expect(history).toEqual([]);
    expect(parameters).toEqual((await run({ steps: 5 })).parameters);
  });

  test("ends by steps, epochs, backprops or seconds, whichever comes first", async () => {
    expect((await run({ steps: 5, epochs: 10 })).history).toHaveLength(5);
    expect((await run({ steps: 50, epochs: 1, optimizer: adam() })).history).toHaveLength(6);
    const spent = await run({ budget: { backprops: 20 }, optimizer: region });
    expect(spent.status).toBe("budget-spent");
    expect(spent.counts.backprops).toBeGreaterThanOrEqual(20);
    expect(spent.history.at(-2)!.counts.backprops).toBeLessThan(20);
    const timed = await run({ budget: { seconds: 0.02 }, optimizer: adam() });
    expect(timed.status).toBe("budget-spent");
    expect((await run({ steps: 0 })).parameters).toEqual(start);
  });

  test("stops when a callback says so, and passes it every row and the parameters", async () => {
    const seen: [number, Vector][] = [];
    const { status, history, parameters } = await run({
      callbacks: [
        async ({ step }, w) => {
          seen.push([step, w.slice()]);
          return step === 3 ? "stop" : undefined;
        },
      ],
    });
    expect(status).toBe("stopped");
    expect(history).toHaveLength(3);
    expect(seen[2]).toEqual([3, parameters]);
  });

  test("stops after the step in which its signal is aborted", async () => {
    const abort = new AbortController();
    const { status, history } = await run({
      signal: abort.signal,
      callbacks: [({ step }) => (step === 4 ? abort.abort() : undefined)],
    });
    expect([status, history.length]).toEqual(["stopped", 4]);
  });

  test("skips batches without a finite loss and gives up after ten in a row", async () => {
    const poisoned = (bad: (call: number) => boolean): Closures<RegressionBatch> => {
      let call = 0;
      return { ...regression, value: (w, batch) => (bad(++call) ? NaN : regression.value(w, batch)) };
    };
    const some = await run(
      { steps: 30, optimizer: adam() },
      poisoned((call) => call % 3 === 0),
    );
    expect(some.status).toBe("max-iterations");
    expect(some.history.filter(({ accepted }) => !accepted)).toHaveLength(10);
    const all = await run(
      { steps: 30, optimizer: adam() },
      poisoned((call) => call > 5),
    );
    expect(all).toMatchObject({ status: "nonfinite" });
    expect(all.history).toHaveLength(15);
    expect(all.parameters.every(Number.isFinite)).toBe(true);
  });

  test("takes ten epochs of batches of at most 512 by auto() unless told otherwise, and says so", async () => {
    expect((await run({ batchSize: undefined, steps: 1 })).choice.because).toMatch(/^full batch, 3 parameters/);
    const { history, message, steps, epochs } = await run({ batchSize: undefined, optimizer: adam() });
    expect(epochs).toBe(10);
    expect(history.length).toBe(steps);
    expect(message).toBe("All 10 epochs are over.");
    expect((await run({ steps: 2, epochs: undefined })).message).toBe("All 2 steps are taken.");
    expect((await run({ optimizer: adam(), budget: { backprops: 7 } })).message).toBe(
      "The budget of 7 backprops is spent.",
    );
  });

  test("hears every callback before it stops", async () => {
    const heard: string[] = [];
    const { message } = await run({
      callbacks: [
        () => {
          heard.push("first");
          return "stop";
        },
        () => void heard.push("second"),
      ],
    });
    expect([heard, message]).toEqual([["first", "second"], "Stopped by a callback."]);
  });

  test("saves every hundred steps and the last one, each once, unless told otherwise", async () => {
    const saved = async (every: number | undefined, steps: number) => {
      const at: number[] = [];
      const store = { save: async ({ step }: { step: number }) => void at.push(step), load: async () => undefined };
      await run({ optimizer: adam(), steps, history: false, checkpoint: { store, every } });
      return at;
    };
    expect(await saved(undefined, 201)).toEqual([100, 200, 201]);
    expect(await saved(2, 4)).toEqual([2, 4]);
    expect(await saved(1000, 0)).toEqual([0]);
  });

  test("says on which step a run is resumed, and that all of it is done", async () => {
    const store = memoryStore();
    const options = { optimizer: adam(), checkpoint: { store, every: 1000 } };
    const first = await run({ ...options, steps: 5 });
    const state = (await store.load())!;
    expect(state).toMatchObject({ format: 3, optimizer: "adam", seed: 0, size: 3, examples: 60, step: 5, best: false });
    expect(state.vectors.parameters).toEqual(first.parameters);
    const again = await run({ ...options, steps: 5 });
    expect([again.steps, again.history.length, again.counts]).toEqual([5, 0, first.counts]);
    const more = await run({ ...options, steps: 7 });
    expect(more.history.map(({ step }) => step)).toEqual([6, 7]);
  });

  test.each([
    [{ format: 2 }, "checkpoint: format must be 3, got 2: another version of quadric wrote it."],
    [{ optimizer: "sgd" }, "checkpoint: optimizer must be adam as in this run, got sgd."],
    [{ size: 4 }, "checkpoint: size must be 3 as in this run, got 4."],
    [{ examples: 50 }, "checkpoint: examples must be 60 as in this run, got 50."],
  ])("refuses a checkpoint with %o", async (change, message) => {
    const store = memoryStore();
    await run({ optimizer: adam(), steps: 1, checkpoint: { store } });
    const saved = (await store.load())!;
    const load = async () => ({ ...saved, ...change }) as typeof saved;
    await expect(run({ optimizer: adam(), steps: 2, checkpoint: { store: { ...store, load } } })).rejects.toThrow(
      message,
    );
  });

  test.each([
    [{ batchSize: 61 }, "batches: batchSize must be an integer in [1, 60] (the number of examples), got 61."],
    [{ steps: -1 }, "train: steps must be an integer >= 0, got -1."],
    [{ epochs: 0 }, "train: epochs must be > 0, got 0."],
    [{ seed: 0.5 }, "train: seed must be an integer >= 0, got 0.5."],
    [{ budget: { seconds: -1 } }, "train: budget.seconds must be > 0, got -1."],
    [{ checkpoint: { store: memoryStore(), every: 0 } }, "train: checkpoint.every must be an integer >= 1, got 0."],
  ])("refuses %o", async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});

describe("train() on ranks", () => {
  /** One rank of two, whose other one says what it does after every step. */
  function rankOf(rank: number, other: (step: number) => { stop?: boolean; aborted?: boolean } = () => ({})) {
    const agreed: object[] = [];
    const reducer = {
      rank,
      size: 2,
      distribution: {
        objective: (objective: unknown) => objective,
        batches: (batches: unknown) => batches,
        share: (batch: unknown) => batch,
        store: (store: CheckpointStore) => ({ ...store, save: async () => void agreed.push({ saved: true }) }),
        agreeOnData: async (checksum: number) => void agreed.push({ checksum }),
        agree: async (own: { stop: boolean; aborted: boolean }) => {
          agreed.push(own);
          const { stop = false, aborted = false } = other(agreed.length - 1);
          return { stop: own.stop || stop, aborted: own.aborted || aborted, seconds: 100 };
        },
      },
    } as unknown as Reducer;
    return { reducer, agreed };
  }
  const options = { optimizer: adam(), steps: 3 };

  test("agree on the data, and on time after every step", async () => {
    const { reducer, agreed } = rankOf(0);
    const { seconds, history, parameters } = await run({ ...options, reducer });
    expect(agreed[0]).toEqual({ checksum: expect.any(Number) });
    expect((agreed[0] as { checksum: number }).checksum).not.toBe(0);
    expect(agreed.slice(1)).toEqual(history.map(() => ({ stop: false, aborted: false, seconds: expect.any(Number) })));
    expect(seconds).toBe(100);
    expect(parameters).toEqual((await run(options)).parameters);
  });

  test("calls callbacks on the first one alone, and all end when it stops", async () => {
    let calls = 0;
    const callbacks = [
      () => {
        calls++;
        return "stop" as const;
      },
    ];
    expect((await run({ ...options, callbacks, reducer: rankOf(0).reducer })).history.length).toBe(1);
    expect(calls).toBe(1);
    expect((await run({ ...options, callbacks, reducer: rankOf(1).reducer })).history.length).toBe(3);
    expect(calls).toBe(1);
    const told = await run({ ...options, reducer: rankOf(1, (step) => ({ stop: step === 2 })).reducer });
    expect([told.history.length, told.message]).toEqual([2, "Stopped by a callback."]);
  });

  test("end by a signal once all of them know of it", async () => {
    const signal = AbortSignal.abort();
    const own = rankOf(0);
    const { history, status, message } = await run({ ...options, signal, reducer: own.reducer });
    expect([history.length, status, message]).toEqual([1, "stopped", "Stopped by its signal."]);
    expect(own.agreed[1]).toMatchObject({ aborted: true });
    const other = await run({ ...options, reducer: rankOf(1, (step) => ({ aborted: step === 1 })).reducer });
    expect([other.history.length, other.message]).toEqual([1, "Stopped by its signal."]);
  });

  test("save where their distribution does", async () => {
    const { reducer, agreed } = rankOf(0);
    const store = memoryStore();
    await run({ ...options, reducer, checkpoint: { store } });
    expect(agreed.at(-1)).toEqual({ saved: true });
    expect(await store.load()).toBeUndefined();
  });
});
