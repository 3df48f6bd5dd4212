import "../../src/compiler/trace/float16-array.ts";
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { norms } from "../../src/norm/norms.ts";
import { cubicRegularization } from "../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { type MinimizeMethod, type MinimizeOptions, minimize } from "../../src/training/minimize.ts";
import { norm2 } from "../../src/vector/kernels.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { type Instance, instances, sumOfSquares } from "../helpers/minimization.ts";
import { quadratic } from "../helpers/steps.ts";

const instance = (name: string): Instance => instances.find((candidate) => candidate.name === name)!;

describe("minimize()", () => {
  test("counts exactly: a value a step, a gradient a point, the products of the history", async () => {
    const { counts, history, iterations } = await minimize(sumOfSquares(instance("rosenbrock")), [-1.2, 1]);
    expect(counts.values).toBe(iterations);
    expect(counts.gradients).toBe(1 + history.filter(({ accepted }) => accepted).length);
    expect(counts.hvps).toBe(history.reduce((sum, { products }) => sum + products, 0));
    expect(counts.backprops).toBe(counts.gradients + counts.hvps);
  });

  test("certifies a minimum, and leaves a saddle to do so", async () => {
    // Wood's function has a saddle near (−1, 1, −1, 1) with f = 7.88.
    const wood = sumOfSquares(instance("wood"));
    const start = [-0.9679740304, 0.9471391408, -0.9695163228, 0.9512476657];
    const gradient = 1e-3;
    for (const make of [trustRegion, cubicRegularization]) {
      const stuck = await minimize(wood, start, { method: make({ tolerances: { gradient } }) });
      expect(stuck.status).toBe("converged");
      expect(stuck.value).toBeGreaterThan(7.8);
      const method = make({ tolerances: { gradient, curvature: 1e-6 } });
      const { status, value, negativeCurvature } = await minimize(wood, start, { method });
      expect(status).toBe("second-order-converged");
      expect(negativeCurvature).toBe(0);
      expect(value).toBeLessThan(1e-6);
    }
    for (const method of ["tr-gltr", "tr-exact", "arc"] as const) {
      const { status, value } = await minimize(wood, start, { method, curvatureTolerance: 1e-6 });
      expect([method, status]).toEqual([method, "second-order-converged"]);
      expect(value).toBeLessThan(1e-6);
    }
  });

  test("stops when the callback says so, when aborted, and at its limits", async () => {
    const f = sumOfSquares(instance("rosenbrock"));
    const start = [-1.2, 1];
    const steps: number[] = [];
    const callback = ({ step }: { step: number }) => (steps.push(step) === 4 ? "stop" : undefined);
    expect((await minimize(f, start, { callback })).status).toBe("stopped");
    expect(steps).toEqual([1, 2, 3, 4]);
    const signal = AbortSignal.abort();
    expect(await minimize(f, start, { signal })).toMatchObject({ status: "stopped", iterations: 0 });
    expect(await minimize(f, start, { maxIterations: 3 })).toMatchObject({ status: "max-iterations", iterations: 3 });
    expect((await minimize(f, start, { budget: { backprops: 10 } })).status).toBe("budget-spent");
  });

  test("reports value and gradient at the point it returns, also after a last accepted step", async () => {
    const f = sumOfSquares(instance("beale"));
    const result = await minimize(f, [1, 1], { maxIterations: 2 });
    expect(result.value).toBe(f.value(result.x, undefined));
    expect(result.gradientNorm).toBe(norm2(f.gradient(result.x, undefined) as Vector));
    expect(result.counts.gradients).toBe(1 + Number(result.history[0].accepted));
  });

  test("works in float32 when its start or its dtype says so", async () => {
    const f = quadratic([1, 10], [-1, 5]);
    for (const options of [{ dtype: "float32" as const }, {}]) {
      const start = options.dtype ? [4, 4] : Float32Array.of(4, 4);
      const { x, status } = await minimize(f, start, options);
      expect(x).toBeInstanceOf(Float32Array);
      expect(x).toBeAllclose([1, -0.5], { relative: 1e-5 });
      expect(status).toBe("converged");
    }
  });

  test("takes any optimizer, with its own settings", async () => {
    const method = trustRegion({ norm: norms.adagrad(), radius: { initial: 1 }, tolerances: { gradient: 1e-6 } });
    const { x, status } = await minimize(quadratic([1, 1000], [-1, 0]), [5, 5], { method });
    expect(status).toBe("converged");
    expect(x).toBeAllclose([1, 0], { absolute: 1e-6 });
  });

  test("passes on what the checks of closures found", async () => {
    const f = { ...quadratic([1, 2]), hvp: (_: Vector, [u, v]: Vector) => Float64Array.of(u + v, 2 * v) };
    expect((await minimize(f, [1, 1], { maxIterations: 1 })).warnings).toHaveLength(1);
  });

  test.each([
    [
      { method: "simplex" as MinimizeMethod },
      "minimize: method must be an optimizer or one of tr-gltr, tr-steihaug, tr-exact, arc, lbfgs, got simplex.",
    ],
    [{ maxIterations: -1 }, "minimize: maxIterations must be an integer >= 0, got -1."],
    [{ budget: { seconds: 0 } }, "minimize: budget.seconds must be > 0, got 0."],
    [{ gradientTolerance: -1 }, "minimize: gradientTolerance must be >= 0, got -1."],
  ])("refuses %o", async (options, message) => {
    await expect(minimize(quadratic([1]), [1], options)).rejects.toThrow(message);
  });

  test("takes its method by name, auto() unless named, with the norm and the tolerances it is given", async () => {
    const f = quadratic([1, 10], [-1, 5]);
    const chosen = async (options: MinimizeOptions) => {
      const { choice, status } = await minimize(f, [4, 4], options);
      return [choice.method, status];
    };
    expect(await chosen({})).toEqual(["newton", "converged"]);
    expect(await chosen({ method: "tr-exact" })).toEqual(["newton", "converged"]);
    expect(await chosen({ method: "lbfgs" })).toEqual(["lbfgs", "converged"]);
    for (const method of ["tr-gltr", "tr-steihaug", "tr-exact"] as const) {
      const norm = norms.diagonal([1, 10]);
      const { choice } = await minimize(f, [4, 4], { method, norm });
      expect(choice.settings).toMatchObject({ subproblem: { solver: method.slice(3) } });
      expect(choice.method).toBe("tr-diagonal");
    }
    const { choice } = await minimize(f, [4, 4], { method: "arc", curvature: "gauss-newton" });
    expect(choice.settings).toMatchObject({ curvature: "gauss-newton" });
    for (const method of [undefined, "tr-gltr", "tr-exact", "arc"] as const) {
      const g = sumOfSquares(instance("rosenbrock"));
      const within = async (options: MinimizeOptions) =>
        (await minimize(g, [-1.2, 1], { method, ...options })).iterations;
      expect(await within({ gradientTolerance: 10 })).toBeLessThan(await within({}));
      expect(await within({ stepTolerance: 10 })).toBeLessThan(await within({}));
    }
    const strict = await minimize(f, [4, 4], { method: "lbfgs", gradientTolerance: 0.3 });
    expect(strict.iterations).toBeLessThan((await minimize(f, [4, 4], { method: "lbfgs" })).iterations);
  });

  test("passes a copy of x to its callback, and refuses answers that are none", async () => {
    const seen: Vector[] = [];
    const result = await minimize(quadratic([1], [-1]), [4], {
      callback: (_, x) => {
        seen.push(x.slice());
        x.fill(Number.NaN);
      },
    });
    expect(result.x).toBeAllclose([1]);
    expect([...seen.at(-1)!]).toEqual([...result.x]);
    await expect(minimize(quadratic([1], [-1]), [4], { callback: () => true as never })).rejects.toThrow(
      'minimize: a callback must return "stop" to end the run, or nothing, got true.',
    );
    expect((await minimize(quadratic([1], [-1]), [4], { callback: () => "stop" })).message).toBe(
      "Stopped by the callback.",
    );
  });

  test("does not lose what it has reached with an error of a function", async () => {
    const f = sumOfSquares(instance("rosenbrock"));
    let calls = 0;
    const failing = {
      ...f,
      hvp: (...args: Parameters<typeof f.hvp>) => {
        if (++calls === 9) throw new Error("out of paper");
        return f.hvp(...args);
      },
    };
    const error = await minimize(failing, [-1.2, 1], { checkDeterminism: false }).catch((error) => error);
    expect(error.message).toBe("out of paper");
    expect(error.progress.iterations).toBeGreaterThan(0);
    expect(error.progress.x).toHaveLength(2);
    expect(error.progress.value).toBeLessThanOrEqual(f.value(Float64Array.of(-1.2, 1), undefined) as number);
    const frozen = Object.freeze(new Error("sealed"));
    const sealed = { ...f, hvp: () => Promise.reject(frozen) };
    await expect(minimize(sealed, [-1.2, 1], { checkDeterminism: false })).rejects.toBe(frozen);
  });

  test("has the negative curvature where it looked for it last, else none", async () => {
    const f = quadratic([1, 2], [-1, 0]);
    expect((await minimize(f, [4, 4], { curvatureTolerance: 1e-3 })).negativeCurvature).toBe(0);
    expect((await minimize(f, [4, 4])).negativeCurvature).toBeUndefined();
    const cut = await minimize(sumOfSquares(instance("rosenbrock")), [-1.2, 1], {
      maxIterations: 1,
      curvatureTolerance: 1,
    });
    expect(cut.negativeCurvature).toBeUndefined();
  });

  test.each<[object, unknown, string]>([
    [{ stepTolerance: -1 }, [1], "minimize: stepTolerance must be >= 0, got -1."],
    [{ curvatureTolerance: -1 }, [1], "minimize: curvatureTolerance must be >= 0, got -1."],
    [
      { method: "lbfgs", curvatureTolerance: 1 },
      [1],
      'minimize: curvatureTolerance needs a method with curvature, got method "lbfgs".',
    ],
    [{ maxIteration: 1 }, [1], "minimize: no option is named maxIteration, did you mean maxIterations?"],
    [{ budget: { backprops: 0 } }, [1], "minimize: budget.backprops must be > 0, got 0."],
  ])("refuses %o", async (options, x0, message) => {
    await expect(minimize(quadratic([1]), x0 as number[], options)).rejects.toThrow(message);
  });

  test.each([
    [{ value: 3, gradient: () => [] }, "minimize: value must be a function, got number."],
    [{ value: () => 1 }, "minimize: gradient must be a function, got none."],
    [undefined, "minimize: value must be a function, got none."],
  ])("refuses functions that are none, %#", async (f, message) => {
    await expect(minimize(f as never, [1])).rejects.toThrow(message);
  });

  test.each([[1], [[1, 2]], [Float64Array.of(1)]])(
    "refuses the numbers %j for the start of a jax-js function",
    async (x0) => {
      await expect(minimize(((x: unknown) => x) as never, x0 as never)).rejects.toThrow(
        "minimize: a function needs derivatives: write it in jax-js and start from np.array(x0), or pass it with its derivatives, " +
          "{ value, gradient, hvp }, got a start of plain numbers.",
      );
    },
  );
});

describe("minimize() of a jax-js function by its defaults", () => {
  const bowl = ({ a, b }: { a: np.Array; b: np.Array }) =>
    np.add(np.sum(np.square(np.subtract(a, 3))), np.square(np.add(b, 1)));
  const start = () => ({ a: np.array([0, 9]), b: np.array(4) });

  test("gives the tree back, in float64 unless asked for float32", async () => {
    const { x, value, status, warnings } = await minimize(bowl, start());
    expect(x.a.js() as number[]).toBeAllclose([3, 3]);
    expect(x.b.js() as number).toBeAllclose(-1);
    expect(value).toBeLessThan(1e-28);
    expect([status, warnings]).toEqual(["converged", []]);
    const single = await minimize(bowl, start(), { dtype: "float32" });
    expect(single.x.a.dtype).toBe("float32");
    expect((await minimize(bowl, start())).x.a.dtype).toBe("float64");
  });

  test("frees what it compiled, and keeps the caller's arrays", async () => {
    const x0 = start();
    await minimize(bowl, x0);
    expect(x0.a.js()).toEqual([0, 9]);
  });

  test("says which operation is not finite", async () => {
    const { status, message } = await minimize((x: np.Array) => np.sum(np.log(x)), np.array([-1]));
    expect(status).toBe("nonfinite");
    expect(message).toMatch(/not finite at the current point\. .*log/);
  });

  test("refuses what is no scalar", async () => {
    await expect(minimize((x: np.Array) => np.square(x), np.array([1, 2]))).rejects.toThrow(/^minimize: the function/);
  });
});
