import { describe, expect, test } from "vitest";
import { yielding } from "../../../src/optimizer/gauss-newton/yielding.ts";
import type { Choice, OptimizerRun } from "../../../src/optimizer/optimizer.ts";
import { noBatches } from "../../../src/training/batches.ts";

/** A run that counts its steps. */
function counting(name: string, start: Float64Array, log: string[]): OptimizerRun {
  let w = start.slice();
  return {
    get parameters() {
      return w;
    },
    async prepare() {
      log.push(`prepare ${name}`);
    },
    async step() {
      log.push(name);
      w = w.map((x) => x + 1);
      return { loss: 0, gradientNorm: 0, accepted: true, products: 0 };
    },
    state: () => ({ scalars: { steps: 1 }, vectors: {} }),
    restore(parameters, { scalars }) {
      log.push(`restore ${name} ${scalars.steps}`);
      w = Float64Array.from(parameters);
    },
    dispose: () => log.push(`dispose ${name}`),
  };
}

const choice: Choice = { method: "b", because: "measured", settings: {} };

function pair(isWorth: boolean | undefined) {
  const log: string[] = [];
  const run = yielding(counting("a", Float64Array.of(7), log), {
    begin: (w) => counting("b", w as Float64Array, log),
    weigh: () => {
      log.push("weigh");
      return isWorth === undefined ? undefined : { isWorth, because: "" };
    },
    choiceOf: () => choice,
  });
  return { run, log };
}

describe("yielding()", () => {
  test.each([
    [true, "b", choice],
    [false, "a", choice],
    [undefined, "a", undefined],
  ])("weighed as %s the steps are those of %s", async (isWorth, name, expected) => {
    const { run, log } = pair(isWorth);
    await run.prepare!(noBatches());
    await run.step(noBatches());
    expect(log.at(-1)).toBe(name);
    expect(log.at(-2)).toBe(`prepare ${name}`);
    expect(run.parameters).toEqual(Float64Array.of(8));
    expect(run.choice).toEqual(expected);
  });

  test.each([
    [true, "b"],
    [false, "a"],
  ])("a restored run does not weigh again: %s", async (isWorth, name) => {
    const { run } = pair(isWorth);
    await run.prepare!(noBatches());
    const other = pair(!isWorth);
    other.run.restore(Float64Array.of(3), run.state());
    await other.run.prepare!(noBatches());
    await other.run.step(noBatches());
    expect(other.log.filter((entry) => entry !== "dispose a")).toEqual([`restore ${name} 1`, `prepare ${name}`, name]);
    expect(other.run.parameters).toEqual(Float64Array.of(4));
  });
});
