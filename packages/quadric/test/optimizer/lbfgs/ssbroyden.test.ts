import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { ssbroyden } from "../../../src/optimizer/lbfgs/ssbroyden.ts";
import { inner, length } from "../../helpers/dense.ts";
import { quadratic, rosenbrock, startOn, takeSteps } from "../../helpers/steps.ts";

/** Σ w_i⁴ + ½ Σ i·w_i² + w₀w₁. */
const quartic: Required<Closures> = {
  ...quadratic([0, 0, 0, 0]),
  value: (w) => Float64Array.from(w).reduce((sum, x, i) => sum + x ** 4 + 0.5 * (i + 1) * x * x, w[0] * w[1]),
  gradient: (w) => w.map((x, i) => 4 * x ** 3 + (i + 1) * x + (i < 2 ? w[1 - i] : 0)),
};

type Matrix = Float64Array[];
const product = (M: Matrix, x: Float64Array) => Float64Array.from(M, (row) => inner(row, x));

/** H of each step by its definition in [UrbanStefanouPons2025], as a whole matrix; b from H⁻¹s by elimination. */
function next(H: Matrix, s: Float64Array, y: Float64Array, variant: string): Matrix {
  const n = s.length;
  const ys = inner(y, s);
  const Hy = product(H, y);
  const b = inner(s, eliminate(H, s)) / ys;
  const h = inner(y, Hy) / ys;
  let [tau, phi] = [Math.min(1, 1 / b), 1];
  if (variant === "ssbroyden") {
    const a = h * b - 1;
    const c = Math.sqrt(a / (a + 1));
    const rhoMinus = Math.min(1, h * (1 - c));
    const theta = Math.max((rhoMinus - 1) / a, Math.min(1 / rhoMinus, (1 - b) / b));
    const sigma = 1 + a * theta;
    const root = sigma ** (-1 / (n - 1));
    tau = theta > 0 ? tau * Math.min(root, 1 / theta) : Math.min(tau * root, sigma);
    phi = (1 - theta) / sigma;
  }
  const yHy = inner(y, Hy);
  const v = s.map((x, i) => Math.sqrt(yHy) * (x / ys - Hy[i] / yHy));
  return H.map((row, i) =>
    row.map((x, j) => (x - (Hy[i] * Hy[j]) / yHy + phi * v[i] * v[j]) / tau + (s[i] * s[j]) / ys),
  );
}

/** M⁻¹x by Gaussian elimination with pivots. */
function eliminate(M: Matrix, x: Float64Array): Float64Array {
  const n = x.length;
  const A = M.map((row, i) => [...row, x[i]]);
  for (let k = 0; k < n; k++) {
    const pivot = A.slice(k).reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(A[best][k]) ? k + i : best), k);
    [A[k], A[pivot]] = [A[pivot], A[k]];
    for (let i = 0; i < n; i++) {
      const factor = i === k ? 0 : A[i][k] / A[k][k];
      for (let j = k; factor !== 0 && j <= n; j++) A[i][j] -= factor * A[k][j];
    }
  }
  return Float64Array.from(A, (row, i) => row[n] / row[i]);
}

/** H as the run keeps it. */
function kept(state: { readonly vectors: Readonly<Record<string, ArrayLike<number>>> }, d: number): Matrix {
  const packed = state.vectors["run.H"];
  const H = Array.from({ length: d }, () => new Float64Array(d));
  for (let i = 0, k = 0; i < d; i++) for (let j = i; j < d; j++, k++) H[i][j] = H[j][i] = packed[k];
  return H;
}

describe.each(["ssbroyden", "ssbfgs"] as const)("ssbroyden({ variant: %j })", (variant) => {
  test("steps along −H·g, with H by its definition, which satisfies the secant equation", async () => {
    const steps = startOn(ssbroyden({ variant }), quartic, [1, -2, 0.5, 1.5]);
    let w = Float64Array.from(steps.run.parameters);
    let g = quartic.gradient(w, undefined) as Float64Array;
    let H: Matrix | undefined;
    for (let k = 0; k < 8; k++) {
      await takeSteps(steps, 1);
      const after = Float64Array.from(steps.run.parameters);
      const gradient = quartic.gradient(after, undefined) as Float64Array;
      const s = after.map((x, i) => x - w[i]);
      const y = gradient.map((x, i) => x - g[i]);
      const p = H ? product(H, g).map((x) => -x) : g.map((x) => -x);
      const unit = (v: Float64Array) => v.map((x) => x / length(v));
      expect(unit(s)).toBeAllclose(unit(p), { relative: 1e-9 }); // differences of nearby points
      const scale = inner(s, y) / inner(y, y);
      H ??= Array.from(w, (_, i) => Float64Array.from(w, (_, j) => (i === j ? scale : 0)));
      H = next(H, s, y, variant);
      const own = kept(steps.run.state(), 4);
      own.forEach((row, i) => {
        expect(row).toBeAllclose(H![i], { relative: 1e-8 }); // b by another route
      });
      expect(product(own, y)).toBeAllclose(s, { relative: 1e-9 });
      [w, g] = [after, gradient];
    }
  });

  test("H stays positive definite on Rosenbrock's function, to its minimum", async () => {
    const steps = startOn(ssbroyden({ variant }), rosenbrock, [-1.2, 1]);
    for (let k = 0; k < 60; k++) {
      await takeSteps(steps, 1);
      if (steps.run.state().vectors["run.H"] === undefined) continue;
      const [[a, b], [, c]] = kept(steps.run.state(), 2);
      expect(Math.min(a, c, a * c - b * b)).toBeGreaterThan(0);
      if (steps.records.at(-1)!.status) break;
    }
    expect(steps.run.parameters).toBeAllclose([1, 1], { relative: 1e-6 });
  });

  test("one parameter is enough", async () => {
    const steps = await takeSteps(startOn(ssbroyden({ variant }), quadratic([3], [-6]), [10]), 6);
    expect(steps.run.parameters).toBeAllclose([2]);
  });
});

test("options out of range are refused, and parameters whose matrix is too large", () => {
  expect(() => ssbroyden({ variant: "bfgs" as never })).toThrow(
    "ssbroyden: variant must be one of ssbroyden, ssbfgs, got bfgs.",
  );
  expect(() => ssbroyden({ maxBytes: 0 })).toThrow("ssbroyden: maxBytes must be > 0, got 0.");
  expect(() => ssbroyden({ gradientTolerance: -1 })).toThrow("ssbroyden: gradientTolerance must be >= 0, got -1.");
  expect(() => startOn(ssbroyden({ maxBytes: 79 }), quartic, [1, 1, 1, 1])).toThrow(
    "ssbroyden: maxBytes must hold a symmetric matrix of [4, 4], 80 bytes, got 79. Raise it, or use lbfgs().",
  );
  expect(() => startOn(ssbroyden({ maxBytes: 80 }), quartic, [1, 1, 1, 1])).not.toThrow();
});
