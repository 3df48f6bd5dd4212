import { describe, expect, test } from "vitest";
import { advance, type CgEnd, stepOf } from "../../../src/subproblem/steihaug/path.ts";
import { solveSteihaug } from "../../../src/subproblem/steihaug/solve.ts";
import { inner, length, quadraticDecrease } from "../../helpers/dense.ts";
import "../../helpers/matchers.ts";

describe("advance()", () => {
  test("goes to the minimum along the direction inside the region", () => {
    expect(advance({ gamma: 6, kappa: 2, ss: 4, sp: 0, pp: 1 }, 10)).toEqual({ tau: 3, exit: undefined });
  });

  test("a minimum on the boundary itself counts as an exit", () => {
    expect(advance({ gamma: 1, kappa: 1, ss: 0, sp: 0, pp: 1 }, 1)).toEqual({ tau: 1, exit: "boundary" });
  });

  test("without positive curvature goes to the boundary, zero included", () => {
    for (const kappa of [0, -1]) {
      expect(advance({ gamma: 1, kappa, ss: 0, sp: 0, pp: 4 }, 3)).toEqual({ tau: 1.5, exit: "negative-curvature" });
    }
  });

  test("loses no digits on the way to a near boundary, to either side of s", () => {
    // (√(1 + ε·pp) ∓ 1)/pp by its series, ε = Δ² − ss
    const radius = 1 + 2 ** -26;
    const room = radius * radius - 1; // exact
    const short = room / 2 - (2.3 / 8) * room ** 2;
    const along = { gamma: 1, kappa: -1, ss: 1, pp: 2.3 };
    expect(advance({ ...along, sp: 1 }, radius).tau).toBeAllclose(short, { relative: 1e-14 });
    expect(advance({ ...along, sp: -1 }, radius).tau).toBeAllclose(2 / 2.3 + short);
  });

  test("does not go back where rounding has s beyond the boundary", () => {
    expect(advance({ gamma: 1, kappa: -1, ss: 1 + 1e-15, sp: 0.5, pp: 1 }, 1).tau).toBe(0);
  });
});

describe("stepOf()", () => {
  const rows = [[2, 0.5, 0], [0.5, 3, 0], [0, 0, -4]]; // biome-ignore format: a matrix
  const gradient = Float64Array.of(1, 2, 3);
  const settings = { radius: 5, stop: 0.1, gradientNorm: length(gradient), maxProducts: 50 };
  const dot = inner;

  /** An end at s along p, with no path but its last direction, as a compiled program leaves it. */
  function endAt(s: number[], p: number[], more: Partial<CgEnd> = {}): CgEnd {
    const times = (v: number[]) => rows.map((row) => dot(row, v));
    const residual = times(s).map((x, i) => x + gradient[i]);
    const [gamma, kappa, ss, sp, pp] = [-dot(residual, p), dot(p, times(p)), dot(s, s), dot(s, p), dot(p, p)];
    return {
      products: 2,
      gamma,
      kappa,
      decrease: quadraticDecrease(rows, gradient, s),
      ss,
      sp,
      pp,
      ssNext: ss + (gamma / kappa) * (2 * sp + (gamma / kappa) * pp),
      gammaNext: 0,
      measure: 0,
      step: Float64Array.from(s),
      p: Float64Array.from(p),
      keepsLast: true,
      ...more,
    };
  }
  const inside = () => endAt([-0.1, -0.2, 0], [-0.3, -0.5, 0]);

  test("ends at the minimum along the last direction, which answers every radius that cuts it", async () => {
    const step = stepOf(inside(), settings, "decrease");
    expect(step).toMatchObject({ outcome: "interior", multiplier: 0, products: 2 });
    expect(step.modelDecrease).toBeAllclose(quadraticDecrease(rows, gradient, step.step));
    expect(step.stepNorm).toBeAllclose(length(step.step));
    for (const share of [0.5, 0.8, 0.99]) {
      const radius = share * step.stepNorm;
      const cut = (await step.atRadius!(radius))!;
      expect(cut).toMatchObject({ outcome: "boundary", multiplier: undefined, products: 0 });
      expect(cut.stepNorm).toBeAllclose(radius);
      expect(length(cut.step)).toBeAllclose(radius);
      expect(cut.modelDecrease).toBeAllclose(quadraticDecrease(rows, gradient, cut.step));
      // All along p from s.
      expect((cut.step[0] + 0.1) / (cut.step[1] + 0.2)).toBeAllclose(3 / 5);
      expect((await cut.atRadius!(0.9 * radius))!.stepNorm).toBeAllclose(0.9 * radius);
    }
    for (const radius of [1.01 * step.stepNorm, Infinity]) {
      const whole = (await step.atRadius!(radius))!;
      expect(whole).toMatchObject({ outcome: "interior", products: 0, stepNorm: step.stepNorm });
      expect(whole.step).toEqual(step.step);
    }
  });

  test("a radius that s itself exceeds is not answered by the last direction", async () => {
    const step = stepOf(inside(), settings, "decrease");
    expect(await step.atRadius!(0.9 * length([0.1, 0.2]))).toBeUndefined();
    const poisoned = stepOf(endAt([-0.1, -0.2, 0], [-1, 0, 0], { kappa: Number.NaN }), settings, "decrease");
    expect(poisoned).toMatchObject({ outcome: "nonfinite", multiplier: undefined });
    expect(poisoned.stepNorm).toBeAllclose(length([0.1, 0.2]));
    expect(await poisoned.atRadius!(0.1)).toBeUndefined();
    const larger = (await poisoned.atRadius!(1))!;
    expect(larger).toMatchObject({ outcome: "nonfinite", products: 0 });
    expect(larger.stepNorm).toBeAllclose(length([0.1, 0.2]));
  });

  test("a step cut at the boundary answers no larger radius where the curvature is positive", async () => {
    const step = stepOf(inside(), { ...settings, radius: 0.4 }, "decrease");
    expect(step.outcome).toBe("boundary");
    expect(step.stepNorm).toBeAllclose(0.4);
    expect((await step.atRadius!(0.42))!.stepNorm).toBeAllclose(0.42); // the same direction goes on as far as its minimum
    expect(await step.atRadius!(10)).toBeUndefined();
  });

  test("negative curvature goes on to every larger radius, of which an infinite one counts as 1e10", async () => {
    const step = stepOf(endAt([-0.1, 0, 0], [0, 0, -1]), settings, "decrease");
    expect(step.outcome).toBe("negative-curvature");
    expect(step.stepNorm).toBeAllclose(5);
    const far = (await step.atRadius!(1e300))!;
    expect(far).toMatchObject({ outcome: "negative-curvature", products: 0 });
    expect(far.stepNorm).toBeAllclose(1e10);
  });

  test("offers no other radius where nothing was kept", () => {
    const { step, atRadius } = stepOf({ ...inside(), keepsLast: false }, settings, "decrease");
    expect(length(step)).toBeGreaterThan(0.3);
    expect(atRadius).toBeUndefined();
  });

  test("tells why the loop was left by its tests, at any scale of the gradient", () => {
    const outcome = (more: Partial<CgEnd>, rule: "residual" | "decrease", gradientNorm = 1) =>
      stepOf(endAt([-0.1, -0.2, 0], [-0.3, -0.5, 0], more), { ...settings, gradientNorm }, rule).outcome;
    for (const scale of [1e-3, 1, 1e3]) {
      // ‖r‖ against 0.1·‖g‖
      expect(outcome({ gammaNext: 1, measure: (0.09 * scale) ** 2 }, "residual", scale)).toBe("interior");
      expect(outcome({ gammaNext: 1, measure: (0.11 * scale) ** 2 }, "residual", scale)).toBe("max-products");
      // the last gain against 0.1 of those before, whatever the gradient
      expect(outcome({ gammaNext: 1, decrease: 2, measure: 0.19 }, "decrease", scale)).toBe("interior");
      expect(outcome({ gammaNext: 1, decrease: 2, measure: 0.21 }, "decrease", scale)).toBe("max-products");
    }
    expect(outcome({ gammaNext: 0, decrease: 0, measure: 1 }, "decrease")).toBe("interior");
    expect(outcome({ gammaNext: Infinity }, "decrease")).toBe("nonfinite");
    expect(outcome({ ssNext: 25 }, "decrease")).toBe("boundary");
  });
});

describe("solveSteihaug()", () => {
  test("answers a gradient of zero, or one that is not finite, without starting a run", async () => {
    const problem = (gradient: Float64Array) => ({
      gradient,
      run: () => expect.unreachable("no run is needed") as never,
      model: () => expect.unreachable("no model is needed") as never,
    });
    const still = await solveSteihaug(problem(new Float64Array(2)), { radius: 1 });
    expect(still).toMatchObject({ outcome: "interior", multiplier: 0, products: 0, stepNorm: 0, modelDecrease: 0 });
    expect(still.step).toEqual(new Float64Array(2));
    const lost = await solveSteihaug(problem(Float64Array.of(1, Infinity)), { radius: 1 });
    expect(lost).toMatchObject({ outcome: "nonfinite", multiplier: undefined, products: 0, stepNorm: 0 });
    expect(lost.step).toEqual(new Float64Array(2));
  });
});
