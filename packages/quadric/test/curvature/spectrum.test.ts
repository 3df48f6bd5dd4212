import { describe, expect, test } from "vitest";
import { denseOperator } from "../../src/curvature/dense.ts";
import type { LinearOperator } from "../../src/curvature/operator.ts";
import { spectralDensity, spectrum } from "../../src/curvature/spectrum.ts";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.ts";
import { norms } from "../../src/norm/norms.ts";
import "../helpers/matchers.ts";
import { knownProblem } from "../helpers/random-problems.ts";

const { rows, metric, size, leftmost } = knownProblem(4, { size: 60, kind: "indefinite", decades: 2 });
const operator = denseOperator(Float64Array.from(rows.flat()), size);
const norm = norms.diagonal(metric);
const truth = symmetricEigen(
  Float64Array.from(rows.flatMap((row, i) => row.map((entry, j) => entry / Math.sqrt(metric[i] * metric[j])))),
  size,
).values;
const moment = (p: number) => truth.reduce((sum, theta) => sum + theta ** p, 0) / size;

describe("spectrum()", () => {
  test("after d steps has the eigenvalues themselves as nodes", async () => {
    const found = await spectrum(operator, { norm, probes: 1, steps: size });
    expect(found).toMatchObject({ size, products: size, outcome: "complete" });
    expect(found.nodes).toBeAllclose(truth, { relative: 1e-9 });
    expect(found.weights.reduce((sum, w) => sum + w, 0)).toBeAllclose(1);
    expect(found.min.value).toBeAllclose(leftmost);
    expect(found.min.error).toBeLessThan(1e-9);
  });

  test("converges to the moments of the spectrum like 1/√probes", async () => {
    for (const p of [1, 2, 3]) {
      // Var[vᵀB^p v] of a random unit v is at most 2·mean(θ^{2p})/(d + 2).
      const deviation = Math.sqrt((2 * moment(2 * p)) / (size + 2));
      for (const probes of [10, 160]) {
        const { nodes, weights } = await spectrum(operator, { norm, probes, steps: 8, seed: 3 });
        const estimate = nodes.reduce((sum, theta, i) => sum + weights[i] * theta ** p, 0);
        expect(Math.abs(estimate - moment(p))).toBeLessThan((4 * deviation) / Math.sqrt(probes)); // four standard errors
      }
    }
  });

  test("few steps integrate low powers as exactly as many do", async () => {
    const sums = async (steps: number) => {
      const { nodes, weights } = await spectrum(operator, { norm, probes: 3, steps });
      return [1, 2, 3, 4, 5].map((p) => nodes.reduce((sum, theta, i) => sum + weights[i] * theta ** p, 0));
    };
    expect(await sums(3)).toBeAllclose(await sums(40), { relative: 1e-10 });
  });

  test("shows what a norm does to the condition number", async () => {
    // B = D T D with T well conditioned and D over three decades; A = D² takes D away.
    const d = Float64Array.from({ length: 200 }, (_, i) => 10 ** ((3 * i) / 199 - 1.5));
    const scaled: LinearOperator = {
      size: 200,
      multiply(v) {
        const x = v.map((value, i) => value * d[i]);
        return x.map((value, i) => d[i] * (3 * value - (x[i - 1] ?? 0) - (x[i + 1] ?? 0)));
      },
    };
    const before = await spectrum(scaled, { probes: 1, steps: 200 });
    const after = await spectrum(scaled, { norm: norms.diagonal(d.map((x) => x * x)), probes: 1, steps: 40 });
    expect(before.max.value / before.min.value).toBeGreaterThan(1e5);
    expect(after.max.value / after.min.value).toBeLessThan(5);
  });

  test("keeps what came before a product that is not finite", async () => {
    let count = 0;
    const failing: LinearOperator = {
      ...operator,
      multiply: (v) => (++count > 12 ? v.map(() => Number.NaN) : operator.multiply(v)),
    };
    const found = await spectrum(failing, { probes: 3, steps: 8 });
    expect(found).toMatchObject({ outcome: "nonfinite", products: 13 });
    expect(found.nodes).toHaveLength(12);
    const nothing = await spectrum(failing);
    expect(nothing.nodes).toHaveLength(0);
    expect(nothing.min.value).toBeNaN();
  });

  test("says what must hold when misused", async () => {
    await expect(spectrum(operator, { probes: 0 })).rejects.toThrow("spectrum: probes must be an integer >= 1, got 0.");
    await expect(spectrum(operator, { steps: -1 })).rejects.toThrow("spectrum: steps must be an integer >= 1, got -1.");
  });
});

describe("spectralDensity()", () => {
  test("is non-negative, integrates to 1 and has its mass where the eigenvalues are", async () => {
    const found = await spectrum(operator, { norm, probes: 1, steps: size });
    const { x, density } = spectralDensity(found);
    const mass = density.reduce((sum, y) => sum + y, 0) * (x[1] - x[0]);
    expect(mass).toBeAllclose(1, { relative: 2e-3 }); // three standard deviations at the ends, 200 points
    expect(Math.min(...density)).toBeGreaterThanOrEqual(0);
    const [peak] = spectralDensity(found, { at: [truth[0]], width: 0.1 }).density;
    const gauss = truth.map((t, i) => found.weights[i] * Math.exp(-0.5 * ((t - truth[0]) / 0.1) ** 2));
    expect(peak).toBeAllclose(gauss.reduce((s, y) => s + y, 0) / (0.1 * Math.sqrt(2 * Math.PI)), { relative: 1e-9 });
    expect(() => spectralDensity(found, { width: -1 })).toThrow("spectralDensity: width must be > 0, got -1.");
  });

  test("of a multiple of the identity is one peak", async () => {
    const three: LinearOperator = { size: 5, multiply: (v) => v.map((x) => 3 * x) };
    const { x, density } = spectralDensity(await spectrum(three));
    expect(x[density.indexOf(Math.max(...density))]).toBeAllclose(3, { relative: 1e-3 }); // the grid
  });
});
