import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { ConfigError } from "../../src/errors.ts";
import { type Closures, closuresObjective } from "../../src/objective/closures.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { pivoted } from "../../src/paper/pivot.ts";
import type { CheckpointStore } from "../../src/training/checkpoint.ts";
import { type TrainOptions, type TrainResult, train } from "../../src/training/train.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { memoryStore } from "../helpers/memory-store.ts";
import { type RegressionBatch, regression, regressionData, teacher } from "../helpers/regression.ts";

const data = regressionData(60);
const start = Float64Array.of(0.1, 2, -1);
const region = trustRegion({ radius: { initial: 0.5 } });

function run(options: TrainOptions, closures: Closures<RegressionBatch> = regression): Promise<TrainResult> {
  const objective = closuresObjective(closures, 3, { examples: ({ y }) => y.shape[0], checkDeterminism: false });
  return train(objective as never, start, data, { batchSize: 10, ...options });
}

/** All but the clock. */
function untimed({ history, seconds: _, ...result }: TrainResult) {
  return { ...result, history: history.map(({ seconds: _, ...row }) => row) };
}

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

  test("keeps none of it if told so, and goes the same way", async () => {
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

  describe("validation", () => {
    const validation = { fraction: 0.25, every: 2 };

    test("is evaluated when due, on another ledger, and changes nothing else", async () => {
      const { history, monitoring, counts } = await run({ steps: 6, validation });
      expect(history.map((row) => row.validationLoss !== undefined)).toEqual([false, true, false, true, false, true]);
      // Fifteen held-out examples in chunks of ten: two values each time.
      expect(monitoring).toMatchObject({ values: 6, examples: 45, gradients: 0 });
      const unwatched = await run({ steps: 6, validation: { ...validation, every: 100 } });
      expect(unwatched.monitoring.values).toBe(0);
      expect(unwatched.counts).toEqual(counts);
      expect(unwatched.history.map(({ loss }) => loss)).toEqual(history.map(({ loss }) => loss));
      expect(data).toEqual(regressionData(60));
    });

    test("returns the best parameters, or the last ones if told to", async () => {
      const optimizer = sgd({ learningRate: 3 });
      const best = await run({ steps: 30, validation: { ...validation, every: 1 }, optimizer });
      const losses = best.history.map((row) => row.validationLoss!);
      expect(best.best).toMatchObject({ loss: Math.min(...losses), step: losses.indexOf(Math.min(...losses)) + 1 });
      expect(best.parameters).toEqual(best.best!.parameters);
      const last = await run({ steps: 30, validation: { ...validation, every: 1, keepBest: false }, optimizer });
      expect(last.parameters).not.toEqual(best.parameters);
    });

    test("stops when patience runs out", async () => {
      const { status, message, best, history } = await run({
        epochs: 1000,
        validation: { ...validation, every: 1, patience: 3 },
        optimizer: sgd({ learningRate: 3 }),
      });
      expect(status).toBe("stopped");
      expect(message).toContain(`since step ${best!.step}`);
      expect(history).toHaveLength(best!.step + 3);
    });

    test.each([
      [{}, "validation: need either data or fraction, got both or neither."],
      [{ fraction: 1 }, "validation: fraction must leave examples on both sides of 60, got 1."],
      [{ fraction: 0.5, every: 0 }, "validation: every must be an integer >= 1, got 0."],
    ])("refuses %o", async (options, message) => {
      await expect(run({ validation: options })).rejects.toThrow(message);
    });
  });

  describe("checkpoints", () => {
    const pivot = { epochs: 1, growth: 1.5, cap: 0.5 };
    const options: TrainOptions = {
      optimizer: pivoted(
        trustRegion({ radius: { initial: 0.5, grow: 2, shrink: 4 }, acceptance: { ratioBatch: "independent" } }),
        pivot,
      ),
      steps: 30,
      seed: 2,
      validation: { fraction: 0.2, every: 3 },
    };

    test("resume bit for bit from any step, and go on with the history", async () => {
      const whole = untimed(await run(options));
      for (const stop of [1, 7, 12, 29]) {
        const store = memoryStore();
        const checkpoint = { store, every: 1000 };
        await run({ ...options, steps: stop, checkpoint });
        const resumed = untimed(await run({ ...options, checkpoint }));
        expect({ ...resumed, history: [] }, `stopped after ${stop}`).toEqual({ ...whole, history: [] });
        expect(resumed.history).toEqual(whole.history.slice(stop));
      }
    });

    test("are saved every so many steps and at the end, and say which is the best", async () => {
      const saved: [number, boolean][] = [];
      const store: CheckpointStore = {
        save: async ({ step, best }) => void saved.push([step, best]),
        load: async () => undefined,
      };
      const { history } = await run({ ...options, checkpoint: { store, every: 12 } });
      expect(saved.map(([step]) => step)).toEqual([12, 24, 30]);
      for (const [step, isBest] of saved) {
        const losses = history.slice(0, step).map(({ validationLoss = Infinity }) => validationLoss);
        expect(isBest).toBe(losses.indexOf(Math.min(...losses)) === step - 1);
      }
    });

    test("hold the state before a fault, so that a killed run goes on", async () => {
      const whole = untimed(await run(options));
      const store = memoryStore();
      let calls = 0;
      const dying = {
        ...regression,
        hvp: (...args: Parameters<typeof regression.hvp>) => {
          if (++calls === 20) throw new Error("killed");
          return regression.hvp(...args);
        },
      };
      await expect(run({ ...options, checkpoint: { store, every: 4 } }, dying)).rejects.toThrow("killed");
      const resumed = await run({ ...options, checkpoint: { store, every: 4 } });
      expect(resumed.parameters).toEqual(whole.parameters);
      expect(resumed.counts).toEqual(whole.counts);
    });

    test("of another run are refused", async () => {
      const store = memoryStore();
      await run({ ...options, steps: 3, checkpoint: { store } });
      const again = (other: TrainOptions) => run({ ...options, checkpoint: { store }, ...other });
      await expect(again({ seed: 9 })).rejects.toThrow("checkpoint: seed must be 9 as in this run, got 2.");
      await expect(again({ optimizer: adam() })).rejects.toThrow(ConfigError);
    });
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

  test.each([
    [{ batchSize: 61 }, "batches: batchSize must be an integer in [1, 60] (the number of examples), got 61."],
    [{ steps: -1 }, "fit: steps must be an integer >= 0, got -1."],
    [{ epochs: 0 }, "fit: epochs must be > 0, got 0."],
    [{ seed: 0.5 }, "fit: seed must be an integer >= 0, got 0.5."],
    [{ budget: { seconds: -1 } }, "fit: budget.seconds must be > 0, got -1."],
    [{ checkpoint: { store: memoryStore(), every: 0 } }, "fit: checkpoint.every must be an integer >= 1, got 0."],
  ])("refuses %o", async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
