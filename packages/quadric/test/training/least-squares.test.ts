import "../../src/compiler/trace/float16-array.ts";
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { minimizeLeastSquares, type ResidualClosures } from "../../src/training/least-squares.ts";

/** a − 1 and 2a − 4: least at 1.8. */
const line: ResidualClosures = {
  residuals: ([a]) => Float64Array.of(a - 1, 2 * a - 4),
  jvp: (_, [v]) => Float64Array.of(v, 2 * v),
  vjp: (_, [p, q]) => Float64Array.of(p + 2 * q),
};
/** 10(y − x²) and 1 − x. */
const rosenbrock: ResidualClosures = {
  residuals: ([x, y]) => Float64Array.of(10 * (y - x * x), 1 - x),
  jvp: ([x], [u, v]) => Float64Array.of(10 * (v - 2 * x * u), -u),
  vjp: ([x], [p, q]) => Float64Array.of(-20 * x * p - q, 10 * p),
};

describe("minimizeLeastSquares()", () => {
  test("solves a linear problem in one Newton step", async () => {
    const { x, value, iterations } = await minimizeLeastSquares(line, [1.5]);
    expect(x).toBeAllclose([1.8]);
    expect(value).toBeAllclose(0.5 * (0.8 ** 2 + 0.4 ** 2));
    expect(iterations).toBe(1);
  });

  test("takes a jax-js function and agrees with the closures", async () => {
    const residuals = (x: np.Array) => {
      const [a, b] = [x.ref.slice(0), x.slice(1)];
      return np.stack([np.multiply(10, np.subtract(b, np.square(a.ref))), np.subtract(1, a)]);
    };
    const compiled = await minimizeLeastSquares(residuals, np.array([-1.2, 1]));
    const closed = await minimizeLeastSquares(rosenbrock, [-1.2, 1]);
    expect(compiled.iterations).toBe(closed.iterations);
    expect(compiled.counts.values).toBe(closed.counts.values);
    expect(compiled.x.js() as number[]).toBeAllclose([1, 1], { relative: 1e-6 });
  });

  test("says when jvp returns the wrong shape, whichever needs it first", async () => {
    const wrong = { ...rosenbrock, jvp: () => Float64Array.of(1) };
    for (const method of [undefined, "tr-gltr"] as const) {
      await expect(minimizeLeastSquares(wrong, [-1.2, 1], { method, checkDeterminism: false })).rejects.toThrow(
        "jvp: must return shape [2], got [1].",
      );
    }
  });

  test("has half the sum of squares for its value, from the Jacobian as from products", async () => {
    const whole = await minimizeLeastSquares(rosenbrock, [-1.2, 1], { maxIterations: 0 });
    expect(whole.value).toBeAllclose(0.5 * (4.4 ** 2 + 2.2 ** 2));
    expect(whole.gradientNorm).toBeAllclose(Math.hypot(20 * 1.2 * -4.4 - 2.2, 10 * -4.4));
    for (const method of [undefined, "tr-gltr", "tr-steihaug", "arc", "lbfgs"] as const) {
      const { x, status, value, counts } = await minimizeLeastSquares(rosenbrock, [-1.2, 1], { method });
      expect([method, status]).toEqual([method, "converged"]);
      expect(x).toBeAllclose([1, 1], { relative: 1e-6 }); // ε_g = 1e-8 of a loss that vanishes
      expect(value).toBeLessThan(1e-12);
      expect(counts.hvps).toBe(0);
    }
  });

  test("books a column of the Jacobian as a product", async () => {
    const { counts } = await minimizeLeastSquares(line, [1.5]);
    expect(counts).toMatchObject({ gradients: 0, ggnvps: 2, values: 1 });
  });

  test("evaluates the residuals of a point once for a gradient and its products", async () => {
    let calls = 0;
    const residuals: ResidualClosures["residuals"] = (x) => {
      calls++;
      return rosenbrock.residuals(x);
    };
    const counted = { ...rosenbrock, residuals };
    const { counts } = await minimizeLeastSquares(counted, [-1.2, 1], { method: "tr-gltr", checkDeterminism: false });
    // Values at trial points, which accepted ones keep; the last is that of the result.
    expect(calls).toBeLessThanOrEqual(counts.values + counts.gradients + 1);
  });

  test("finds products that are not those of a transpose", async () => {
    const skew = {
      ...rosenbrock,
      vjp: ([x]: ArrayLike<number> & Iterable<number>, [p]: ArrayLike<number> & Iterable<number>) =>
        Float64Array.of(-20 * x * p, 11 * p),
    };
    const { warnings } = await minimizeLeastSquares(skew as never, [-1.2, 1], { method: "tr-gltr", maxIterations: 1 });
    expect(warnings.join()).toMatch(/gauss-newton product is not symmetric/);
  });

  test.each<[object, object, string]>([
    [
      line,
      { curvature: "gauss-newton", curvatureTolerance: 1 },
      'curvatureTolerance is about the Hessian, got curvature "gauss-newton". Pass curvature: "hessian".',
    ],
    [
      line,
      { curvatureTolerance: 1 },
      "curvatureTolerance needs the Hessian, got closures of the Jacobian only. Use minimize.",
    ],
    [{ ...line, vjp: undefined }, {}, "minimizeLeastSquares: vjp must be a function, got none."],
    [{ ...line, jvp: 3 }, {}, "minimizeLeastSquares: jvp must be a function, got number."],
    [{ jvp: line.jvp, vjp: line.vjp }, {}, "minimizeLeastSquares: residuals must be a function, got none."],
    [line, { tolerance: 1 }, "minimizeLeastSquares: no option is named tolerance"],
    [(x: np.Array) => x, {}, "minimizeLeastSquares: a function needs derivatives"],
  ])("refuses what cannot be, %#", async (f, options, message) => {
    await expect(minimizeLeastSquares(f as never, [1], options)).rejects.toThrow(message);
  });

  test("gives the tree of a jax-js function back, and keeps the caller's arrays", async () => {
    const start = { a: np.array(1), b: np.array([2, 2]) };
    const residuals = ({ a, b }: typeof start) => np.concatenate([a.sub(3).reshape([1]), b.add(1)], 0);
    const { x, value, counts } = await minimizeLeastSquares(residuals, start);
    expect([x.a.js(), x.b.js(), value]).toEqual([3, [-1, -1], 0]);
    expect(counts.hvps).toBe(0);
    expect(start.b.js()).toEqual([2, 2]);
    const single = await minimizeLeastSquares(residuals, { a: np.array(1), b: np.array([2, 2]) }, { dtype: "float32" });
    expect(single.x.a.dtype).toBe("float32");
    await expect(minimizeLeastSquares((() => 3) as never, { a: np.array(1) })).rejects.toThrow(
      /^minimizeLeastSquares: the residuals/,
    );
  });

  test("minds the rows of a Jacobian that is not square", async () => {
    // Three residuals of two parameters, linear: the normal equations.
    const A = [
      [1, 2],
      [3, -1],
      [0, 4],
    ];
    const linear: ResidualClosures = {
      residuals: ([x, y]) => Float64Array.from(A, ([a, b], i) => a * x + b * y - i - 1),
      jvp: (_, [u, v]) => Float64Array.from(A, ([a, b]) => a * u + b * v),
      vjp: (_, u) => Float64Array.from([0, 1], (j) => A.reduce((sum, row, i) => sum + row[j] * u[i], 0)),
    };
    // AᵀA = [[10, −1], [−1, 21]], Aᵀ(1, 2, 3) = (7, 12).
    const { x } = await minimizeLeastSquares(linear, [1, 1]);
    expect(x).toBeAllclose([(7 * 21 + 12) / 209, (120 + 7) / 209]);
  });
});
