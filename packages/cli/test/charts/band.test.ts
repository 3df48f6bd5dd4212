import { describe, expect, test } from "vitest";
import { type Band, type Curve, logarithm, thin, together } from "../../src/charts/band.ts";

const none = (y: readonly number[]) => y.map(() => Number.NaN);
const band = (x: readonly number[], y: readonly number[]): Band => ({ x, y, low: none(y), high: none(y) });

describe("logarithm()", () => {
  test("has a gap where a loss is not positive", () => {
    expect(logarithm({ x: [0, 1, 2], y: [Math.E, 0, -1] }).y).toEqual([1, Number.NaN, Number.NaN]);
  });
});

describe("together()", () => {
  test("has the mean and Student's interval of three runs, from the last start to the first end", () => {
    const curves: Curve[] = [
      { x: [0, 4, 8], y: [1, 1, 1] },
      { x: [2, 6], y: [2, 4] },
      { x: [0, 10], y: [0, 10] },
    ];
    const { x, y, low, high } = together(curves);
    expect(x).toEqual([2, 4, 6]);
    const values = [
      [1, 2, 2],
      [1, 3, 4],
      [1, 4, 6],
    ];
    values.forEach((at, i) => {
      const mean = (at[0] + at[1] + at[2]) / 3;
      const deviation = Math.sqrt(at.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 2);
      expect(y[i]).toBeCloseTo(mean, 12);
      // With two degrees of freedom P(|T| ≤ t) = t/√(2 + t²).
      const t = 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
      expect(high[i] - y[i]).toBeCloseTo((t * deviation) / Math.sqrt(3), 12);
      expect(y[i] - low[i]).toBeCloseTo(high[i] - y[i], 12);
    });
  });

  test("is the curve itself, without a band, for one run", () => {
    const curve = { x: [0, 1, 3], y: [5, 4, 3] };
    expect(together([curve])).toEqual({ ...curve, low: none(curve.y), high: none(curve.y) });
  });

  test("has a gap around a value that one run could not have", () => {
    const { y } = together([
      { x: [0, 1, 2, 3], y: [1, 1, Number.NaN, 1] },
      { x: [0, 1, 2, 3], y: [3, 3, 3, 3] },
    ]);
    expect(y).toEqual([2, 2, Number.NaN, 2]);
  });

  test("is empty where no run has a value", () => {
    expect(together([{ x: [], y: [] }]).x).toEqual([]);
  });
});

describe("thin()", () => {
  const x = Array.from({ length: 50_000 }, (_, i) => i);
  const y = x.map((i) => Math.sin(i / 999) + 0.1 * Math.sin(7919 * i));

  test("keeps the least and the largest value of every column, and only points that were there", () => {
    const columns = 300;
    const thinned = thin(band(x, y), columns);
    expect(thinned.x.length).toBeLessThanOrEqual(3 * columns + 3);
    const columnOf = (position: number) => Math.floor((position - x[0]) / ((x[x.length - 1] - x[0]) / columns));
    const extremes = (curve: Curve) => {
      const found = new Map<number, [number, number]>();
      curve.x.forEach((position, i) => {
        const [least, largest] = found.get(columnOf(position)) ?? [Infinity, -Infinity];
        found.set(columnOf(position), [Math.min(least, curve.y[i]), Math.max(largest, curve.y[i])]);
      });
      return found;
    };
    expect(extremes(thinned)).toEqual(extremes({ x, y }));
    thinned.x.forEach((position, i) => {
      expect(thinned.y[i]).toBe(y[position]);
    });
    expect(thinned.x).toEqual([...thinned.x].sort((a, b) => a - b));
  });

  test("keeps a gap of one point among thousands", () => {
    const broken = y.with(31_234, Number.NaN);
    expect(thin(band(x, broken), 300).y.filter(Number.isNaN).length).toBe(1);
  });

  test("leaves a short curve as it is", () => {
    const short = band([0, 1, 2], [3, 1, 2]);
    expect(thin(short, 300)).toEqual(short);
  });
});
