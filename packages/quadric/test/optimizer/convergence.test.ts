import { describe, expect, test } from "vitest";
import { ellipsoidOf, endings, extent, offsetOf, relativeStep, resolutionOf } from "../../src/optimizer/convergence.ts";

const float64 = 2 ** -52;
const float32 = 2 ** -23;

describe("resolutionOf()", () => {
  test("has tolerances and bounds of each precision", () => {
    expect(resolutionOf("float64")).toEqual({ gradient: 1e-8, step: 1e-13, level: 1e-6, band: 100, curvature: 1e-9 });
    expect(resolutionOf("float32")).toEqual({ gradient: 1e-4, step: 5e-7, level: 2e-2, band: 100, curvature: 1e-4 });
  });

  test.each(["float64", "float32"] as const)("takes the tolerances that are given in %s, zero included", (dtype) => {
    expect(resolutionOf(dtype, { gradient: 0, step: 0.5 })).toMatchObject({ gradient: 0, step: 0.5 });
    expect(resolutionOf(dtype, { gradient: 0.5, step: 0 })).toMatchObject({ gradient: 0.5, step: 0 });
  });
});

describe("offsetOf()", () => {
  test("is √(decrease/|f|₁), and 0 of nothing left to lose", () => {
    expect(offsetOf(4, 100)).toBe(0.2);
    expect(offsetOf(0, 0)).toBe(0);
    expect(offsetOf(-1, 4)).toBe(0);
  });
});

describe("relativeStep()", () => {
  const of = (step: number[], w: number[], a?: number[], dtype: "float64" | "float32" = "float64") =>
    relativeStep(Float64Array.from(step), Float64Array.from(w), a && Float64Array.from(a), dtype);

  test("is the largest change of a parameter, of its own size", () => {
    expect(of([1e-3, 2], [1, -4])).toBe(0.5);
    expect(of([-3, 2], [4, 8])).toBe(0.75);
    expect(of([1], [0])).toBe(Infinity);
  });

  test.each([
    ["float64", float64],
    ["float32", float32],
  ] as const)("counts in %s what is longer in A than four roundings of w", (dtype, epsilon) => {
    expect(of([4 * epsilon], [1], undefined, dtype)).toBe(0);
    expect(of([5 * epsilon], [1], undefined, dtype)).toBe(5 * epsilon);
    expect(of([12 * epsilon], [4], undefined, dtype)).toBe(0);
    expect(of([5 * epsilon], [1], [4], dtype)).toBe(5 * epsilon);
    // In A the second parameter is 2⁻³⁰ long beside the first of 2³⁰.
    expect(of([0.25, 1], [1, 1], [2 ** 60, 2 ** -60], dtype)).toBe(0.25);
  });
});

describe("extent()", () => {
  test("is vanished from at 10⁻⁴⁰ of the largest loss and 10⁻¹⁰ of the longest way, both", () => {
    const visited = extent();
    visited.visit(8, 1);
    visited.visit(1, 4);
    expect(visited.largest).toBe(8);
    expect(visited.hasVanished(8e-40, 4e-10)).toBe(true);
    expect(visited.hasVanished(9e-40, 4e-10)).toBe(false);
    expect(visited.hasVanished(8e-40, 5e-10)).toBe(false);
  });

  test("continues from its state, and without one as it is", () => {
    const visited = extent();
    visited.visit(8, 4);
    expect(visited.state()).toEqual({ scalars: { loss: 8, length: 4 }, vectors: {} });
    const again = extent();
    again.restore(visited.state());
    again.restore(undefined);
    expect(again.state()).toEqual(visited.state());
  });
});

test("endings say what was found small", () => {
  expect(endings.gradient(1e-9)).toEqual({
    status: "converged",
    reason: "gradient",
    message: "The gradient is small: the loss has less than 1e-18 of itself left to lose.",
  });
  expect(endings.gradient(0).message).toContain("less than 1e-300 of itself");
  expect(endings.step()).toEqual({
    status: "converged",
    reason: "step",
    message: "Newton's step changes no parameter beyond its last digits.",
  });
  expect(endings.loss()).toEqual({
    status: "converged",
    reason: "loss",
    message: "The loss has fallen to nothing.",
  });
  expect(endings.rounding()).toEqual({
    status: "converged",
    reason: "rounding",
    message: "The gradient is small and the loss cannot tell a further step from rounding.",
  });
});

test("ellipsoidOf() is the diagonal of B, and 2|f|₁/w² of a parameter without curvature, 1 where that says nothing", () => {
  const a = (diagonal: number[], w: number[], magnitude: number) => [
    ...ellipsoidOf(Float64Array.from(diagonal), Float64Array.from(w), magnitude),
  ];
  expect(a([4, 0, -1, 0, 0], [9, 2, 4, 0, 1e-200], 8)).toEqual([4, 4, 1, 1, 1]);
  expect(a([0, 3], [2, 2], 0)).toEqual([1, 3]);
});
