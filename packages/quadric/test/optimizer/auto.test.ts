/** The table that chooses, row by row, and that what was chosen is what runs. */

import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { norms } from "../../src/norm/norms.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { type AutoOptions, auto } from "../../src/optimizer/auto.ts";
import { steepestDescent } from "../../src/optimizer/first-order/first-order.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../src/optimizer/optimizer.ts";
import { makeBatches } from "../../src/training/batches.ts";
import { optimizerAt } from "../../src/training/checkpoint.ts";
import { fit } from "../../src/training/fit.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import { memoryStore } from "../helpers/memory-store.ts";
import { type RegressionBatch, regression, regressionData } from "../helpers/regression.ts";
import { data, start, together, wide } from "../helpers/small-networks.ts";
import { startOn } from "../helpers/steps.ts";

const choiceOf = (optimizer: Optimizer, parameters: number, fraction: number | undefined) =>
  optimizer.choose(
    { layout: { size: parameters } },
    fraction === undefined ? undefined : { batchSize: fraction, examples: 1 },
  );

describe("auto()", () => {
  test.each([
    [
      "a function",
      64,
      undefined,
      "newton",
      "a function of 64 parameters: exact values, the whole matrix is affordable",
    ],
    ["a function", 1000, undefined, "tr-equilibrated", "a function of 1000 parameters: values are exact"],
    ["a full batch, few parameters", 128, 1, "tr-equilibrated", "full batch, 128 parameters: exact losses, a memory"],
    ["a full batch", 129, 1, "tr-hutchinson", "full batch, 129 parameters: exact losses, scaled by"],
    ["large mini-batches", 1e6, 0.11, "tr-rmsprop", "mini-batches of 11 % of the data, 1000000 parameters: losses are"],
    ["mini-batches", 100, 0.1, "sd-adam", "mini-batches of 10 % of the data, 100 parameters: gradients are too noisy"],
  ])("for %s of %d parameters and fraction %s takes %s, and says why", (_, d, fraction, method, because) => {
    const choice = choiceOf(auto(), d, fraction);
    expect(choice.method).toBe(method);
    expect(choice.because).toContain(because);
  });

  test("tells every setting of what it chose", () => {
    expect(choiceOf(auto(), 1000, 1).settings).toEqual(choiceOf(trustRegion(), 1000, 1).settings);
    expect(choiceOf(auto({ curvature: "hessian" }), 1000, 0.01).settings).toMatchObject({
      norm: "adam",
      momentum: 0.9,
      learningRate: { schedule: "cdat", curvature: "hessian" },
      averageIterates: true,
      rollback: true,
    });
  });

  test("hands norm, curvature and tolerances to the trust region it takes", () => {
    const given = { norm: norms.adagrad(), curvature: "hessian", tolerances: { gradient: 1e-6 } } as const;
    expect(auto(given).settings).toEqual({ ...given, norm: "adagrad" });
    const { method, settings } = choiceOf(auto(given), 1000, 1);
    expect(method).toBe("tr-adagrad");
    expect(settings).toMatchObject({ curvature: "hessian", tolerances: { gradient: 1e-6 } });
  });

  test("is what fit takes, bold and shaped by curvature with full batches, cautious and by gradients with large parts", async () => {
    const [whole, part] = [await start(undefined, 12, wide), await start(undefined, 4, wide)];
    expect(whole.choice).toMatchObject({ method: "tr-hutchinson", settings: { radius: { grow: 2 } } });
    expect(part.choice).toMatchObject({ method: "tr-rmsprop", settings: { radius: { initial: 0.05, grow: 1.1 } } });
    // The products of the norm's own probes are counted with those of the solve.
    expect(whole.history[0].radius).toBeGreaterThan(0.05);
    expect(whole.history[0].products).toBeGreaterThan(10);
    expect(part.history[0].radius).toBe(0.05);
    expect(part.history[0].products).toBeLessThan(10);
  });

  test("takes the whole Jacobian of residuals with at most 64 parameters, unless a norm is given", async () => {
    expect((await start(undefined, 12)).choice.method).toBe("levenberg-marquardt");
    expect((await start(undefined, 12, together)).choice.method).toBe("newton");
    expect((await start(auto({ norm: norms.euclidean() }), 12)).choice.method).toBe("tr-euclidean");
  });

  describe("on functions of residuals", () => {
    // 65 parameters, one more than are solved by the whole matrix without a question.
    const rows = np.array(
      Float64Array.from({ length: 70 * 65 }, (_, k) => Math.sin(k * k)),
      { shape: [70, 65], dtype: np.float64 },
    );
    const residuals = ([x]: np.Array[]) => np.exp(np.matmul(rows.ref, x)).reshape([-1]).sub(2);
    const start = () => [np.zeros([65, 1], { dtype: np.float64 })];
    const quick = { value: 1e-4, product: 1e-3, jacobian: 1e-2, gram: 1e-2, factorization: 1e-2 };
    const choiceWith = async (options: AutoOptions) =>
      (await minimizeLeastSquares(residuals, start(), { method: auto(options), maxIterations: 2 })).choice;

    test("takes explicit Gauss–Newton where given times say that it is worth its time, and says why", async () => {
      const { method, because, settings } = await choiceWith({ times: quick, tolerances: { gradient: 1e-3 } });
      expect(method).toBe("gauss-newton");
      expect(because).toBe(
        "a function of 65 parameters: a Gauss–Newton step takes 41 ms, the 300 products it replaces 300 ms",
      );
      expect(settings).toMatchObject({ gradientTolerance: 1e-3, corrections: 6 });
    });

    test("keeps the trust region where they do not, and says that it asked", async () => {
      const { method, because } = await choiceWith({ times: { ...quick, jacobian: 1 } });
      expect(method).toBe("tr-equilibrated");
      expect(because).toContain("a Gauss–Newton step takes 1 s, the 300 products it replaces 300 ms");
    });

    test("does not ask where a norm, the Hessian or a certificate is asked for", async () => {
      for (const asked of [
        { norm: norms.euclidean() },
        { curvature: "hessian" },
        { tolerances: { curvature: 1e-6 } },
      ] as const) {
        expect((await choiceWith({ times: quick, ...asked })).method).toMatch(/^tr-/);
      }
      expect(() => auto({ times: { ...quick, value: -1 } })).toThrow("auto: times.value must be >= 0, got -1.");
    });

    test("measures where no times are given", async () => {
      expect((await choiceWith({})).because).toMatch(/a Gauss–Newton step takes .* products it replaces/);
    });
  });

  test("takes the steps of the method that it names, with noisy batches", async () => {
    const after = async (optimizer: Optimizer) => {
      const objective = closuresObjective<RegressionBatch>(regression, 3, {
        examples: ({ y }) => y.shape[0],
        checkDeterminism: false,
      });
      const batches = makeBatches(regressionData(200), { batchSize: 10, seed: 1 });
      const run = optimizer.start(objective, Float64Array.of(0.1, 2, -1), { batches });
      for (let k = 0; k < 15; k++) await run.step(batches);
      return [...run.parameters];
    };
    const named = steepestDescent({
      norm: norms.adam({ beta: 0.99 }),
      momentum: 0.9,
      averageIterates: true,
      rollback: true,
    });
    expect(await after(auto())).toEqual(await after(named));
    expect(await after(trustRegion())).not.toEqual(await after(named));
  });

  test("is found again in a checkpoint with the norm it had", async () => {
    const store = memoryStore();
    await fit(wide, data, { batchSize: 12, steps: 2, checkpoint: { store }, backend: jax({ device: "cpu" }) });
    const { objective } = startOn(trustRegion(), { value: () => 0, gradient: (w) => w }, new Float32Array(201));
    expect(optimizerAt((await store.load())!, auto(), objective).norm?.name).toBe("hutchinson");
  });
});
