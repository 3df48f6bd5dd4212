import { describe, expect, test } from "vitest";
import { strongWolfe } from "../../../src/optimizer/lbfgs/wolfe.ts";

const [c1, c2] = [1e-4, 0.9];

/** φ and φ′ with a count of evaluations. */
function line(phi: (a: number) => number, slope: (a: number) => number) {
  const tried: number[] = [];
  const evaluate = async (alpha: number) => {
    tried.push(alpha);
    return { alpha, value: phi(alpha), slope: slope(alpha) };
  };
  return { tried, evaluate, start: { value: phi(0), slope: slope(0) }, rounding: 0 };
}

// Three of the functions of Moré and Thuente (1994), on which line searches are compared.
const functions: readonly [string, (a: number) => number, (a: number) => number][] = [
  ["−α/(α² + 2)", (a) => -a / (a * a + 2), (a) => (a * a - 2) / (a * a + 2) ** 2],
  [
    "(α + 0.004)⁵ − 2(α + 0.004)⁴",
    (a) => (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
    (a) => 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
  ],
  ["a valley far away, (α − 40)²", (a) => (a - 40) ** 2, (a) => 2 * (a - 40)],
];

describe("strongWolfe()", () => {
  test.each(functions.flatMap((f) => [1e-3, 0.1, 1, 10, 1000].map((first) => [...f, first] as const)))(
    "satisfies both conditions on %s",
    async (_, phi, slope, first) => {
      const search = line(phi, slope);
      const found = (await strongWolfe({ ...search, first }))!;
      expect(found.value).toBeLessThanOrEqual(phi(0) + c1 * found.alpha * slope(0));
      expect(Math.abs(slope(found.alpha))).toBeLessThanOrEqual(c2 * Math.abs(slope(0)));
      expect(search.tried.length).toBeLessThanOrEqual(20);
    },
  );

  test("steps back from where the function is not finite", async () => {
    const search = line(
      (a) => (a > 0.3 ? NaN : (a - 0.2) ** 2),
      (a) => (a > 0.3 ? NaN : 2 * (a - 0.2)),
    );
    expect((await strongWolfe({ ...search, first: 100 }))!.alpha).toBeLessThanOrEqual(0.3);
  });

  test("gives the best point when the slope never flattens, and none when nothing decreases", async () => {
    const falling = line(
      (a) => -a,
      () => -1,
    );
    expect((await strongWolfe({ ...falling, first: 1, maxEvaluations: 4 }))!.alpha).toBe(64);
    const rising = line(
      (a) => a,
      () => -1,
    );
    expect(await strongWolfe({ ...rising, first: 1 })).toBeUndefined();
  });

  test("accepts within rounding by the slope alone", async () => {
    // Values that no longer resolve the decrease, slopes that do.
    const search = {
      ...line(
        () => 1,
        (a) => a - 1,
      ),
      rounding: 1e-15,
    };
    const found = await strongWolfe({ ...search, first: 0.5 });
    expect(Math.abs(found!.slope)).toBeLessThanOrEqual(c2);
  });

  test("goes to the minimum of a parabola at once when it has it between two points", async () => {
    const search = line(
      (a) => (a - 1) ** 2,
      (a) => 2 * (a - 1),
    );
    expect((await strongWolfe({ ...search, first: 4 }))!.alpha).toBe(1);
    expect(search.tried).toEqual([4, 1]);
  });

  test("halves an interval whose ends are within a hundredth of the interpolated minimum, or whose other end is not finite", async () => {
    const search = line(
      (a) => (a - 0.02) ** 2,
      (a) => 2 * (a - 0.02),
    );
    await strongWolfe({ ...search, first: 4 });
    expect(search.tried.slice(0, 2)).toEqual([4, 2]);
    const wall = line(
      (a) => (a > 3 ? Infinity : -a),
      () => -1,
    );
    await strongWolfe({ ...wall, first: 16, maxEvaluations: 4 });
    expect(wall.tried).toEqual([16, 8, 4, 2]);
    const steep = line(
      (a) => -a,
      (a) => (a > 3 ? NaN : -1),
    );
    await strongWolfe({ ...steep, first: 16, maxEvaluations: 4 });
    expect(steep.tried).toEqual([16, 8, 4, 2]);
  });

  test("goes four times as far while the function falls, up to what a number can hold", async () => {
    const falling = line(
      (a) => -a,
      () => -1,
    );
    expect((await strongWolfe({ ...falling, first: 1e307 }))!.alpha).toBe(1.6e308);
    expect(falling.tried).toEqual([1e307, 4e307, 1.6e308]);
  });

  test("ends where no number is left between two points", async () => {
    const kink = line(
      (a) => (a <= 1 ? -a : 10),
      () => -1,
    );
    const found = await strongWolfe({ ...kink, first: 1, maxEvaluations: 10_000 });
    expect(found!.alpha).toBe(1);
    expect(kink.tried.length).toBeLessThan(2000);
  });

  test("looks between the best point and one that is worse, though both decrease enough", async () => {
    // Down to −1 at α = 1, up to −0.5 at 4, where the slope is steep.
    const bump = line(
      (a) => (a <= 1 ? -a : -1 + (a - 1) / 6),
      (a) => (a <= 1 ? -1 : 1),
    );
    const found = await strongWolfe({ ...bump, first: 1, maxEvaluations: 6 });
    expect(bump.tried.slice(0, 2)).toEqual([1, 4]);
    expect(bump.tried.slice(2).every((alpha) => alpha > 1 && alpha < 4)).toBe(true);
    expect(found!.alpha).toBe(1);
  });

  test("takes no point within rounding whose slope is not that of a decrease", async () => {
    // |φ − φ(0)| is within rounding everywhere; −(1 − 2c₁) of the slope is reached at 1.9998.
    const at = async (first: number) => {
      const search = {
        ...line(
          () => 1,
          (a) => a - 1,
        ),
        start: { value: 1, slope: -1 },
        rounding: 1e-15,
      };
      return (await strongWolfe({ ...search, first, maxEvaluations: 1 }))?.alpha;
    };
    expect(await at(1.89)).toBe(1.89);
    expect(await at(2.1)).toBeUndefined();
  });

  test("takes the bounds of both conditions in", async () => {
    const only = (value: number, slope: number) =>
      strongWolfe({
        evaluate: async (alpha) => ({ alpha, value, slope }),
        ...{ start: { value: 0, slope: -1 }, first: 1, rounding: 0, maxEvaluations: 1 },
      });
    expect((await only(-c1, c2))?.alpha).toBe(1);
    expect((await only(-c1, -c2))?.alpha).toBe(1);
    expect(await only(-0.9 * c1, 0)).toBeUndefined();
  });
});
