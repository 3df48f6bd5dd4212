import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../src/objective/closures.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { pivoted } from "../../src/paper/pivot.ts";
import { type RegressionBatch, regression, stochasticRegression } from "../helpers/regression.ts";

describe("pivoted()", () => {
  test("keeps a period that lowered the full loss, and charges the full value", async () => {
    const { objective, batches, start } = stochasticRegression();
    const run = pivoted(sgd({ learningRate: 0.05 }), { epochs: 1, growth: 1.5, cap: 0.5 }).start(objective, start, {
      batches,
    });
    const records = [];
    for (let k = 0; k < 6; k++) records.push(await run.step(batches));
    expect(records.map(({ pivot }) => pivot)).toEqual([...Array(5).fill(undefined), "kept"]);
    // At the start and after the epoch: five chunks of eight each time.
    expect(objective.ledger.counts()).toMatchObject({ values: 10, gradients: 6 });
    expect(batches.batchSize).toBe(8);
  });

  test("undoes a period that raised it, state of the method included, and enlarges the batch up to its cap", async () => {
    const { batches, start } = stochasticRegression();
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
    const method = pivoted(trustRegion({ radius: { initial: 0.5 } }), { epochs: 1, growth: 1.5, cap: 0.5 });
    const run = method.start(objective, start, { batches });
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
