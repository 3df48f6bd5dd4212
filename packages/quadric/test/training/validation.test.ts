import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { closuresObjective } from "../../src/objective/closures.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { holdOut, makeValidation, type ValidationOptions } from "../../src/training/validation.ts";
import type { Tensor } from "../../src/vector/tensor.ts";
import { regressionData } from "../helpers/regression.ts";
import { data, run } from "../helpers/training.ts";

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

  test("returns the best parameters, or the last ones if asked to", async () => {
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

const numbered = (n: number) => ({ x: { shape: [n, 1], data: Float64Array.from({ length: n }, (_, i) => i) } });
const numbers = (tree: unknown) => [...(tree as { x: Tensor }).x.data];

describe("holdOut()", () => {
  test("takes a part of the examples, in their order, by the seed", () => {
    const { training, held } = holdOut(numbered(10), { fraction: 0.3 }, 1);
    expect([numbers(training).length, numbers(held).length]).toEqual([7, 3]);
    expect([...numbers(training), ...numbers(held)].sort((a, b) => a - b)).toEqual(numbers(numbered(10)));
    for (const part of [training, held]) expect(numbers(part)).toEqual(numbers(part).sort((a, b) => a - b));
    expect(numbers(holdOut(numbered(10), { fraction: 0.3 }, 1).held)).toEqual(numbers(held));
    expect(numbers(holdOut(numbered(10), { fraction: 0.3 }, 2).held)).not.toEqual(numbers(held));
  });

  test("rounds to whole examples, at least one on either side", () => {
    expect(numbers(holdOut(numbered(10), { fraction: 0.25 }, 1).held).length).toBe(3);
    expect(numbers(holdOut(numbered(2), { fraction: 0.26 }, 1).held).length).toBe(1);
    for (const fraction of [0, 0.04, 0.96, 1, -0.5, Number.NaN]) {
      expect(() => holdOut(numbered(10), { fraction }, 1)).toThrow(
        `validation: fraction must leave examples on both sides of 10, got ${fraction}.`,
      );
    }
  });

  test("takes what is given as it is, and not both", () => {
    const [data, held] = [numbered(3), numbered(2)];
    expect(holdOut(data, { data: held }, 1)).toEqual({ training: data, held });
    expect(() => holdOut(data, { data: held, fraction: 0.5 }, 1)).toThrow("got both or neither");
  });
});

describe("makeValidation()", () => {
  /** The mean of the numbers of the data, times w. */
  function make(options: ValidationOptions = {}, chunk = 2) {
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
    const sizes: number[] = [];
    const objective = closuresObjective<{ x: Tensor }>(
      {
        value: ([w], { x }) => {
          sizes.push(x.shape[0]);
          return w * mean(x.data);
        },
        gradient: () => Float64Array.of(1),
      },
      1,
      { examples: ({ x }) => x.shape[0] },
    );
    const batchOf = (batch: unknown) => batch as { x: Tensor };
    return { validation: makeValidation(objective, numbered(5), options, { chunk, epoch: 4, batchOf }), sizes };
  }
  const at = (w: number) => Float64Array.of(w);

  test("is the mean over all examples, in chunks, whatever their sizes", async () => {
    const { validation, sizes } = make({ every: 1 });
    expect(await validation.after(1, at(3))).toBe(6);
    expect(sizes).toEqual([2, 2, 1]);
    const whole = make({ every: 1 }, 100);
    expect(await whole.validation.after(1, at(3))).toBe(6);
    expect(whole.sizes).toEqual([5]);
  });

  test("is due every so many steps, of an epoch unless told otherwise", async () => {
    const { validation } = make();
    const due = [];
    for (let step = 1; step <= 8; step++) due.push((await validation.after(step, at(1))) !== undefined);
    expect(due).toEqual([false, false, false, true, false, false, false, true]);
  });

  test("remembers the least loss, and how long ago it was", async () => {
    const { validation } = make({ every: 1, patience: 2 });
    expect([validation.best, validation.exhausted]).toEqual([undefined, false]);
    const least = at(-1);
    await validation.after(1, at(2));
    await validation.after(2, least);
    expect(validation.best).toEqual({ loss: -2, step: 2, parameters: least });
    await validation.after(3, at(-1)); // no less
    expect([validation.best!.step, validation.exhausted]).toEqual([2, false]);
    await validation.after(4, at(Number.NaN));
    expect([validation.best!.step, validation.exhausted]).toEqual([2, true]);
  });

  test("is never exhausted without patience", async () => {
    const { validation } = make({ every: 1 });
    for (let step = 1; step < 50; step++) await validation.after(step, at(step));
    expect(validation.exhausted).toBe(false);
  });

  test("continues from its state, with and without a best", async () => {
    const { validation } = make({ every: 1, patience: 2 });
    expect(validation.state()).toEqual({ scalars: { idle: 0 }, vectors: {} });
    await validation.after(3, at(2));
    await validation.after(4, at(5));
    const state = validation.state();
    expect(state).toEqual({ scalars: { idle: 1, loss: 4, step: 3 }, vectors: { parameters: at(2) } });
    const again = make({ every: 1, patience: 2 }).validation;
    again.restore(state);
    expect(again.best).toEqual({ loss: 4, step: 3, parameters: at(2) });
    await again.after(5, at(3));
    expect(again.exhausted).toBe(true);
    again.restore({ scalars: { idle: 0 }, vectors: {} });
    expect(again.best).toBeUndefined();
  });

  test.each([
    [{ every: 1.5 }, "validation: every must be an integer >= 1, got 1.5."],
    [{ patience: 0 }, "validation: patience must be an integer >= 1, got 0."],
  ])("refuses %o", (options, message) => {
    expect(() => make(options)).toThrow(message);
    expect(() => make({ patience: Infinity })).not.toThrow();
  });
});
