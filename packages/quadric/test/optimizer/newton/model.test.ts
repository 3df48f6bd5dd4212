import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../../src/objective/closures.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { localModels } from "../../../src/optimizer/newton/model.ts";
import type { BatchSource } from "../../../src/optimizer/optimizer.ts";

/** Batches that are their own indices, of 8 of 16 examples. */
const batches = (reused: unknown[] = []): BatchSource => ({
  ...{ draw: () => ({ epoch: 0, offset: 0, size: 8 }), full: () => [], examples: 16, epochs: 0, batchSize: 8 },
  batch(indices, reuse) {
    reused.push(reuse);
    return { ...indices };
  },
});
const indices = { epoch: 1, offset: 8, size: 8 };
const w = Float64Array.of(3, 4);

/** ‖w‖²·(size of the batch)/2, and what was asked of it. */
function recorded(changes: Partial<Objective> = {}) {
  const asked: unknown[] = [];
  const size = (batch: unknown) => (batch as { size: number }).size;
  const inner = closuresObjective<unknown>(
    {
      value: (w, batch) => (size(batch) * (w[0] ** 2 + w[1] ** 2)) / 2,
      gradient: (w, batch) => w.map((x) => size(batch) * x),
      hvp: (_, v, batch) => v.map((x) => size(batch) * x),
    },
    2,
    { checkDeterminism: false },
  );
  const objective: Objective = {
    ...inner,
    prepare: async (batch, uses) => {
      asked.push([size(batch), uses]);
    },
    ...changes,
  };
  return { objective, asked };
}

describe("localModels()", () => {
  test("linearizes on the whole batch, or takes the curvature of its first examples", async () => {
    const { objective } = recorded();
    for (const [fraction, size] of [
      [1, 8],
      ["auto", 8],
      [0.5, 4],
      [0.01, 1],
    ] as const) {
      const { linearization, gradientNorm, batch, ...model } = await localModels(objective, "hessian", fraction).at(
        w,
        batches(),
        indices,
      );
      expect([model.indices, batch]).toEqual([indices, indices]);
      expect([...linearization.gradient, linearization.value, gradientNorm]).toEqual([24, 32, 100, 40]);
      expect([...(await linearization.curvature.multiply(Float64Array.of(1, 0)))]).toEqual([size, 0]);
    }
  });

  test("takes a quarter by itself of batches of at most a tenth of the data", async () => {
    const { objective } = recorded();
    const sizeOf = async (examples: number) => {
      const source = { ...batches(), examples };
      const { linearization } = await localModels(objective, "hessian", "auto").at(w, source, indices);
      return (await linearization.curvature.multiply(Float64Array.of(1, 0)))[0];
    };
    expect([await sizeOf(79), await sizeOf(80), await sizeOf(800)]).toEqual([8, 2, 2]);
  });

  test("prepares what linearizations and products of these batches need", async () => {
    const uses = { products: true, solve: { stoppingRule: "decrease", memory: 3 } } as const;
    const whole = recorded();
    await localModels(whole.objective, "gauss-newton", 1).prepare(batches(), uses);
    expect(whole.asked).toEqual([[8, { value: true, curvature: "gauss-newton", ...uses }]]);
    const sampled = recorded();
    await localModels(sampled.objective, "hessian", 0.5).prepare(batches(), uses);
    expect(sampled.asked).toEqual([
      [8, { value: true, gradient: true }],
      [4, { curvature: "hessian", ...uses }],
    ]);
    for (const fraction of [1, 0.5]) {
      const { objective } = recorded({ prepare: undefined });
      await localModels(objective, "hessian", fraction).prepare(batches(), uses);
    }
  });

  test("frees a model, and gives the memory of its batch to the next if the objective retains nothing", async () => {
    for (const retainsNothing of [true, false]) {
      let disposed = 0;
      const { objective } = recorded();
      const linearize: Objective["linearize"] = async (...args) => ({
        ...(await objective.linearize(...args)),
        dispose: () => disposed++,
      });
      const reused: unknown[] = [];
      const models = localModels({ ...objective, linearize, retainsNothing }, "hessian", 1);
      const model = await models.at(w, batches(reused), indices);
      models.release(model);
      expect(disposed).toBe(1);
      await models.at(w, batches(reused), indices);
      await models.at(w, batches(reused), indices);
      expect(reused).toEqual([undefined, retainsNothing ? model.batch : undefined, undefined]);
    }
  });
});
