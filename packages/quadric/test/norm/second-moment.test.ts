import { describe, expect, test } from "vitest";
import { clipped } from "../../src/norm/diagonal.ts";
import type { Norm } from "../../src/norm/norm.ts";
import { norms } from "../../src/norm/norms.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

const gradients = Array.from({ length: 6 }, (_, t) => normalVector(makeRandom(3, t), 4));

/** Σ_t weight(t) g_t² entry by entry, written as the sum it is instead of by recurrence. */
function weightedSquares(weight: (t: number) => number): number[] {
  return [0, 1, 2, 3].map((i) => gradients.reduce((sum, g, t) => sum + weight(t) * g[i] ** 2, 0));
}

function fed(norm: Norm): Norm {
  for (const g of gradients) norm.update(g);
  return norm;
}

describe("diagonal second moments", () => {
  const last = gradients.length - 1;
  test("Adagrad sums, RMSProp averages with 0.8, Adam averages with 0.999 and corrects its bias", () => {
    const sums = weightedSquares(() => 1);
    expect(fed(norms.adagrad()).diagonal!).toBeAllclose(sums.map((v) => Math.sqrt(v + 1e-10)));
    const average = weightedSquares((t) => 0.2 * 0.8 ** (last - t));
    expect(fed(norms.rmsprop()).diagonal!).toBeAllclose(average.map((v) => Math.sqrt(v + 1e-10)));
    const corrected = weightedSquares((t) => (0.001 * 0.999 ** (last - t)) / (1 - 0.999 ** (last + 1)));
    expect(fed(norms.adam()).diagonal!).toBeAllclose(corrected.map((v) => Math.sqrt(v + 1e-10)));
  });

  test("ε stands inside the power, outside it, or only at the start", () => {
    const average = weightedSquares((t) => 0.1 * 0.9 ** (last - t));
    const options = { beta: 0.9, epsilon: 0.01 };
    const entries = (more: object) => fed(norms.rmsprop({ ...options, ...more })).diagonal!;
    expect(entries({})).toBeAllclose(average.map((v) => Math.sqrt(v + 0.01)));
    expect(entries({ exponent: 1 })).toBeAllclose(average.map((v) => v + 0.01));
    expect(entries({ exponent: 0.3 })).toBeAllclose(average.map((v) => (v + 0.01) ** 0.3));
    expect(entries({ epsilonPlacement: "outside" })).toBeAllclose(average.map((v) => Math.sqrt(v) + 0.01));
  });

  test("undefined options are the defaults", () => {
    const options = { beta: undefined, epsilon: undefined, exponent: undefined, biasCorrection: undefined };
    expect(fed(norms.rmsprop(options)).diagonal).toEqual(fed(norms.rmsprop()).diagonal);
    expect(fed(norms.adam(options)).diagonal).toEqual(fed(norms.adam()).diagonal);
  });

  test("clipping bounds the entries and touches no others", () => {
    const free = fed(norms.adagrad()).diagonal!;
    const middle = Array.from(free).sort()[1];
    const norm = fed(clipped(norms.adagrad(), { min: middle, max: 2 * middle }));
    expect(norm.diagonal!).toEqual(free.map((a) => Math.min(2 * middle, Math.max(middle, a))));
    expect(norm.name).toBe("clipped(adagrad)");
    expect(norm.bounds().mu).toBeLessThanOrEqual(Math.max(1, 1 / Math.sqrt(middle), Math.sqrt(2 * middle)));
  });

  test("say what must hold when misused", () => {
    expect(() => norms.adagrad({ epsilon: -1e-9 })).toThrow("norms.adagrad: epsilon must be > 0, got -1e-9.");
    expect(() => norms.rmsprop({ beta: 1 })).toThrow("norms.rmsprop: beta must be in (0, 1), got 1.");
    expect(() => norms.adam({ exponent: 2 })).toThrow("norms.adam: exponent must be in (0, 1], got 2.");
    expect(() => norms.adam({ exponent: 0 })).toThrow("norms.adam: exponent must be in (0, 1], got 0.");
    expect(() => norms.rmsprop({ epsilonPlacement: "below" as never })).toThrow(
      "norms.rmsprop: epsilonPlacement must be one of inside, outside, got below.",
    );
    expect(() => norms.diagonal([1, -2])).toThrow("norms.diagonal: every entry must be > 0, got -2 at 1.");
    expect(() => norms.diagonal([Infinity])).toThrow("norms.diagonal: every entry must be > 0, got Infinity at 0.");
    expect(() => clipped(norms.adagrad(), { min: 0 })).toThrow(
      "norms.clipped: need 0 < min <= max, got min = 0, max = Infinity.",
    );
    expect(() => clipped(norms.adagrad(), { min: 2, max: 1 })).toThrow(
      "norms.clipped: need 0 < min <= max, got min = 2, max = 1.",
    );
    const wrapped = clipped(norms.fullMatrix(), { min: 1 });
    expect(() => wrapped.norm(new Float64Array(2))).toThrow("norms.clipped: norm must be diagonal, got full-rmsprop.");
    const twice = norms.diagonal([1, 2]);
    expect(() => twice.fresh({ size: 3, tensors: [] })).toThrow("norms.diagonal: vector must have shape [2], got [3].");
  });
});
