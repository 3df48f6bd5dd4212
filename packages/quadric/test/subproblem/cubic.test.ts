import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import { cubic } from "../../src/subproblem/cubic.ts";
import { exact } from "../../src/subproblem/exact.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { denseProduct, quadraticDecrease, weightedLength } from "../helpers/dense.ts";
import "../helpers/matchers.ts";
import { type KnownProblem, knownProblem, problemKinds } from "../helpers/random-problems.ts";

const modelOf = ({ gradient, multiply, metric }: KnownProblem) => ({
  gradient,
  multiply,
  norm: norms.diagonal(metric),
});
const H3 = [[1, 0, 4], [0, 2, 0], [4, 0, 3]]; // biome-ignore format: a matrix
const easy3 = {
  gradient: Float64Array.of(5, 0, 4),
  multiply: (v: Vector) => denseProduct(H3, v),
  norm: norms.euclidean(),
};
const full = { tolerance: 1e-10, maxProducts: 100 };

describe("cubic()", () => {
  test("solves the example of its documentation", async () => {
    const step = await cubic({ ...easy3, sigma: 4, tolerance: 1e-10 });
    expect(step.step).toBeAllclose([-1, 0, 0], { absolute: 1e-14 });
    expect([step.multiplier as number, step.modelDecrease]).toBeAllclose([4, 19 / 6]);
    expect(step.outcome).toBe("interior");
  });

  test("takes the trust-region step of radius λ/σ, its decrease counted with the cubic term", async () => {
    for (let seed = 0; seed < 70; seed++) {
      const problem = knownProblem(seed, { size: 2 + (seed % 10), kind: problemKinds[seed % 7], decades: 3 });
      for (const sigma of [1e-4, 1, 1e4]) {
        const step = await cubic({ ...modelOf(problem), ...full, sigma });
        const multiplier = step.multiplier as number;
        expect(multiplier).toBeAllclose(sigma * step.stepNorm, { relative: 1e-10 });
        const value = quadraticDecrease(problem.rows, problem.gradient, step.step) - (sigma / 3) * step.stepNorm ** 3;
        // Cancellation in the reference where the cubic term is nearly all of the decrease.
        expect(step.modelDecrease).toBeAllclose(value, { relative: 1e-7 });
        if (multiplier === 0) continue;
        const ball = await exact({ ...modelOf(problem), radius: multiplier / sigma });
        expect(ball.multiplier as number).toBeAllclose(multiplier, { relative: 1e-7 }); // near-hard multipliers move like √ε
        expect(ball.modelDecrease - (sigma / 3) * step.stepNorm ** 3).toBeAllclose(step.modelDecrease, {
          relative: 1e-7,
        });
      }
    }
  });

  test("solves again at other σ from its basis, for no product", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const problem = knownProblem(seed, { size: 12, kind: problemKinds[seed % 7], decades: 1 });
      const step = await cubic({ ...modelOf(problem), ...full, sigma: 1, memoryBudget: 1e6 });
      for (const sigma of [0.5, 2, 8, 1e3]) {
        const again = (await step.atRadius!(sigma))!;
        const fresh = await exact({ ...modelOf(problem), sigma });
        expect(again.products).toBe(0);
        expect(again.modelDecrease).toBeAllclose(fresh.modelDecrease, { relative: 1e-10 });
      }
    }
  });

  test("each rule ends with the residual it promises", async () => {
    for (const rule of ["gradient", "step", "step-over-sigma"] as const) {
      for (let seed = 0; seed < 30; seed++) {
        const problem = knownProblem(seed, { size: 40, kind: seed % 2 ? "convex" : "indefinite", decades: 2 });
        const sigma = 3 * (problem.sigma as number);
        const step = await cubic({ ...modelOf(problem), sigma, rule, tolerance: 1e-2 });
        const { rows, gradient, metric } = problem;
        const dual = metric.map((a) => 1 / a);
        const Bs = denseProduct(rows, step.step);
        const slope = Bs.map((b, i) => b + sigma * step.stepNorm * metric[i] * step.step[i] + gradient[i]);
        const gamma = weightedLength(dual, gradient);
        const limit = {
          gradient: Math.sqrt(gamma),
          step: step.stepNorm,
          "step-over-sigma": step.stepNorm / Math.max(1, sigma),
        };
        expect(weightedLength(dual, slope)).toBeLessThanOrEqual(
          Math.min(1e-2, limit[rule]) * gamma * (1 + 1e-6) + 1e-12 * gamma,
        );
      }
    }
  });

  test("with a looser tolerance spends fewer products, by every rule", async () => {
    for (const rule of ["gradient", "step", "step-over-sigma"] as const) {
      const problem = knownProblem(4, { size: 40, kind: "convex" });
      const options = { ...modelOf(problem), sigma: problem.sigma!, rule };
      const [loose, tight] = [
        await cubic({ ...options, tolerance: 0.5 }),
        await cubic({ ...options, tolerance: 1e-9 }),
      ];
      expect(loose.products).toBeLessThan(tight.products);
      expect(tight.products).toBeLessThan(41);
    }
  });

  test("at g = 0 takes the leftmost eigenvector to the length −λ_min/σ, and stays where B ⪰ 0", async () => {
    const gradient = new Float64Array(3);
    const step = await cubic({ ...easy3, ...full, gradient, sigma: 2 });
    const lambda = Math.sqrt(17) - 2;
    expect(step.outcome).toBe("hard-case");
    expect([step.multiplier as number, step.stepNorm, step.modelDecrease]).toBeAllclose([
      lambda,
      lambda / 2,
      lambda ** 3 / 24,
    ]);
    const flat = await cubic({ ...easy3, ...full, gradient, multiply: (v) => v.slice(), sigma: 2 });
    expect(flat).toMatchObject({ outcome: "interior", stepNorm: 0, modelDecrease: 0, multiplier: 0 });
  });

  test("solves the purely cubic model, B = 0: ‖s‖² = ‖g‖/σ", async () => {
    const step = await cubic({ ...easy3, ...full, multiply: (v) => v.map(() => 0), sigma: 2 });
    expect(step.stepNorm).toBeAllclose(Math.sqrt(Math.sqrt(41) / 2));
    expect(step.modelDecrease).toBeAllclose((2 / 3) * Math.sqrt(41) * step.stepNorm);
  });

  test("says what must hold when misused", async () => {
    const rejected = (options: object) => expect(cubic({ ...easy3, sigma: 1, ...options })).rejects;
    await rejected({ sigma: 0 }).toThrow("cubic: sigma must be > 0, got 0.");
    await rejected({ tolerance: 2 }).toThrow("cubic: tolerance must be in (0, 1), got 2.");
    await rejected({ rule: "s" }).toThrow("cubic: rule must be one of gradient, step, step-over-sigma, got s.");
  });
});
