import { describe, expect, test } from "vitest";
import { estimates, operators, spectrum } from "../../../src/analysis.ts";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { losses, mlp, norms, supervised } from "../../../src/index.ts";
import { symmetricEigen } from "../../../src/linalg/symmetric-eigen.ts";
import { closuresObjective } from "../../../src/objective/closures.ts";

const network = supervised(mlp([4, 3, 2]), losses.crossEntropy);
const batch = {
  x: { shape: [6, 4], data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)) },
  y: { shape: [6], data: Int32Array.of(0, 1, 0, 1, 1, 0) },
};

describe.each(["float32", "float64"] as const)("estimators on a compiled network in %s", (dtype) => {
  // Rounding of 23 products; 1e-4 of the largest eigenvalue in float32.
  const digits = dtype === "float32" ? 4 : 8;

  test.each(["hessian", "gauss-newton"] as const)("agree with the assembled matrix: %s", async (kind) => {
    const objective = await compileObjective(network, { backend: onnx(), dtype });
    const { curvature, gradient, dispose } = await objective.linearize(objective.initial, batch, kind);
    const { size } = curvature;
    const matrix = await operators.assemble(curvature);
    const { values: eigenvalues } = symmetricEigen(matrix, size);
    const diagonal = Array.from({ length: size }, (_, i) => matrix[i * size + i]);

    const { min, max } = await estimates.extremes(curvature, { tolerance: 1e-6 });
    expect(min.value).toBeCloseTo(eigenvalues[0], digits);
    expect(max.value).toBeCloseTo(eigenvalues[size - 1], digits);
    const density = await spectrum(curvature, { probes: 1 });
    expect(density.max.value).toBeCloseTo(eigenvalues[size - 1], digits);
    const trace = diagonal.reduce((sum, x) => sum + x);
    expect((await estimates.trace(curvature, { products: 3 * size })).value).toBeCloseTo(trace, digits);
    const absolute = matrix.reduce((sum, x) => sum + Math.abs(x), 0);
    const dominance = diagonal.reduce((sum, x) => sum + Math.abs(x), 0) / absolute;
    expect((await estimates.dominance(curvature)).diagonal).toBeCloseTo(dominance, digits);
    const { values, standardErrors } = await estimates.diagonal(curvature, { products: 400 });
    values.forEach((x, i) => {
      expect(Math.abs(x - diagonal[i])).toBeLessThan(5 * standardErrors[i] + 1e-6);
    });

    const norm = norms.rmsprop({ epsilon: 1e-4 }).fresh(objective.layout);
    norm.update(gradient);
    const inNorm = symmetricEigen(await operators.assemble(operators.whitened(curvature, norm)), size).values;
    const ends = await estimates.extremes(curvature, { norm, tolerance: 1e-6 });
    expect(ends.max.value / inNorm[size - 1]).toBeCloseTo(1, digits);
    dispose();
    objective.dispose();
  });
});

test("a user's closures get vectors of their precision from the estimators", async () => {
  const seen = new Set<string>();
  const closures = {
    value: ([x, y]: Float32Array | Float64Array) => x * x + 2 * y * y,
    gradient: ([x, y]: Float32Array | Float64Array) => Float32Array.of(2 * x, 4 * y),
    hvp: (_: unknown, v: Float32Array | Float64Array) => {
      seen.add(v.constructor.name);
      return Float32Array.of(2 * v[0], 4 * v[1]);
    },
  };
  const objective = closuresObjective(closures, Float32Array.of(1, 1), { dtype: "float32" });
  const { curvature } = await objective.linearize(Float32Array.of(1, 1), undefined, "hessian");
  expect((await estimates.extremes(curvature)).max.value).toBeCloseTo(4, 5);
  expect([...seen]).toEqual(["Float32Array"]);
});
