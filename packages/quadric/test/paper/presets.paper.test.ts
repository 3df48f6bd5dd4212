/** The released settings of the paper, and what a run makes of pivots and warm starts. */
import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { pivoted } from "../../src/paper/pivot.ts";
import { presets } from "../../src/paper/presets.ts";
import { warmStarted } from "../../src/paper/warm-start.ts";
import { makeBatches } from "../../src/training/batches.ts";
import { type RegressionBatch, regression, regressionData } from "../helpers/regression.ts";

describe("presets.paper", () => {
  test("make valid trust regions named by their norm", () => {
    for (const preset of Object.values(presets.paper)) {
      for (const [norm, options] of Object.entries(preset.trustRegion)) {
        expect(trustRegion(options).name).toBe(`tr-${norm}`);
      }
    }
  });

  test("hold the row of the Fashion-MNIST MLP", () => {
    const { trustRegion: options, batchSize, penalty, steps, baselines } = presets.paper["fashion-mnist-mlp"];
    expect([batchSize, penalty, steps]).toEqual([512, 1e-4, 20_000]);
    expect(trustRegion(options.rmsprop).settings).toMatchObject({
      norm: "rmsprop",
      radius: 1e-4,
      maxRadius: 10,
      increase: 1.1,
      decrease: 1.75,
      eta1: 0.01,
      eta2: 0.95,
      growOnlyAtBoundary: false,
      shrinkFrom: "radius",
      keepBatchOnReject: false,
      radiusOnNormChange: "keep",
      tolerance: 0.1,
      stoppingRule: "decrease",
      maxProducts: 50,
      memoryBudget: 0,
      pivot: { epochs: 10, growth: 1.05, cap: 0.2, restore: "all" },
    });
    expect(options.adagrad).toMatchObject({ radius: 0.05, decrease: 1.5, eta2: 0.95 });
    expect(options.euclidean).toMatchObject({ radius: 0.05, decrease: 1.25, eta2: 0.8 });
    expect(baselines).toEqual({ batchSize: 128, learningRate: { sgd: 5e-3, adagrad: 5e-3, rmsprop: 1e-4 } });
  });

  test("hold the row of the MNIST autoencoder, with its warm start", () => {
    const { trustRegion: options, batchSize, penalty, steps } = presets.paper["mnist-autoencoder"];
    expect([batchSize, penalty, steps]).toEqual([128, 0, 50_000]);
    expect(options.adagrad).toMatchObject({
      radius: 0.01,
      maxRadius: 5,
      increase: 1.25,
      decrease: 1.5,
      eta1: 1e-7,
      eta2: 0.8,
    });
    expect(options.rmsprop).toMatchObject({ decrease: 1.1, pivot: { epochs: 5, growth: 1.025, cap: 0.05 } });
    expect(trustRegion(options.euclidean).settings.warmStart).toMatchObject({
      epochs: 1,
      batchSize: 128,
      optimizer: "rmsprop",
    });
  });
});

const begin = () => {
  const objective = closuresObjective<RegressionBatch>(regression, 3, {
    examples: ({ y }) => y.shape[0],
    checkDeterminism: false,
  });
  return {
    objective,
    batches: makeBatches(regressionData(40), { batchSize: 8, seed: 1 }),
    start: Float64Array.of(0.1, 2, -1),
  };
};

const cautious = { norm: norms.rmsprop() };

describe("warmStarted()", () => {
  test("lets the other method take E epochs on its own batches, then starts from where it got", async () => {
    const { objective, batches, start } = begin();
    const run = warmStarted(trustRegion(cautious), {
      epochs: 1,
      optimizer: adagrad({ learningRate: 0.1 }),
      batchSize: 4,
    }).start(objective, start, { seed: 0 });
    const records = [];
    for (let k = 0; k < 12; k++) records.push(await run.step(batches));
    // Ten batches of four are one epoch.
    expect(records.map(({ radius }) => radius !== undefined)).toEqual([...Array(10).fill(false), true, true]);
    const alone = begin();
    const warm = adagrad({ learningRate: 0.1 }).start(alone.objective, start, { seed: 0 });
    alone.batches.batchSize = 4;
    for (let k = 0; k < 10; k++) await warm.step(alone.batches);
    alone.batches.batchSize = 8;
    const main = trustRegion(cautious).start(alone.objective, warm.parameters, { seed: 0 });
    for (let k = 0; k < 2; k++) await main.step(alone.batches);
    expect(run.parameters).toEqual(main.parameters);
  });

  test("refuses what makes no sense", () => {
    expect(() => warmStarted(sgd(), { epochs: 0, optimizer: sgd() })).toThrow("warmStart: epochs must be > 0, got 0.");
  });
});

describe("pivoted()", () => {
  test("keeps a period that lowered the full loss, and charges the full value", async () => {
    const { objective, batches, start } = begin();
    const run = pivoted(sgd({ learningRate: 0.05 }), { epochs: 1, growth: 1.5, cap: 0.5 }).start(objective, start, {
      seed: 0,
    });
    const records = [];
    for (let k = 0; k < 6; k++) records.push(await run.step(batches));
    expect(records.map(({ pivot }) => pivot)).toEqual([...Array(5).fill(undefined), "kept"]);
    // At the start and after the epoch: five chunks of eight each time.
    expect(objective.ledger.counts()).toMatchObject({ values: 10, gradients: 6 });
    expect(batches.batchSize).toBe(8);
  });

  test("undoes a period that raised it, state of the method included, and enlarges the batch up to its cap", async () => {
    const { batches, start } = begin();
    // After the first full value, which has five chunks, every loss is said to be worse by 100.
    let calls = 0;
    const value: typeof regression.value = (w, batch) =>
      (regression.value(w, batch) as Float64Array).map((loss) => loss + (calls < 5 ? 0 : 100));
    const counting: typeof regression.value = (w, batch) => {
      const losses = value(w, batch);
      calls++;
      return losses;
    };
    const options = { examples: ({ y }: RegressionBatch) => y.shape[0], checkDeterminism: false };
    const objective = closuresObjective<RegressionBatch>({ ...regression, value: counting }, 3, options);
    const method = pivoted(trustRegion({ radius: 0.5 }), { epochs: 1, growth: 1.5, cap: 0.5 });
    const run = method.start(objective, start, { seed: 0 });
    const sizes: number[] = [];
    const radii: (number | undefined)[] = [];
    for (let k = 0; k < 40; k++) {
      const { pivot, radius } = await run.step(batches);
      if (pivot === undefined) continue;
      expect(pivot).toBe("rolled-back");
      radii.push(radius);
      sizes.push(batches.batchSize);
    }
    // Every period begins again at Δ₀, the snapshot's; 8, 12, 18, then half of the forty examples.
    expect(new Set(radii)).toEqual(new Set([0.5]));
    expect(sizes.slice(0, 4)).toEqual([12, 18, 20, 20]);
  });

  test("refuses what makes no sense", () => {
    const options = { epochs: 1, growth: 1.5, cap: 0.5 };
    expect(() => pivoted(sgd(), { ...options, epochs: 0 })).toThrow("pivot: epochs must be > 0, got 0.");
    expect(() => pivoted(sgd(), { ...options, growth: 0.5 })).toThrow("pivot: growth must be >= 1, got 0.5.");
    expect(() => pivoted(sgd(), { ...options, cap: 2 })).toThrow("pivot: cap must be in (0, 1], got 2.");
  });
});
