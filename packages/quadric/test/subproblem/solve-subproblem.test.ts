import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { solveSubproblem } from "../../src/subproblem/solve-subproblem.ts";
import { subproblems } from "../../src/subproblem/subproblems.ts";
import type { Vector } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

const { gradient, multiply, metric, radius, sigma } = knownProblem(1, { size: 6, kind: "indefinite", decades: 2 });
const problem = { gradient, multiply, norm: metric, radius };

describe("solveSubproblem()", () => {
  test("takes the diagonal of A, a norm or nothing, and products as vectors or promises", async () => {
    const { norm: _, ...euclidean } = problem;
    for (const method of ["cauchy", "steihaug", "gltr", "exact"] as const) {
      const step = await solveSubproblem({ ...problem, method });
      const plain = { ...step, atRadius: expect.anything() };
      if (step.atRadius === undefined) delete (plain as Partial<typeof plain>).atRadius;
      expect(await solveSubproblem({ ...problem, method, norm: norms.diagonal(metric) })).toEqual(plain);
      expect(await solveSubproblem({ ...problem, method, norm: Array.from(metric) })).toEqual(plain);
      expect(await solveSubproblem({ ...problem, method, multiply: async (v: Vector) => multiply(v) })).toEqual(plain);
      const sphere = await solveSubproblem({ ...euclidean, method });
      expect(sphere.step).toBeAllclose((await solveSubproblem({ ...problem, norm: metric.map(() => 1), method })).step);
    }
  });

  test("chooses gltr for a radius and cubic for a σ", async () => {
    expect(await solveSubproblem(problem)).toEqual(await solveSubproblem({ ...problem, method: "gltr" }));
    const regularized = { ...problem, radius: undefined, sigma };
    expect(await solveSubproblem(regularized)).toEqual(await solveSubproblem({ ...regularized, method: "cubic" }));
  });

  test("says what must hold when misused", async () => {
    const rejected = (options: object) => expect(solveSubproblem({ ...problem, ...options })).rejects;
    await rejected({ radius: undefined }).toThrow(
      "need either radius or sigma, got radius = undefined, sigma = undefined.",
    );
    await rejected({ sigma: 1 }).toThrow("solveSubproblem: need either radius or sigma");
    await rejected({ method: "cubic" }).toThrow("solveSubproblem: method cubic needs sigma, got a radius.");
    await rejected({ radius: undefined, sigma, method: "gltr" }).toThrow(
      "method must be cubic or exact with sigma, got gltr.",
    );
    await rejected({ method: "newton" }).toThrow("method must be cauchy, steihaug, gltr, exact or cubic, got newton.");
    await rejected({ norm: [1, 2] }).toThrow("solveSubproblem: norm must have shape [6], got [2].");
    await rejected({ norm: [1, 2, 3, 0, 1, 1] }).toThrow("norms.diagonal: every entry must be > 0, got 0 at 3.");
    await rejected({ gradient: [1, 2] }).toThrow(
      "solveSubproblem: gradient must be a Float32Array or Float64Array, got Array.",
    );
  });
});

describe("subproblems", () => {
  test("are the solvers with their settings bound", async () => {
    const model = { gradient, multiply, norm: norms.diagonal(metric) };
    for (const solver of [subproblems.cauchy(), subproblems.steihaug(), subproblems.gltr(), subproblems.exact()]) {
      const step = await solver.solve(model, { radius });
      const same = await solveSubproblem({ ...model, radius, method: solver.name as "gltr" });
      expect(step.step).toEqual(same.step);
    }
    const misused = subproblems.gltr({ restart: "always" as "never" }).solve(model, { radius });
    await expect(misused).rejects.toThrow("gltr: restart must be one of never, invariant, certify, got always.");
  });
});
