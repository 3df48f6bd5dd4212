/** Fits that some method or other ended wrongly with a success status: whatever the method, none says so of a wrong point. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import type { MinimizeMethod } from "../../src/training/minimize.ts";

const at = (n: number, x: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => x(i));
const scalar = (v: number): np.Array => np.array(Float64Array.of(v)).reshape([]);

/** Residuals, a start, and half the sum of squares below which the fit is right. */
interface Fit {
  readonly residuals: (p: np.Array[]) => np.Array;
  readonly start: readonly number[];
  readonly right: number;
}

const fits: Record<string, () => Fit> = {
  "T10: three parameters in an exponent"() {
    const x = at(61, (i) => i);
    const [X, Y] = [np.array(x), np.array(x.map((v) => 40 * Math.exp(-(((v - 30) / 8) ** 2))))];
    return {
      residuals: ([a, b, c]) => np.exp(a.add(b.mul(X.ref)).add(c.mul(np.square(X.ref)))).sub(Y.ref),
      ...{ start: [-1, 1, -0.01], right: 1e-6 },
    };
  },
  "T02: a Gaussian of height 1.2e-8"() {
    const x = at(100, (i) => 1 + i / 99);
    const [X, Y] = [np.array(x), np.array(x.map((v) => 1.2e-8 * Math.exp(-(((v - 1.4) / 0.11) ** 2) / 2)))];
    return {
      residuals: ([h, m, s]) => h.mul(np.exp(np.square(np.divide(X.ref.sub(m), s)).mul(-0.5))).sub(Y.ref),
      ...{ start: [1.5e-8, 1.6, 0.2], right: 1e-24 },
    };
  },
  "T01b: micro-units"() {
    const x = at(40, (i) => i / 10);
    const [X, Y] = [np.array(x), np.array(x.map((v) => 2.5e-6 * Math.exp(-1.3 * v)))];
    return {
      residuals: ([a, b]) => a.mul(np.exp(b.neg().mul(X.ref))).sub(Y.ref),
      ...{ start: [1e-6, 0.1], right: 1e-18 },
    };
  },
  "T61: data of size 3e9"() {
    const x = at(50, (i) => i / 49);
    const [X, Y] = [np.array(x), np.array(x.map((v) => 3e9 * Math.exp(1.3 * v)))];
    return { residuals: ([a, b]) => a.mul(np.exp(b.mul(X.ref))).sub(Y.ref), start: [1e9, 1], right: 1e10 };
  },
};

describe.each(Object.keys(fits))("%s", (name) => {
  test.each<MinimizeMethod>(["tr-gltr", "tr-steihaug", "tr-exact", "arc", "lbfgs"])("by %s", async (method) => {
    const { residuals, start, right } = fits[name]();
    const { status, value, message } = await minimizeLeastSquares(residuals, start.map(scalar), {
      method,
      maxIterations: 400,
    });
    expect(["converged", "stalled", "max-iterations"]).toContain(status);
    if (status === "converged") expect(value, message).toBeLessThan(right);
  });
});
