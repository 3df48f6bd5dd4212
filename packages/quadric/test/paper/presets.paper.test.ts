/** The released settings of the paper. */
import { describe, expect, test } from "vitest";
import { presets } from "../../src/paper/presets.ts";
import { paperTrustRegion } from "../../src/paper/trust-region.ts";

const problem = { layout: { size: 100_000 }, preferredCurvature: "gauss-newton" } as const;
const miniBatches = { batchSize: 1, examples: 100 };

describe("presets.paper", () => {
  test("have the Hessian", () => {
    for (const { trustRegion: options } of Object.values(presets.paper)) {
      for (const { curvature } of Object.values(options)) expect(curvature).toBe("hessian");
    }
  });

  test("make valid trust regions named by their norm", () => {
    for (const preset of Object.values(presets.paper)) {
      for (const [norm, options] of Object.entries(preset.trustRegion)) {
        expect(paperTrustRegion(options).name).toBe(`tr-${norm}`);
      }
    }
  });

  test("hold the row of the Fashion-MNIST MLP", () => {
    const { trustRegion: options, batchSize, penalty, steps, baselines } = presets.paper["fashion-mnist-mlp"];
    expect([batchSize, penalty, steps]).toEqual([512, 1e-4, 20_000]);
    const { settings } = paperTrustRegion(options.rmsprop).choose(problem, miniBatches);
    expect(settings).toMatchObject({
      norm: "rmsprop",
      radius: { initial: 1e-4, max: 10, grow: 1.1, shrink: 1.75 },
      acceptance: { eta1: 0.01, eta2: 0.95 },
      policy: { growOnlyAtBoundary: false, shrinkFrom: "radius", keepBatchOnReject: false, onNormChange: "keep" },
      subproblem: { tolerance: 0.1, stoppingRule: "decrease", maxProducts: 50, memoryBudget: 0 },
      pivot: { epochs: 10, growth: 1.05, cap: 0.2, restore: "all" },
    });
    expect(options.adagrad).toMatchObject({ radius: { initial: 0.05, shrink: 1.5 }, acceptance: { eta2: 0.95 } });
    expect(options.euclidean).toMatchObject({ radius: { initial: 0.05, shrink: 1.25 }, acceptance: { eta2: 0.8 } });
    expect(baselines).toEqual({ batchSize: 128, learningRate: { sgd: 5e-3, adagrad: 5e-3, rmsprop: 1e-4 } });
  });

  test("hold the row of the MNIST autoencoder, with its warm start", () => {
    const { trustRegion: options, batchSize, penalty, steps } = presets.paper["mnist-autoencoder"];
    expect([batchSize, penalty, steps]).toEqual([128, 0, 50_000]);
    expect(options.adagrad).toMatchObject({
      radius: { initial: 0.01, max: 5, grow: 1.25, shrink: 1.5 },
      acceptance: { eta1: 1e-7, eta2: 0.8 },
    });
    expect(options.rmsprop).toMatchObject({ radius: { shrink: 1.1 }, pivot: { epochs: 5, growth: 1.025, cap: 0.05 } });
    expect(paperTrustRegion(options.euclidean).settings.warmStart).toMatchObject({
      epochs: 1,
      batchSize: 128,
      optimizer: "rmsprop",
    });
  });
});
