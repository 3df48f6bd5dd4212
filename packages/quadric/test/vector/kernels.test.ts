import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allFinite,
  axpby,
  axpy,
  blend,
  combineFinite,
  dot,
  extremes,
  norm2,
  scale,
  weightedDot,
  weightedSums,
} from "../../src/vector/kernels.ts";
import { makeRandom, normalVector, signVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

const entries = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 20 });

describe("kernels", () => {
  test("sum what a plain loop sums, for every remainder of the unrolled one", () =>
    fc.assert(
      fc.property(entries, (x) => {
        const v = Float64Array.from(x);
        const w = v.map((value, i) => Math.cos(i) * value + 1);
        const a = v.map((_, i) => i + 0.5);
        const scaleOf = (terms: number[]) => 1e-13 * terms.reduce((sum, t) => sum + Math.abs(t), 0);
        const products = x.map((value, i) => value * w[i]);
        const weighted = x.map((value, i) => a[i] * value * w[i]);
        expect(dot(v, w)).toBeAllclose(
          products.reduce((s, t) => s + t, 0),
          { absolute: scaleOf(products) },
        );
        expect(weightedDot(a, v, w)).toBeAllclose(
          weighted.reduce((s, t) => s + t, 0),
          { absolute: scaleOf(weighted) },
        );
        const sums = weightedSums(a, v, w);
        [weightedDot(a, v, v), weightedDot(a, v, w), weightedDot(a, w, w)].forEach((sum, k) => {
          expect(sums[k]).toBeAllclose(sum, { absolute: 1e-13 * (1 + weightedDot(a, v, v) + weightedDot(a, w, w)) });
        });
        expect(norm2(v)).toBeAllclose(Math.hypot(...x), { absolute: 1e-150 });
      }),
      { seed: 3 },
    ));

  test("find the extremes wherever they lie", () =>
    fc.assert(
      fc.property(entries, (x) => {
        expect(extremes(Float64Array.from(x))).toEqual([Math.min(...x), Math.max(...x)]);
      }),
      { seed: 3 },
    ));

  test("accumulate in float64 what float32 vectors hold", () => {
    const x = new Float32Array(1_000_000).fill(0.1);
    const y = Float32Array.from(x, (_, i) => (i % 2 === 0 ? 1 : -1));
    expect(dot(x, y)).toBe(0);
    expect(dot(x, x)).toBeAllclose(1e6 * Math.fround(0.1) ** 2, { relative: 1e-10 }); // a million roundings
  });

  test("combine two vectors in the precision of the result, which may turn out not to be finite", () => {
    const out = new Float32Array(2);
    axpby(2, Float32Array.of(1, 2), -1, Float32Array.of(3, 1), out);
    expect([...out]).toEqual([-1, 3]);
    expect(allFinite(out)).toBe(true);
    axpby(1, Float64Array.of(1, 1e39), 1, Float64Array.of(0, 0), out);
    expect(allFinite(out)).toBe(false);
    axpby(1, Float32Array.of(1, NaN), 1, Float32Array.of(0, 0), out);
    expect(allFinite(out)).toBe(false);
  });

  test("combineFinite() combines and finds one NaN or infinity anywhere", () => {
    const out = new Float32Array(9);
    const ramp = Float32Array.from(out, (_, i) => i);
    expect(combineFinite(2, ramp, -1, new Float32Array(9).fill(1), out)).toBe(true);
    expect([...out]).toEqual([-1, 1, 3, 5, 7, 9, 11, 13, 15]);
    for (const bad of [Number.NaN, Infinity, -Infinity, 1e39]) {
      for (let i = 0; i < 9; i++) {
        expect(combineFinite(1, new Float64Array(9).fill(bad, i, i + 1), 1, new Float64Array(9), out)).toBe(false);
      }
    }
  });

  test("blend() averages in place and scales what comes out", () => {
    const [m, out] = [Float64Array.of(1, 2), new Float64Array(2)];
    blend(0.5, m, 0.25, Float64Array.of(4, 8), 10, out);
    expect([m, out]).toEqual([Float64Array.of(1.5, 3), Float64Array.of(15, 30)]);
  });

  test.each([1, 2047, 2048, 2049, 2050, 5001])(
    "sums over %d entries, however they fall into blocks, miss none",
    (n) => {
      const x = Float64Array.from({ length: n }, (_, i) => i + 1);
      const ones = new Float64Array(n).fill(1);
      expect(dot(x, ones)).toBe((n * (n + 1)) / 2);
      expect(weightedDot(ones, x, x)).toBe((n * (n + 1) * (2 * n + 1)) / 6);
      expect(allFinite(x)).toBe(true);
      expect(allFinite(x.fill(NaN, n - 1))).toBe(false);
    },
  );

  test("update in place", () => {
    const y = Float64Array.of(1, 2);
    axpy(2, Float64Array.of(10, 20), y);
    expect(y).toEqual(Float64Array.of(21, 42));
    axpby(1, Float64Array.of(1, 1), -1, y);
    expect(y).toEqual(Float64Array.of(-20, -41));
    scale(0.5, y);
    expect(y).toEqual(Float64Array.of(-10, -20.5));
  });

  test("allFinite() finds one NaN or infinity anywhere", () => {
    expect(allFinite(new Float32Array(9))).toBe(true);
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      for (let i = 0; i < 9; i++) expect(allFinite(new Float64Array(9).fill(bad, i, i + 1))).toBe(false);
    }
  });
});

describe("makeRandom()", () => {
  test("repeats itself for a key and differs between keys", () => {
    const draw = (seed: number, stream?: number) => normalVector(makeRandom(seed, stream), 5);
    expect(draw(1)).toEqual(draw(1));
    const keys = [draw(0), draw(1), draw(2 ** 32), draw(0, 1), draw(1, 1), draw(-1), draw(0, 2)];
    expect(new Set(keys.map((v) => v.join())).size).toBe(keys.length);
  });

  test("draws with the moments of its distributions", () => {
    const count = 100_000;
    const mean = (v: ArrayLike<number>, power: number) => Array.from(v).reduce((sum, x) => sum + x ** power, 0) / count;
    const near = (value: number, expected: number, deviation: number) =>
      expect(Math.abs(value - expected)).toBeLessThan((4 * deviation) / Math.sqrt(count)); // four standard errors
    const normal = normalVector(makeRandom(7), count);
    near(mean(normal, 1), 0, 1);
    near(mean(normal, 2), 1, Math.sqrt(2));
    near(mean(normal, 4), 3, Math.sqrt(96));
    const signs = signVector(makeRandom(7), count, "float32");
    expect(mean(signs, 2)).toBe(1);
    near(mean(signs, 1), 0, 1);
    const random = makeRandom(8);
    const uniform = Float64Array.from({ length: count }, () => random.uniform());
    near(mean(uniform, 1), 0.5, Math.sqrt(1 / 12));
    expect(uniform.every((u) => u >= 0 && u < 1)).toBe(true);
    const counts = new Float64Array(6);
    for (let i = 0; i < count; i++) counts[random.integer(6)]++;
    for (const c of counts) near(c / count, 1 / 6, Math.sqrt(5 / 36));
  });

  test("has uncorrelated neighbours and streams", () => {
    const count = 100_000;
    const [a, b] = [normalVector(makeRandom(5, 0), count), normalVector(makeRandom(5, 1), count)];
    expect(Math.abs(dot(a, b)) / count).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(dot(a.subarray(1), a.subarray(0, count - 1))) / count).toBeLessThan(4 / Math.sqrt(count));
  });
});
