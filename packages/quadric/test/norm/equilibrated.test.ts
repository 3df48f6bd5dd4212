import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { flatLayout } from "../../src/vector/layout.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";

const size = 60;
const random = makeRandom(3);
const root = Array.from({ length: size }, () => Float64Array.from({ length: size }, () => random.normal()));
/** A full matrix MᵀM + 60I with rows of like lengths, in units u: B_ij/(u_i·u_j). */
const curvatureIn = (units: ArrayLike<number>) => (v: Vector) => {
  const scaled = v.map((x, i) => x / units[i]);
  const product = new Float64Array(size);
  for (const row of root) {
    const along = row.reduce((sum, m, j) => sum + m * scaled[j], 0);
    for (let j = 0; j < size; j++) product[j] += row[j] * along;
  }
  return v.map((_, i) => (product[i] + size * scaled[i]) / units[i]);
};
const ones = new Float64Array(size).fill(1);
const decades = Float64Array.from(ones, () => 10 ** (24 * random.uniform() - 12));
const at = (w: Float64Array) => ({ w, gradient: w.map((x) => 1 / x), magnitude: 1 });

async function learnt(units: Float64Array, options = {}, w = units) {
  const norm = norms.equilibrated(options).fresh(flatLayout(size));
  await norm.probe(curvatureIn(units), at(w));
  return norm;
}

describe("norms.equilibrated()", () => {
  test("has the same ellipsoid in any units of the parameters", async () => {
    const [plain, scaled] = [await learnt(ones), await learnt(decades)];
    for (let i = 0; i < size; i++) {
      expect((scaled.diagonal![i] * decades[i] ** 2) / plain.diagonal![i]).toBeCloseTo(1, 10);
    }
  });

  test("finds units over 24 decades from a start that knows nothing of them, within an order of magnitude", async () => {
    const { diagonal } = await learnt(decades, {}, ones);
    const own = diagonal!.map((a, i) => a * decades[i] ** 2);
    expect(Math.max(...own) / Math.min(...own)).toBeLessThan(10);
  });

  test("never falls", async () => {
    const norm = await learnt(ones);
    const before = norm.diagonal!.slice();
    await norm.probe((v) => curvatureIn(ones)(v).map((x) => x / 1e6));
    expect(norm.diagonal).toEqual(before);
    await norm.probe((v) => curvatureIn(ones)(v).map((x) => 1e6 * x));
    expect(norm.diagonal!.every((a, i) => a > 10 * before[i])).toBe(true);
  });

  test("measures parameters without curvature by their own size, and those at zero by their slope", async () => {
    const norm = norms.equilibrated().fresh(flatLayout(3));
    const point = { w: Float64Array.of(4, 0, 0), gradient: Float64Array.of(1, 8, 0), magnitude: 2 };
    await norm.probe((v) => v.map(() => 0), point);
    expect(norm.diagonal).toEqual(Float64Array.of(4 / 16, 4 * 16, 1));
  });

  test("is a multiple of the Euclidean norm where curvatures are alike, not where units differ", async () => {
    const plain = await learnt(ones, { alike: 1e4, probes: 0 });
    expect(new Set(plain.diagonal).size).toBe(1);
    const scaled = await learnt(decades, { alike: 1e4, probes: 0 });
    expect(new Set(scaled.diagonal).size).toBe(size);
    const before = scaled.diagonal!.slice();
    await scaled.probe(() => expect.unreachable());
    expect(scaled.diagonal).toEqual(before);
  });

  test("learns nothing from curvature that is not finite, and refuses impossible options", async () => {
    const norm = await learnt(ones);
    const before = norm.diagonal!.slice();
    await norm.probe((v) => v.map(() => Number.NaN));
    expect(norm.diagonal).toEqual(before);
    expect(() => norms.equilibrated({ firstProbes: 0 })).toThrow(
      "norms.equilibrated: firstProbes must be an integer >= 1, got 0.",
    );
    expect(() => norms.equilibrated({ alike: 0.5 })).toThrow("norms.equilibrated: alike must be >= 1, got 0.5.");
  });
});
