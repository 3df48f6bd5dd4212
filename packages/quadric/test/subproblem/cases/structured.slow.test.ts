import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { gltr } from "../../../src/subproblem/gltr.ts";
import { makeRandom } from "../../../src/vector/random.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { referenceProducts } from "../../helpers/reference-lanczos.ts";
import "../../helpers/matchers.ts";

/**
 * B = D T D in the norm A = D² over four decades, T banded. Easy: T = pentadiagonal, shifted to be indefinite, g
 * random. Hard: T is made of two uncoupled parts, g lives on the first (4 entries) and the leftmost eigenvalue on the
 * second, where one entry of the diagonal binds an eigenvector below the band.
 */
function structured(size: number, kind: "easy" | "hard", seed: number) {
  const random = makeRandom(seed, size);
  const scale = Float64Array.from({ length: size }, () => 10 ** (2 * random.uniform() - 1));
  const cut = kind === "hard" ? 4 : 0;
  const diagonal = Float64Array.from({ length: size }, (_, i) => (kind === "easy" ? 2.2 : i < cut ? 3 ** (i + 1) : 3));
  if (kind === "hard") diagonal[cut + Math.floor(size / 3)] = -4;
  const multiply = (v: Vector): Vector => {
    const x = v.map((value, i) => value * scale[i]);
    const out = x.map((value, i) => value * diagonal[i]);
    for (const [offset, weight] of [
      [1, -1],
      [2, -0.35],
    ]) {
      // biome-ignore format: a band
      for (let i = 0; i + offset < size; i++) {
        if (i < cut && i + offset >= cut) continue;
        out[i] += weight * x[i + offset];
        out[i + offset] += weight * x[i];
      }
    }
    for (let i = 0; i < size; i++) out[i] *= scale[i];
    return out;
  };
  const gradient = Float64Array.from({ length: size }, (_, i) =>
    i < cut || cut === 0 ? scale[i] * random.normal() : 0,
  );
  const gamma = Math.sqrt(gradient.reduce((sum, g, i) => sum + (g / scale[i]) ** 2, 0));
  return { gradient, multiply, metric: scale.map((s) => s * s), radius: gamma };
}

describe("gltr() on structured problems", () => {
  test.each([
    ["easy", 10_000, 1e-6],
    ["easy", 100_000, 1e-3],
    ["hard", 10_000, 1e-6],
    ["hard", 100_000, 1e-3],
  ] as const)(
    "%s, d = %i: products within a tenth of fully re-orthogonalised Lanczos",
    async (kind, size, tolerance) => {
      const problem = structured(size, kind, 1);
      const reference = referenceProducts({
        ...problem,
        multiply: (v) => problem.multiply(v) as Float64Array,
        tolerance,
      });
      const options = { ...problem, norm: norms.diagonal(problem.metric), tolerance, maxProducts: 2 * reference };
      const stored = await gltr(options);
      expect(stored.outcome).toBe(kind === "hard" ? "hard-case" : "boundary");
      expect(stored.products).toBeLessThanOrEqual(1.1 * reference);
    },
  );

  test.each(["easy", "hard"] as const)("%s, d = 10,000, float32: products within a tenth as well", async (kind) => {
    const problem = structured(10_000, kind, 2);
    const tolerance = 1e-3;
    const reference = referenceProducts({
      ...problem,
      multiply: (v) => problem.multiply(v) as Float64Array,
      tolerance,
    });
    const gradient = Float32Array.from(problem.gradient);
    const step = await gltr({
      ...problem,
      gradient,
      norm: norms.diagonal(problem.metric),
      tolerance,
      maxProducts: 2 * reference,
    });
    expect(step.products).toBeLessThanOrEqual(1.1 * reference);
    expect(step.outcome).toBe(kind === "hard" ? "hard-case" : "boundary");
  });
});
