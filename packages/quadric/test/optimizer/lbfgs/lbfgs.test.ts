import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { inner, length } from "../../helpers/dense.ts";
import { faulty, quadratic, startOn, takeSteps } from "../../helpers/steps.ts";

/** Σ w_i⁴ + ½ Σ i·w_i² + w₀w₁: convex enough, not quadratic. */
const quartic: Required<Closures> = {
  ...quadratic([0, 0, 0, 0]),
  value: (w) => Float64Array.from(w).reduce((sum, x, i) => sum + x ** 4 + 0.5 * (i + 1) * x * x, w[0] * w[1]),
  gradient: (w) => w.map((x, i) => 4 * x ** 3 + (i + 1) * x + (i < 2 ? w[1 - i] : 0)),
};

/** −H·g with H as a matrix, updated pair by pair as its definition says. */
function reference(pairs: readonly { s: Float64Array; y: Float64Array }[], g: Float64Array): Float64Array {
  const d = g.length;
  const { s, y } = pairs.at(-1)!;
  let H = Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => (i === j ? inner(s, y) / inner(y, y) : 0)),
  );
  for (const { s, y } of pairs) {
    const rho = 1 / inner(s, y);
    const V = H.map((_, i) => H.map((_, j) => (i === j ? 1 : 0) - rho * s[i] * y[j])); // I − ρsyᵀ
    const VH = V.map((row) => H.map((_, j) => row.reduce((sum, v, k) => sum + v * H[k][j], 0)));
    H = VH.map((row, i) => V.map((other, j) => row.reduce((sum, x, k) => sum + x * other[k], 0) + rho * s[i] * s[j]));
  }
  return Float64Array.from(H, (row) => -inner(row, g));
}

describe("lbfgs()", () => {
  test.each([1, 2, 10])("steps along −H·g, with H from the last %i pairs", async (memory) => {
    const steps = startOn(lbfgs({ memory }), quartic, [1, -2, 0.5, 1.5]);
    const points = [Float64Array.from(steps.run.parameters)];
    const gradients = [quartic.gradient(points[0], undefined) as Float64Array];
    for (let k = 0; k < 6; k++) {
      await takeSteps(steps, 1);
      points.push(Float64Array.from(steps.run.parameters));
      gradients.push(quartic.gradient(points[k + 1], undefined) as Float64Array);
      const pairs = points.slice(1, k + 1).map((w, i) => ({
        s: w.map((x, j) => x - points[i][j]),
        y: gradients[i + 1].map((x, j) => x - gradients[i][j]),
      }));
      const p = k === 0 ? gradients[0].map((x) => -x) : reference(pairs.slice(-memory), gradients[k]);
      const s = points[k + 1].map((x, j) => x - points[k][j]);
      const unit = (v: Float64Array) => v.map((x) => x / length(v));
      expect(unit(s)).toBeAllclose(unit(p), { relative: 1e-9 }); // differences of nearby points
      expect(steps.records[k].stepNorm!).toBeAllclose(length(s), { relative: 1e-12 });
    }
  });

  test("first tries a tenth of the length of its start, then the whole of −H·g", async () => {
    const tried: number[][] = [];
    const f = { ...quadratic([1, 1], [-8, 0]) };
    const watched = {
      ...f,
      gradient: (w: Float64Array) => {
        tried.push([...w]);
        return f.gradient(w, undefined);
      },
    };
    const steps = await takeSteps(startOn(lbfgs(), watched as Closures, [-10, 0]), 1);
    expect(tried[1]).toEqual([-9, 0]);
    const before = steps.run.parameters[0];
    tried.length = 0;
    await takeSteps(steps, 1);
    // H is exact along the one direction there is.
    expect(tried[0]).toBeAllclose([8, 0]);
    expect(before).toBeLessThan(8);
  });

  test("has converged where ‖∇L‖ is at its tolerance, not a hair above", async () => {
    const status = async (gradientTolerance: number) =>
      (await takeSteps(startOn(lbfgs({ gradientTolerance }), quadratic([1, 1]), [3, 4]), 1)).records[0].status;
    expect(await status(5)).toBe("converged");
    expect(await status(4.999)).toBe(undefined);
  });

  test("keeps no pair without positive curvature, and still goes down", async () => {
    // From 0.1 the cosine curves downwards.
    const f = {
      ...quadratic([1]),
      value: ([x]: number[]) => Math.cos(x),
      gradient: ([x]: number[]) => Float64Array.of(-Math.sin(x)),
    };
    const steps = startOn(lbfgs(), f as never, [0.1]);
    await takeSteps(steps, 1);
    const first = steps.run.state().scalars["run.pairs"];
    await takeSteps(steps, 20);
    expect(first).toBe(Math.sin(steps.records[0].stepNorm! + 0.1) < Math.sin(0.1) ? 1 : 0);
    expect(steps.run.parameters[0]).toBeAllclose(Math.PI, { relative: 1e-6 }); // where the cosine is flat to rounding
  });

  test("follows a gradient that points uphill no further than rounding hides it, and ends", async () => {
    const f = { ...quadratic([1, 1]), gradient: (w: Float64Array) => w.map((x) => -x) };
    const { records, run } = await takeSteps(startOn(lbfgs(), f as Closures, [3, 4]), 20);
    expect(records.at(-1)!.status).toBe("stalled");
    expect(records.at(-1)!.message).toContain("Check the gradient.");
    // Within rounding of the loss any slope looks like a decrease: so far it may have gone.
    expect(run.parameters).toBeAllclose([3, 4], { relative: 1e-12 });
  });

  test.each(["float64", "float32"] as const)("has converged in %s where the loss is blind", async (dtype) => {
    // The gradient has noise that no step gets below.
    const f = {
      ...quadratic([0]),
      value: ([x]: number[]) => 1 + 0.5 * x * x,
      gradient: (w: Float64Array) => w.map((x) => x + 1e-9 * Math.cos(1e12 * x)),
    };
    const start = dtype === "float32" ? Float32Array.of(1) : Float64Array.of(1);
    const { records, run } = await takeSteps(startOn(lbfgs(), f as never, start), 100);
    expect(records.at(-1)).toMatchObject({ status: "converged" });
    expect(Math.abs(run.parameters[0])).toBeLessThan(dtype === "float32" ? 1e-3 : 1e-7);
  });

  test.each([NaN, Infinity])("stays where the gradient is %f, and asks for another batch", async (fault) => {
    const f = faulty(quadratic([1, 1]), {
      gradient: (call, g) => (call === 1 ? (g as Float64Array).map(() => fault) : g),
    });
    const steps = await takeSteps(startOn(lbfgs(), f, [3, 4]), 1);
    expect(steps.records[0]).toMatchObject({ accepted: false, products: 0 });
    expect(steps.records[0].status).toBe(undefined);
    expect([...steps.run.parameters]).toEqual([3, 4]);
  });
});
