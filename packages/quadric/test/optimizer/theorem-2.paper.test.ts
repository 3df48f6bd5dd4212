/** The mechanism behind Theorem 2 and Lemma 1, along real runs. */
import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import type { Closures } from "../../src/objective/closures.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { paperTrustRegion } from "../../src/paper/trust-region.ts";
import { subproblems } from "../../src/subproblem/subproblems.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import { initialFloor } from "../helpers/initial-floor.ts";
import { lemmaBounds } from "../helpers/lemma-bounds.ts";
import { startOn, takeSteps } from "../helpers/steps.ts";

/**
 * f = Σ aᵢ(1 − cos xᵢ): saddles wherever a coordinate is an odd multiple of π. |∂f| ≤ a = M_∞, ‖∇²f‖ ≤ max a = L_g, and
 * the Hessian is Lipschitz with L_H = max a.
 */
const a = [4, 1, 0.25];
const f: Closures = {
  value: (x) => a.reduce((sum, ai, i) => sum + ai * (1 - Math.cos(x[i])), 0),
  gradient: (x) => x.map((xi, i) => a[i] * Math.sin(xi)),
  hvp: (x, v) => v.map((vi, i) => a[i] * Math.cos(x[i]) * vi),
};
const [gradientBound, hessianBound, lipschitz] = [4, 4, 4];

const starts = [...Array(20).keys()].map((seed) => [...normalVector(makeRandom(seed), 3).map((x) => 2 * x)]);
const epsilon = 1e-2;

describe("Lemma 1", () => {
  test.each([
    ["rmsprop", norms.rmsprop({ epsilon })],
    ["adam", norms.adam({ epsilon, beta: 0.9 })],
  ])("bounds μ of %s along every run", async (_, norm) => {
    const { mu } = lemmaBounds({ epsilon, gradientBound });
    for (const start of starts) {
      const steps = startOn(trustRegion({ norm, radius: { initial: 0.5 } }), f, start);
      for (let k = 0; k < 60; k++) {
        await takeSteps(steps, 1);
        expect(steps.run.norm!.bounds().mu).toBeLessThanOrEqual(mu * (1 + 1e-12));
      }
    }
  });

  test("is violated when ε is only the start of the average", async () => {
    const { mu } = lemmaBounds({ epsilon, gradientBound });
    const norm = initialFloor(epsilon);
    // A slow run on which the third gradient stays zero: its axis is all ε, which decays like β^t.
    const region = trustRegion({ norm, radius: { initial: 0.01, max: 0.01 } });
    const { run } = await takeSteps(startOn(region, f, [2, 2, 0]), 60);
    expect(run.norm!.bounds().mu).toBeGreaterThan(10 * mu);
  });
});

describe("Theorem 2", () => {
  const [gradientTolerance, curvatureTolerance] = [1e-3, 1e-2];
  const [eta1, decrease] = [0.1, 2];
  const { min, max, mu } = lemmaBounds({ epsilon, gradientBound });

  /**
   * A step is accepted once the model's error, (L_H/6)(μΔ)³, is at most (1 − η₁) of the least decrease, which is that
   * of the Cauchy point where ‖g‖ > ε_g and that of the eigen step elsewhere; so Δ never falls below 1/γ_dec of such a
   * Δ.
   */
  const gamma = gradientTolerance / Math.sqrt(max);
  const cauchy = Math.min(
    gamma / (1 + hessianBound / min),
    Math.sqrt((3 * (1 - eta1) * gamma) / (lipschitz * mu ** 3)),
  );
  const eigen = (3 * (1 - eta1) * curvatureTolerance) / (lipschitz * mu ** 3);
  const floor = Math.min(cauchy, eigen) / decrease;

  test.each(["steihaug", "gltr", "exact"] as const)(
    "keeps Δ above a multiple of min(ε_g, ε_H) with %s",
    async (name) => {
      const options = {
        norm: norms.rmsprop({ epsilon }),
        subproblem: { solver: subproblems[name]() },
        radius: { initial: 2, shrink: decrease, grow: 2 },
        acceptance: { eta1 },
        policy: { growOnlyAtBoundary: true, shrinkFrom: "radius", keepBatchOnReject: true } as const,
        tolerances: { gradient: gradientTolerance, curvature: curvatureTolerance },
      };
      for (const start of [...starts, [0, Math.PI, 0], [Math.PI, 0.5, Math.PI]]) {
        const { records, run } = await takeSteps(startOn(paperTrustRegion(options), f, start), 500);
        expect(records.at(-1)?.status).toBe("second-order-converged");
        for (const { radius } of records) expect(radius!).toBeGreaterThanOrEqual(floor);
        // Second-order points of f are its minima: every coordinate a multiple of 2π.
        for (const x of run.parameters) expect(Math.cos(x)).toBeGreaterThan(0.99);
      }
    },
  );
});
