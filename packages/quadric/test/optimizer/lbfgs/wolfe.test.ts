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
});
