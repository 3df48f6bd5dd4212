import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { ConfigError } from "../../src/errors.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { adam } from "../../src/optimizer/first-order/adam.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { pivoted } from "../../src/paper/pivot.ts";
import { type CheckpointStore, optimizerAt } from "../../src/training/checkpoint.ts";
import type { TrainOptions } from "../../src/training/train.ts";
import { memoryStore } from "../helpers/memory-store.ts";
import { regression } from "../helpers/regression.ts";
import { run, untimed } from "../helpers/training.ts";

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

  test("resume bit for bit from any step, and continue the history", async () => {
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

  test("hold the state before a fault, so that a killed run continues", async () => {
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

describe("optimizerAt()", () => {
  const ended = async () => {
    const store = memoryStore();
    const optimizer = trustRegion({ radius: { initial: 0.5 } });
    const result = await run({ optimizer, steps: 6, checkpoint: { store } });
    return { saved: (await store.load())!, optimizer, result };
  };
  const objective = (size: number) => closuresObjective<never>(regression as never, size, { checkDeterminism: false });

  test("has the parameters and the norm of the run", async () => {
    const { saved, optimizer, result } = await ended();
    const { parameters, norm } = optimizerAt(saved, optimizer, objective(3) as never);
    expect(parameters).toEqual(result.parameters);
    expect(norm!.state().vectors).not.toEqual({});
    expect(norm!.name).toBe("rmsprop");
  });

  test("refuses another optimizer or another objective", async () => {
    const { saved, optimizer } = await ended();
    expect(() => optimizerAt(saved, adam(), objective(3) as never)).toThrow(
      new ConfigError("checkpoint: must be of adam of size 3, got trust-region of size 3."),
    );
    expect(() => optimizerAt(saved, optimizer, objective(4) as never)).toThrow(
      "checkpoint: must be of trust-region of size 4, got trust-region of size 3.",
    );
  });
});
