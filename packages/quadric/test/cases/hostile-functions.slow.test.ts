import { describe, expect, test } from "vitest";
import type { Closures } from "../../src/objective/closures.ts";
import { type MinimizeMethod, minimize } from "../../src/training/minimize.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { instances, sumOfSquares } from "../helpers/minimization.ts";
import { faulty, quadratic } from "../helpers/steps.ts";

const methods: readonly MinimizeMethod[] = ["tr-gltr", "tr-steihaug", "tr-exact", "arc", "lbfgs"];

describe("minimize() of hostile functions", () => {
  const rosenbrock = sumOfSquares(instances.find(({ name }) => name === "rosenbrock")!);
  const good: Required<Closures> = { ...rosenbrock, ggnvp: rosenbrock.hvp };
  const faults = { NaN, Infinity, "-Infinity": -Infinity };
  const moments = [1, 2, 5];

  test.each(
    methods.flatMap((method) =>
      Object.entries(faults).flatMap(([name, value]) =>
        (["value", "gradient", "hvp"] as const).flatMap((closure) =>
          moments.map((moment) => [method, name, closure, moment, value] as const),
        ),
      ),
    ),
  )("%s meets %s from %s at call %d, once and for ever", async (method, _, closure, moment, value) => {
    const answer = (good: unknown) => (closure === "value" ? value : (good as Vector).map(() => value));
    for (const forEver of [false, true]) {
      const f = faulty(good, {
        [closure]: (call: number, good: unknown) =>
          call === moment || (forEver && call > moment) ? answer(good) : good,
      });
      const { x, status, message } = await minimize(f, [-1.2, 1], {
        method,
        checkDeterminism: false,
        maxIterations: 200,
      });
      expect(x.every(Number.isFinite)).toBe(true);
      expect(message).not.toBe("");
      const untouched = method === "lbfgs" && closure === "hvp";
      // A fault at the current point ends the run at once; one at a trial point rejects the trial.
      const ends = forEver && !untouched ? ["nonfinite", "stalled"] : ["nonfinite", "converged"];
      expect(ends).toContain(status);
    }
  });

  test.each(methods)("%s is at its end at once on a constant", async (method) => {
    const { status, iterations } = await minimize(quadratic([0, 0]), [1, 2], { method });
    expect([status, iterations]).toEqual(["converged", 0]);
  });

  test.each(methods)("%s says that a loss unbounded below has not converged", async (method) => {
    const { status, x } = await minimize(quadratic([-1, 1]), [1, 1], { method, maxIterations: 50 });
    expect(["max-iterations", "nonfinite", "stalled"]).toContain(status);
    expect(Math.abs(x[0])).toBeGreaterThan(1e6);
    expect(x.every(Number.isFinite)).toBe(true);
  });

  test.each(methods)("%s survives a product without symmetry and an infinite curvature", async (method) => {
    const skew = {
      ...good,
      hvp: (w: Vector, v: Vector) => Float64Array.of((good.hvp(w, v, undefined) as Vector)[0] + 50 * v[1], 200 * v[1]),
    };
    const { x } = await minimize(skew, [-1.2, 1], { method, maxIterations: 100 });
    expect(x.every(Number.isFinite)).toBe(true);
    // √|x| has infinite curvature at its minimum.
    const root: Closures = {
      value: ([a]) => Math.sqrt(Math.abs(a)),
      gradient: ([a]) => Float64Array.of((0.5 * Math.sign(a)) / Math.sqrt(Math.abs(a))),
      hvp: ([a], [v]) => Float64Array.of((-0.25 * v) / Math.abs(a) ** 1.5),
    };
    const end = await minimize(root, [1], { method, maxIterations: 200 });
    expect(end.x.every(Number.isFinite)).toBe(true);
    expect(end.status).not.toBe("converged");
  });
});
