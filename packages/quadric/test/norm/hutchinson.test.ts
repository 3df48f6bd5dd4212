import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import type { Vector } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";

const size = 50;
/** diag(1 … 50, every third negative) with a band of 0.3 beside it. */
const curvature = (v: Vector) =>
  v.map((x, i) => (i % 3 === 0 ? -(i + 1) : i + 1) * x + 0.3 * (v[i - 1] ?? 0) + 0.3 * (v[i + 1] ?? 0));

describe("norms.hutchinson()", () => {
  test("converges to |diag B|^p + ε like 1/√probes, whatever the gradients", async () => {
    const errors = [];
    for (const firstProbes of [100, 6400]) {
      const norm = norms.hutchinson({ firstProbes, exponent: 1, epsilon: 1e-4 });
      norm.update(new Float64Array(size).fill(7));
      await norm.probe(curvature);
      errors.push(Math.max(...norm.diagonal!.map((a, i) => Math.abs(a - (i + 1 + 1e-4)))));
    }
    // Off-diagonal mass √2·0.3 per row: standard error 0.42/√probes; the largest of fifty within four of them.
    expect(errors[0]).toBeLessThan((4 * 0.42) / Math.sqrt(100));
    expect(errors[1]).toBeLessThan((4 * 0.42) / Math.sqrt(6400));
  });

  test("spends its probes where it says: many at the first point, few later", async () => {
    const norm = norms.hutchinson({ firstProbes: 5, probes: 1 }).fresh({ size, tensors: [] });
    const probes: Vector[] = [];
    const counted = (v: Vector) => {
      probes.push(v);
      return curvature(v);
    };
    await norm.probe(counted);
    await norm.probe(counted);
    await norm.probe(counted);
    expect(probes).toHaveLength(7);
    expect(new Set(probes.map((z) => z.join())).size).toBe(7);
    expect(probes.every((z) => z.every((x) => Math.abs(x) === 1))).toBe(true);
  });

  test("probes in the precision of the gradients", async () => {
    const norm = norms.hutchinson({ firstProbes: 1 });
    norm.update(new Float32Array(size));
    await norm.probe((v) => {
      expect(v).toBeInstanceOf(Float32Array);
      return curvature(v);
    });
  });

  test("learns nothing from curvature that is not finite", async () => {
    const norm = norms.hutchinson().fresh({ size, tensors: [] });
    await norm.probe(curvature);
    const before = norm.diagonal!.slice();
    await norm.probe((v) => v.map(() => Number.NaN));
    expect(norm.diagonal).toEqual(before);
  });

  test("is exact for diagonal curvature from the first probe", async () => {
    const norm = norms.hutchinson({ firstProbes: 1, epsilon: 1e-12 });
    norm.update(new Float64Array(4));
    await norm.probe((v) => v.map((x, i) => -8 * (i + 1) * x));
    expect(norm.diagonal!).toBeAllclose([2, 2 * 2 ** (1 / 3), 2 * 3 ** (1 / 3), 2 * 4 ** (1 / 3)]);
  });
});
