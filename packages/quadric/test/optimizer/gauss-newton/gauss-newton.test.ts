import { describe, expect, test } from "vitest";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import type { JacobianEvaluation, NormalEvaluation, Objective } from "../../../src/objective/objective.ts";
import type { DampingSearch } from "../../../src/optimizer/gauss-newton/damping.ts";
import { type GaussNewtonOptions, gaussNewton } from "../../../src/optimizer/gauss-newton/gauss-newton.ts";
import type { BatchIndices } from "../../../src/optimizer/optimizer.ts";
import { noBatches } from "../../../src/training/batches.ts";
import { fixed } from "../../helpers/fixed-damping.ts";
import "../../helpers/matchers.ts";

describe("a step of gaussNewton()", () => {
  const vector = (...x: number[]) => Float64Array.of(...x);

  /** Residuals (2(x − 1), y − 3) and a constant 1, and what else an evaluation says. */
  function linear(more: Partial<JacobianEvaluation> = {}, changes: Partial<Objective<undefined>> = {}) {
    const r = ([x, y]: ArrayLike<number> & Iterable<number>) => [2 * (x - 1), y - 3, 1];
    const value = (w: Float64Array) => 0.5 * r(w).reduce((sum, x) => sum + x * x, 0);
    const closures: Closures = {
      value: (w) => value(w as Float64Array),
      gradient: ([x, y]) => vector(4 * (x - 1), y - 3),
    };
    const asked: unknown[] = [];
    const objective = {
      ...closuresObjective(closures, 2, { checkDeterminism: false }),
      jacobian: async (w: Float64Array, _: undefined, limit: unknown) => {
        asked.push(limit);
        return {
          ...{ value: value(w), jacobian: vector(2, 0, 0, 1, 0, 0), residuals: Float64Array.from(r(w)) },
          ...more,
        } as JacobianEvaluation | NormalEvaluation;
      },
      ...changes,
    } as unknown as Objective;
    return { objective, asked };
  }
  const started = (
    { objective }: { objective: Objective },
    options: GaussNewtonOptions = {},
    start: Float64Array = vector(3, 1),
    batches: undefined | { batchSize: number; examples: number } = undefined,
  ) => gaussNewton(options).start(objective, start, { batches });

  test("solves (JᵀJ + λA)s = −Jᵀr in the columns' own ellipsoid", async () => {
    // JᵀJ = diag(4, 1), whose roots are A = diag(2, 1); g = (8, −2).
    const scales: number[] = [];
    const { objective, asked } = linear();
    const run = started({ objective }, { search: fixed(0.5, scales) });
    const record = await run.step(noBatches());
    expect(run.parameters).toBeAllclose([3 - 8 / 5, 1 + 2 / 1.5]);
    expect(record).toMatchObject({ loss: 10.5, accepted: true, multiplier: 0.5, products: 0, outcome: "interior" });
    expect(record.gradientNorm).toBeAllclose(Math.hypot(8, 2));
    const [u, v] = [-8 / 5, 2 / 1.5];
    const decrease = -(8 * u - 2 * v) - 0.5 * (4 * u * u + v * v);
    expect(record.modelDecrease).toBeAllclose(decrease);
    expect(record.ratio).toBeAllclose(1, { relative: 1e-10 }); // of differences of losses
    expect(record.stepNorm).toBeAllclose(Math.sqrt(2 * u * u + v * v));
    expect(record.radius).toBe(record.stepNorm);
    // The largest c_j/a_j.
    expect(scales).toEqual([2]);
    expect(asked).toEqual([{ maxBytes: 2 ** 30 }]);
  });

  test("has the powers of the columns for its ellipsoid, and a regularizer's curvature in them", async () => {
    const to = async (options: GaussNewtonOptions, more?: Partial<JacobianEvaluation>) => {
      const run = started(linear(more), { search: fixed(1), ...options });
      await run.step(noBatches());
      return run.parameters;
    };
    expect(await to({ power: 0 })).toBeAllclose([3 - 8 / 5, 1 + 2 / 2]);
    expect(await to({ power: 1 })).toBeAllclose([3 - 8 / 8, 1 + 2 / 2]);
    const penalty = { gradient: vector(0, 0), curvature: vector(0, 3) };
    expect(await to({ power: 1 }, { penalty })).toBeAllclose([3 - 8 / 8, 1 + 2 / (1 + 3 + 4)]);
  });

  test("keeps the largest columns if it is told to, or has at most 32 parameters", async () => {
    const state = async (d: number, options: GaussNewtonOptions = {}) => {
      const objective = {
        ...closuresObjective({ value: () => 1, gradient: (w) => w }, d, { checkDeterminism: false }),
        jacobian: async () => ({ value: 0.5, residuals: vector(1), jacobian: new Float64Array(d).fill(2) }),
      } as unknown as Objective;
      const run = started({ objective }, { search: fixed(1), ...options }, new Float64Array(d));
      await run.step(noBatches());
      return run.state().vectors["norm.largest"];
    };
    expect([...(await state(32))!]).toEqual(new Array(32).fill(4));
    expect(await state(33)).toBeUndefined();
    expect(await state(33, { keepLargest: true })).toHaveLength(33);
    expect(await state(32, { keepLargest: false })).toBeUndefined();
  });

  test("continues with the columns it had, which later steps do not change", async () => {
    const run = started(linear(), { search: fixed(1) });
    await run.step(noBatches());
    const [w, state] = [Float64Array.from(run.parameters), run.state()];
    const smaller = linear({ jacobian: vector(1, 0, 0, 1, 0, 0) });
    const again = started(smaller, { search: fixed(1) });
    again.restore(w, state);
    await again.step(noBatches());
    expect([...again.state().vectors["norm.largest"]]).toEqual([4, 1]);
    expect([...state.vectors["norm.largest"]]).toEqual([4, 1]);
    const without = started(linear(), { search: fixed(1), keepLargest: false });
    without.restore(w, { ...state, vectors: {} });
    expect(without.state().vectors).toEqual({});
  });

  test("has momentum until the batch changes, after a resume too", async () => {
    const [one, other] = [noBatches(), { ...noBatches(), batch: () => "others" }] as ReturnType<typeof noBatches>[];
    const pathOf = async (options: GaussNewtonOptions, batchesAt: (k: number) => typeof one, resumeAt?: number) => {
      let run = started(linear(), { search: fixed(5), ...options });
      const path: number[] = [];
      for (let k = 1; k <= 13; k++) {
        await run.step(batchesAt(k));
        path.push(run.parameters[0]);
        if (k !== resumeAt) continue;
        const [w, state] = [Float64Array.from(run.parameters), run.state()];
        run = started(linear(), { search: fixed(5), ...options });
        run.restore(w, state);
      }
      return path;
    };
    const [usual, half, none] = [
      await pathOf({}, () => one),
      await pathOf({ momentum: 0.5 }, () => one),
      await pathOf({ momentum: 0 }, () => one),
    ];
    expect(usual).toEqual(half);
    expect(usual[1]).not.toBe(none[1]);
    expect(await pathOf({}, () => one, 6)).toEqual(usual);
    const drawn = { ...noBatches(), batch: ({ offset }: BatchIndices) => `at ${offset}` };
    const mini = (k: number) => ({ ...drawn, draw: () => ({ epoch: 0, offset: k, size: 1 }) }) as unknown as typeof one;
    expect(await pathOf({}, mini)).toEqual(none);
    expect(await pathOf({}, mini, 1)).toEqual(none);
    const once = (k: number) => (k === 1 ? other : one);
    expect(await pathOf({}, once)).toEqual(none);
    expect(await pathOf({}, once, 6)).toEqual(none);
  });

  test("has converged within its gradient tolerance, and by its offset on a function", async () => {
    const at = async (
      start: Float64Array,
      options: GaussNewtonOptions,
      batches?: { batchSize: number; examples: number },
    ) => (await started(linear(), { search: fixed(1e-9), ...options }, start, batches).step(noBatches())).status;
    expect(await at(vector(1, 4), { gradientTolerance: 1 })).toBe("converged");
    expect(await at(vector(1, 4), { gradientTolerance: 0.99 })).toBeUndefined();
    // ½g²/B = ½·10⁻¹⁴ beside ½: an offset of 10⁻⁷.
    expect(await at(vector(1, 3 + 1e-7), { relativeGradientTolerance: 1.1e-7 })).toBe("converged");
    expect(await at(vector(1, 3 + 1e-7), { relativeGradientTolerance: 0.9e-7 })).toBeUndefined();
    expect(await at(vector(1, 3 + 1e-9), {})).toBe("converged");
    expect(await at(vector(1, 3 + 1e-7), {})).toBeUndefined();
    const batches = { batchSize: 1, examples: 1 };
    expect(await at(vector(1, 3 + 1e-9), {}, batches)).toBeUndefined();
    expect(await at(vector(1, 3 + 1e-9), { relativeGradientTolerance: 1e-8 }, batches)).toBe("converged");
  });

  test("says why if no damping is acceptable, and stays where it is", async () => {
    const run = started(linear(), { search: fixed(undefined) });
    const record = await run.step(noBatches());
    expect(record).toMatchObject({ accepted: false, status: "stalled", loss: 10.5 });
    expect(record.message).toContain("It fits the loss by finite differences");
    expect([...run.parameters]).toEqual([3, 1]);
  });

  test.each([
    ["the loss", { value: Number.NaN }],
    ["a residual", { residuals: vector(1, Infinity, 1) }],
    ["the Jacobian", { jacobian: vector(2, 0, Number.NaN, 1, 0, 0) }],
  ] as const)("has nothing to step on where %s is not finite", async (_, more) => {
    const run = started(linear(more), { search: fixed(1) });
    const record = await run.step(noBatches());
    expect(record).toMatchObject({ accepted: false, gradientNorm: Number.NaN, products: 0 });
    expect(record.status).toBeUndefined();
    expect([...run.parameters]).toEqual([3, 1]);
  });

  test("takes the normal equations in place of the rows, and looks whether they are finite", async () => {
    const normal = (gram: Float64Array) => ({
      ...{ jacobian: undefined, residuals: undefined },
      ...{ gram, projection: vector(8, -2) },
    });
    const asNormal = (gram: Float64Array) => {
      const made = linear();
      const jacobian = async () => {
        const { jacobian: _, residuals: __, ...rest } = { value: 10.5, ...normal(gram) };
        return rest;
      };
      return { objective: { ...made.objective, jacobian } as unknown as Objective };
    };
    const run = started(asNormal(vector(4, 0, 0, 1)), { search: fixed(0.5) });
    await run.step(noBatches());
    expect(run.parameters).toBeAllclose([3 - 8 / 5, 1 + 2 / 1.5]);
    const spoilt = started(asNormal(vector(4, 0, 0, Number.NaN)), { search: fixed(0.5) });
    expect((await spoilt.step(noBatches())).accepted).toBe(false);
  });

  test("gives a step to a point that is not finite, or at which the loss is not, a ratio of −∞", async () => {
    const ratios: number[] = [];
    const search: DampingSearch = {
      ...fixed(1),
      begin: () => ({
        ...fixed(1).begin(),
        search: async (trials) => {
          ratios.push((await trials.damped(1e-300)).ratio);
          return undefined;
        },
      }),
    };
    await started(linear({}, { value: async () => ({ value: Number.NaN }) }), { search }).step(noBatches());
    const far = { residuals: vector(1e308, 1e308, 1e308), jacobian: vector(1e-3, 0, 0, 1e-3, 0, 0), value: 1 };
    await started(linear(far), { search, power: 0 }).step(noBatches());
    expect(ratios.every((ratio) => ratio === -Infinity)).toBe(true);
  });

  test("prepares values and the Jacobian", async () => {
    const asked: unknown[] = [];
    const prepare = async (_: undefined, uses: unknown) => {
      asked.push(uses);
    };
    await started(linear({}, { prepare })).prepare!(noBatches());
    await started(linear(), { maxBytes: 5000 }).prepare!(noBatches());
    await started(linear({}, { prepare }), { maxBytes: 5000 }).prepare!(noBatches());
    expect(asked).toEqual([
      { value: true, jacobian: { maxBytes: 2 ** 30, changes: true } },
      { value: true, jacobian: { maxBytes: 5000, changes: true } },
    ]);
  });

  test("takes model and ratio of a step from the points of that step, where they are redrawn", async () => {
    const seen: (readonly [string, unknown])[] = [];
    const { objective } = linear();
    const watched = {
      ...objective,
      value: (w: Float64Array, batch: unknown) => {
        seen.push(["value", batch]);
        return objective.value(w, undefined);
      },
      jacobian: (w: Float64Array, batch: unknown, limit: unknown) => {
        seen.push(["jacobian", batch]);
        return objective.jacobian!(w, undefined, limit as never);
      },
    } as unknown as Objective;
    let drawn = 0;
    const batches = {
      draw: () => ({ epoch: ++drawn, offset: 0, size: 1 }),
      batch: ({ epoch }: { epoch: number }) => `points ${epoch}`,
    } as unknown as Parameters<ReturnType<typeof started>["step"]>[0];
    const run = started({ objective: watched }, { gradientTolerance: 0, relativeGradientTolerance: 0 });
    for (let k = 0; k < 2; k++) await run.step(batches);
    for (const epoch of [1, 2]) {
      const own = seen.filter(([, batch]) => batch === `points ${epoch}`).map(([name]) => name);
      expect(own[0]).toBe("jacobian");
      expect(own.slice(1)).toContain("value");
    }
    expect(seen.every(([, batch]) => /^points [12]$/.test(String(batch)))).toBe(true);
  });

  test("has its settings, with those of its search", () => {
    expect(gaussNewton().settings).toMatchObject({ corrections: 6, space: "smaller" });
    expect(gaussNewton({ relativeGradientTolerance: 1e-6 }).settings).toMatchObject({
      relativeGradientTolerance: 1e-6,
    });
    expect(gaussNewton({ search: "classical", power: 1, keepLargest: false })).toMatchObject({
      name: "gauss-newton",
      settings: {
        ...{ search: "classical", ratios: [0.25, 0.75], grow: 2, shrink: 0.5, power: 1, keepLargest: false },
        ...{ gradientTolerance: 0, maxBytes: 2 ** 30 },
      },
    });
    expect(() => gaussNewton({ powr: 1 } as never)).toThrow(/powr/);
  });
});
