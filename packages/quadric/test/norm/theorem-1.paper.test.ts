import { describe, expect, test } from "vitest";
import type { Norm } from "../../src/norm/norm.ts";
import { norms } from "../../src/norm/norms.ts";
import { exact } from "../../src/subproblem/exact.ts";
import { gltr } from "../../src/subproblem/gltr.ts";
import { steihaug } from "../../src/subproblem/steihaug/steihaug.ts";
import { flatLayout } from "../../src/vector/layout.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { inner } from "../helpers/dense.ts";
import "../helpers/matchers.ts";

const size = 8;
const eta = 0.3;
const linear = (v: Vector) => v.map(() => 0); // B = 0

const ellipsoids: readonly (readonly [string, () => Norm])[] = [
  ["sphere", () => norms.euclidean()],
  ["Adagrad", () => norms.adagrad()],
  ["RMSProp", () => norms.rmsprop()],
  ["Adam", () => norms.adam()],
  ["full-matrix RMSProp", () => norms.fullMatrix({ epsilon: 1e-2 })],
];

describe("Theorem 1: a preconditioned gradient step is a trust-region step of the linear model", () => {
  test.each(ellipsoids)("%s: every solver returns −ηA⁻¹g with decrease η‖g‖²_{A⁻¹}", async (_, make) => {
    const norm = make().fresh(flatLayout(size));
    for (let t = 0; t < 6; t++) {
      const gradient = normalVector(makeRandom(t), size);
      norm.update(gradient);
      const direction = norm.solve(gradient);
      const dual = Math.sqrt(inner(gradient, direction));
      const model = { gradient, multiply: linear, norm, radius: eta * dual };
      for (const solve of [steihaug, gltr, exact]) {
        const step = await solve(model);
        // A full matrix of small gradients is conditioned like 1e3.
        expect(step.step).toBeAllclose(
          direction.map((x) => -eta * x),
          { relative: 1e-11 },
        );
        expect(step.modelDecrease).toBeAllclose(eta * dual ** 2, { relative: 1e-11 });
        if (step.multiplier !== undefined) expect(step.multiplier).toBeAllclose(1 / eta, { relative: 1e-11 });
      }
    }
  });

  test("with Δ = η‖g‖_{A⁻¹} the trajectories are those of SGD, Adagrad and RMSProp", async () => {
    // L(w) = ½Σ i·(w_i − 1)²; the first-order methods are written out as they are usually given.
    const gradientAt = (w: Vector) => w.map((x, i) => (i + 1) * (x - 1));
    const rules: Record<string, (v: Float64Array, g: Vector) => Float64Array> = {
      euclidean: (v) => v.fill(1),
      adagrad: (v, g) => v.map((x, i) => x + g[i] ** 2),
      rmsprop: (v, g) => v.map((x, i) => 0.8 * x + 0.2 * g[i] ** 2),
    };
    for (const name of ["euclidean", "adagrad", "rmsprop"] as const) {
      const norm = norms[name]();
      let w: Vector = new Float64Array(size);
      let reference = new Float64Array(size);
      let v = new Float64Array(size);
      for (let t = 0; t < 30; t++) {
        const gradient = gradientAt(w);
        norm.update(gradient);
        const radius = 0.1 * Math.sqrt(inner(gradient, norm.solve(gradient)));
        const { step } = await steihaug({ gradient, multiply: linear, norm, radius });
        w = w.map((x, i) => x + step[i]);

        const g = gradientAt(reference);
        v = rules[name](v, g) as Float64Array<ArrayBuffer>;
        const floor = name === "euclidean" ? 0 : 1e-10;
        reference = reference.map((x, i) => x - (0.1 * g[i]) / Math.sqrt(v[i] + floor));
        expect(w).toBeAllclose(reference, { relative: 1e-10 }); // rounding grows along thirty steps
      }
    }
  });
});
