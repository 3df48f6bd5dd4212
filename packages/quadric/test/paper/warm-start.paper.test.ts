import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { warmStarted } from "../../src/paper/warm-start.ts";
import { stochasticRegression } from "../helpers/regression.ts";

const cautious = { norm: norms.rmsprop() };

describe("warmStarted()", () => {
  test("lets the other method take E epochs on its own batches, then starts from where it got", async () => {
    const { objective, batches, start } = stochasticRegression();
    const run = warmStarted(trustRegion(cautious), {
      epochs: 1,
      optimizer: adagrad({ learningRate: 0.1 }),
      batchSize: 4,
    }).start(objective, start, { batches });
    const records = [];
    for (let k = 0; k < 12; k++) records.push(await run.step(batches));
    // Ten batches of four are one epoch.
    expect(records.map(({ radius }) => radius !== undefined)).toEqual([...Array(10).fill(false), true, true]);
    const alone = stochasticRegression();
    const warm = adagrad({ learningRate: 0.1 }).start(alone.objective, start, { batches });
    alone.batches.batchSize = 4;
    for (let k = 0; k < 10; k++) await warm.step(alone.batches);
    alone.batches.batchSize = 8;
    const main = trustRegion(cautious).start(alone.objective, warm.parameters, { batches });
    for (let k = 0; k < 2; k++) await main.step(alone.batches);
    expect(run.parameters).toEqual(main.parameters);
  });

  test("refuses what makes no sense", () => {
    expect(() => warmStarted(sgd(), { epochs: 0, optimizer: sgd() })).toThrow("warmStart: epochs must be > 0, got 0.");
  });
});
