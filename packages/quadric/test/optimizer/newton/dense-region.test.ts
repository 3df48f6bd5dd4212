import { describe, expect, test } from "vitest";
import type { DensePoint } from "../../../src/optimizer/newton/dense-point.ts";
import { type DenseRegion, denseRegion } from "../../../src/optimizer/newton/dense-region.ts";
import { type EigenStep, eigenModelOf } from "../../../src/subproblem/eigen-model.ts";

const vector = (...x: number[]) => Float64Array.of(...x);
const point = (...diagonal: number[]): DensePoint =>
  ({ diagonal: Float64Array.from(diagonal), magnitude: 8 }) as unknown as DensePoint;
const model = eigenModelOf(vector(2, 0, 0, 2), vector(6, 8), vector(1, 1));

/** A region with A = diag(4, 1) and Δ = 5, from (1.5, 4). */
function region(kind: "hessian" | "gauss-newton" = "hessian"): DenseRegion {
  const made = denseRegion(kind, 2);
  made.take(point(4, 1), vector(1.5, 4));
  made.begin(model, vector(1.5, 4));
  return made;
}

/** Δ after a step of this length, slope −2 along the gradient, and what was judged of it. */
function after(
  made: DenseRegion,
  stepNorm: number,
  judged: { accepted: boolean; ratio: number; decrease?: number },
  outcome: EigenStep["outcome"] = "boundary",
): number {
  const step = { step: vector(1, 0), stepNorm, modelDecrease: 1, multiplier: 0, outcome };
  made.follow(step, { decrease: -1, ...judged }, vector(-2, 7));
  return made.radius;
}

describe("denseRegion()", () => {
  test("keeps the largest curvatures of residuals, and forgets three quarters of those of a function", () => {
    const [kept, forgotten] = [region("gauss-newton"), region("hessian")];
    for (const made of [kept, forgotten]) made.take(point(0.5, 2), vector(1, 1));
    expect([...kept.a]).toEqual([4, 2]);
    expect([...forgotten.a]).toEqual([1, 2]);
  });

  test("measures a parameter without curvature by its own size", () => {
    const made = denseRegion("hessian", 2);
    made.take(point(0, 3), vector(2, 1));
    expect([...made.a]).toEqual([4, 3]);
  });

  test("starts with ‖w₀‖_A for a function, with ten times that for residuals", () => {
    expect(region("hessian").radius).toBe(5);
    expect(region("gauss-newton").radius).toBe(50);
  });

  test("starts at zero parameters with the length of the model's minimiser, and with 1 if there is none", () => {
    const made = denseRegion("hessian", 2);
    expect(made.radius).toBeNaN();
    made.begin(model, vector(0, 0));
    expect(made.radius).toBe(5);
    const flat = denseRegion("hessian", 2);
    flat.begin(eigenModelOf(vector(2, 0, 0, 2), vector(0, 0), vector(1, 1)), vector(0, 0));
    expect(flat.radius).toBe(1);
  });

  test("begins once", () => {
    const made = region();
    made.begin(model, vector(100, 100));
    expect(made.radius).toBe(5);
  });

  test("follows the ratio: doubles the step, keeps, or shrinks to the minimum of a parabola", () => {
    const moved = (): DenseRegion => {
      const made = region();
      made.leave();
      return made;
    };
    expect(after(moved(), 4, { accepted: true, ratio: 0.75 })).toBe(8);
    expect(after(moved(), 4, { accepted: true, ratio: 0.74 })).toBe(5);
    expect(after(moved(), 4, { accepted: true, ratio: 0.25 })).toBe(5);
    // −2t + 3t² is least at t = 1/3.
    expect(after(moved(), 4, { accepted: true, ratio: 0.24 })).toBeCloseTo(4 / 3, 14);
    expect(after(moved(), 4, { accepted: false, ratio: 0.9 })).toBeCloseTo(4 / 3, 14);
    expect(after(moved(), 7, { accepted: false, ratio: -1 })).toBeCloseTo(5 / 3, 14);
  });

  test("goes to twice a whole step, and does not shrink for it when the ratio is poor", () => {
    const moved = (): DenseRegion => {
      const made = region();
      made.leave();
      return made;
    };
    expect(after(moved(), 1, { accepted: true, ratio: 0.25 }, "interior")).toBe(2);
    expect(after(moved(), 1, { accepted: true, ratio: 0.24 }, "interior")).toBe(5);
    expect(after(moved(), 4, { accepted: true, ratio: 0.24 }, "interior")).toBe(8);
    expect(after(moved(), 4, { accepted: false, ratio: 0.24 }, "interior")).toBeCloseTo(4 / 3, 14);
  });

  test("shrinks to between a tenth and a half, to a tenth where a parabola says nothing", () => {
    const shrunk = (decrease: number) => after(region(), 4, { accepted: false, ratio: 0, decrease });
    expect(shrunk(1)).toBe(2);
    expect(shrunk(0.5)).toBe(2);
    expect(shrunk(-1)).toBeCloseTo(4 / 3, 14);
    expect(shrunk(-1000)).toBeCloseTo(0.4, 14);
    expect(shrunk(-Infinity)).toBeCloseTo(0.4, 14);
    // The parabola bends down, or not at all.
    expect(shrunk(3)).toBeCloseTo(0.4, 14);
    expect(shrunk(2)).toBeCloseTo(0.4, 14);
  });

  test("takes the length of the first step that is accepted for Δ if that is shorter", () => {
    expect(after(region(), 3, { accepted: true, ratio: 0.5 })).toBe(3);
    expect(after(region(), 7, { accepted: true, ratio: 0.5 })).toBe(5);
    expect(after(region(), 3, { accepted: false, ratio: 0.5 })).toBe(1);
    const moved = region();
    moved.leave();
    expect(after(moved, 3, { accepted: true, ratio: 0.5 })).toBe(5);
  });

  test("retreats to a quarter of the step", () => {
    const made = region();
    made.retreat({ step: vector(1, 0), stepNorm: 3, modelDecrease: 1, multiplier: 0, outcome: "interior" });
    expect(made.radius).toBe(0.75);
  });

  test("is renewed by the curvature of the current point alone, with a Δ that begins again", () => {
    const made = region("gauss-newton");
    expect(made.isOwn).toBe(false);
    expect(made.renew(point(4, 1), vector(1, 1))).toBe(false);
    expect([made.isOwn, made.radius]).toEqual([true, 50]);
    expect(made.renew(point(4, 0.25), vector(1, 1))).toBe(true);
    expect([...made.a]).toEqual([4, 0.25]);
    expect(made.radius).toBeNaN();
    made.begin(model, vector(1.5, 8));
    expect(made.radius).toBe(50);
    made.leave();
    expect(made.isOwn).toBe(false);
  });

  test("continues from its state", () => {
    for (const hasMoved of [true, false]) {
      const made = region();
      if (hasMoved) made.leave();
      expect(made.state()).toEqual({
        scalars: { radius: 5, hasMoved: Number(hasMoved) },
        vectors: { a: vector(4, 1) },
      });
      const again = denseRegion("hessian", 2);
      again.restore(made.state());
      expect([...again.a]).toEqual([4, 1]);
      expect(after(again, 3, { accepted: true, ratio: 0.5 })).toBe(hasMoved ? 5 : 3);
    }
  });
});
