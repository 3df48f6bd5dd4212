import { describe, expect, test } from "vitest";
import { norms } from "../../../src/norm/norms.ts";
import { cubic } from "../../../src/subproblem/cubic.ts";
import { exact } from "../../../src/subproblem/exact.ts";
import { gltr } from "../../../src/subproblem/gltr.ts";
import { certificate } from "../../helpers/certificate.ts";
import "../../helpers/matchers.ts";
import { type KnownProblem, knownProblem, type ProblemKind, problemKinds } from "../../helpers/random-problems.ts";

const kinds = problemKinds.filter((kind) => kind !== "zero-gradient");

/** Most problems are small, some are large; all A range from the identity to eight decades. */
function battery(count: number, seed: number): KnownProblem[] {
  return Array.from({ length: count }, (_, i) => {
    const size = i % 250 === 0 ? 200 : i % 50 === 0 ? 60 : i % 10 === 0 ? 25 : 1 + (i % 9);
    const kind: ProblemKind = size === 1 ? kinds[i % 4] : problemKinds[i % problemKinds.length];
    return knownProblem(seed + i, { size, kind, decades: [0, 2, 8][i % 3] });
  });
}

const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});

describe("optimality certificates on 2,000 random problems", () => {
  // In ‖·‖_{A⁻¹} everything is of the size of its own terms; 1e-9 is what the solvers are asked for.
  const expectCertified = (problem: KnownProblem, step: Parameters<typeof certificate>[1], model: "ball" | "cubic") => {
    const { stationarity, semidefiniteness, complementarity } = certificate(problem, step, model);
    expect(stationarity).toBeLessThan(1e-9);
    expect(semidefiniteness).toBeLessThan(1e-10);
    expect(complementarity).toBeLessThan(1e-9);
  };

  test.each([0, 1, 2, 3])("gltr, exact and cubic find the global solution, batch %i", async (batch) => {
    for (const problem of battery(500, 10_000 * (batch + 1))) {
      const { size, radius, sigma, decrease, cubicDecrease } = problem;
      const full = { ...modelOf(problem), tolerance: 1e-10, maxProducts: 2 * size };
      const reference = await exact({ ...modelOf(problem), radius });
      expectCertified(problem, reference, "ball");
      expect(reference.modelDecrease).toBeAllclose(decrease);

      const krylov = await gltr({ ...full, radius });
      expectCertified(problem, krylov, "ball");
      expect(krylov.modelDecrease).toBeAllclose(reference.modelDecrease, { relative: 1e-11 });
      expect(krylov.products).toBeLessThanOrEqual(size);

      if (sigma === undefined) continue;
      const regularized = await cubic({ ...full, sigma });
      expectCertified(problem, regularized, "cubic");
      expect(regularized.modelDecrease).toBeAllclose(cubicDecrease, { relative: 1e-11 });
    }
  });
});
