import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { inner } from "../helpers/dense.ts";
import "../helpers/matchers.ts";

const size = 6;
const gradients = Array.from({ length: 9 }, (_, t) => normalVector(makeRandom(8, t), size));
const probe = normalVector(makeRandom(9), size);

/** (Σ weight(t) g gᵀ + floor·I)·v from the gradients themselves. */
function secondMoment(weight: (t: number) => number, floor: number, v: Vector): number[] {
  return Array.from(v, (x, i) => gradients.reduce((sum, g, t) => sum + weight(t) * g[i] * inner(g, v), floor * x));
}

const weights = {
  adagrad: () => 1,
  rmsprop: (t: number) => 0.2 * 0.8 ** (gradients.length - 1 - t),
  adam: (t: number) => (0.001 * 0.999 ** (gradients.length - 1 - t)) / (1 - 0.999 ** gradients.length),
};

describe("norms.fullMatrix()", () => {
  test.each(["adagrad", "rmsprop", "adam"] as const)(
    "%s: A is V + εI without the root, and A² is with it",
    (accumulate) => {
      const make = (exponent: number) => {
        const norm = norms.fullMatrix({ accumulate, exponent, epsilon: 1e-3 });
        for (const g of gradients) norm.update(g);
        return norm;
      };
      const expected = secondMoment(weights[accumulate], 1e-3, probe);
      expect(make(1).multiply(probe)).toBeAllclose(expected);
      const root = make(0.5);
      expect(root.multiply(root.multiply(probe))).toBeAllclose(expected);
      const third = make(1 / 3);
      expect(third.multiply(third.multiply(third.multiply(probe)))).toBeAllclose(expected);
    },
  );

  test("adds ε outside the power", () => {
    const outside = norms.fullMatrix({ epsilon: 0.1, epsilonPlacement: "outside", exponent: 1 });
    for (const g of gradients) outside.update(g);
    expect(outside.multiply(probe)).toBeAllclose(secondMoment(weights.rmsprop, 0.1, probe));
  });

  test("is the diagonal norm where gradients point along the axes, and turns with them", () => {
    const [full, diagonal] = [norms.fullMatrix(), norms.rmsprop()];
    for (let t = 0; t < 12; t++) {
      const g = Float64Array.from({ length: size }, (_, i) => (i === t % size ? 1 + t : 0));
      full.update(g);
      diagonal.update(g);
    }
    expect(full.solve(probe)).toBeAllclose(diagonal.solve(probe));

    // H = I − 2uuᵀ: A of rotated gradients is HAH.
    const u = normalVector(makeRandom(1), size);
    const turn = (v: Vector) => {
      const along = (2 * inner(u, v)) / inner(u, u);
      return v.map((x, i) => x - along * u[i]);
    };
    const [plain, turned] = [norms.fullMatrix({ epsilon: 1e-2 }), norms.fullMatrix({ epsilon: 1e-2 })];
    for (const g of gradients) {
      plain.update(g);
      turned.update(turn(g));
    }
    expect(turned.multiply(turn(probe))).toBeAllclose(turn(plain.multiply(probe)));
  });

  test("clips its eigenvalues", () => {
    const norm = norms.fullMatrix({ accumulate: "adagrad", clip: { min: 0.5, max: 2 } });
    for (let t = 0; t < 4; t++) norm.update(gradients[t]);
    expect(norm.bounds()).toMatchObject({ min: 0.5, max: 2 });
    expect(() => norms.fullMatrix({ clip: { min: -1 } })).toThrow(
      "norms.fullMatrix: need 0 < min <= max, got min = -1",
    );
    expect(() => norms.fullMatrix({ accumulate: "sum" as never })).toThrow(
      "accumulate must be one of adagrad, rmsprop, adam",
    );
  });
});
