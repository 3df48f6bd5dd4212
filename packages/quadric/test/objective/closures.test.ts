import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { ShapeError } from "../../src/errors.ts";
import { type Closures, closuresObjective } from "../../src/objective/closures.ts";
import { makeRandom } from "../../src/vector/random.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { quadratic } from "../helpers/steps.ts";

const f = quadratic([1, 4], [0, -2]);
const at = Float64Array.of(3, 1);

describe("closuresObjective()", () => {
  test("gives value, gradient and both curvature products", async () => {
    const objective = closuresObjective(f, 2);
    expect(await objective.value(at, undefined)).toEqual({ value: 4.5 });
    const { value, gradient } = await objective.gradient(at, undefined);
    expect([value, ...gradient]).toEqual([4.5, 3, 2]);
    for (const kind of ["hessian", "gauss-newton"] as const) {
      const { curvature } = await objective.linearize(at, undefined, kind);
      expect([...(await curvature.multiply(Float64Array.of(1, 2)))]).toEqual([1, 8]);
    }
  });

  test("books every evaluation on as many examples as its batch has, and checks separately", async () => {
    const objective = closuresObjective<number>(f as unknown as Closures<number>, 2, { examples: (batch) => batch });
    await objective.value(at, 7);
    const { curvature } = await objective.linearize(at, 7, "hessian");
    await curvature.multiply(at);
    await objective.gradient(Float64Array.of(0, 0), 3);
    const counts = { values: 1, gradients: 2, hvps: 1, ggnvps: 0, examples: 24, backprops: 3 };
    expect(objective.ledger.counts()).toEqual(counts);
    // One value within the gradient again, two products for the symmetry of each kind.
    expect(objective.checks.counts()).toMatchObject({ gradients: 1, hvps: 2, ggnvps: 2 });
  });

  test("does not ask for the value of an accepted trial point again", async () => {
    let calls = 0;
    const value = (w: Vector) => {
      calls++;
      return f.value(w, undefined);
    };
    const objective = closuresObjective({ ...f, value }, 2, { checkDeterminism: false });
    await objective.value(at, undefined);
    await objective.gradient(at, undefined);
    expect(calls).toBe(1);
    await objective.gradient(at.slice(), undefined);
    expect(calls).toBe(2);
  });

  test("takes the mean of losses of examples", async () => {
    const objective = closuresObjective({ ...f, value: () => Float32Array.of(1, 2, 6) }, 2);
    expect(await objective.value(at, undefined)).toEqual({ value: 3, losses: Float64Array.of(1, 2, 6), magnitude: 3 });
  });

  test("copies what closures return, so that they may reuse their buffers", async () => {
    const buffer = new Float64Array(2);
    const objective = closuresObjective({ value: () => 0, gradient: () => buffer, hvp: () => buffer }, 2);
    const { gradient, curvature } = await objective.linearize(at, undefined, "hessian");
    const product = await curvature.multiply(at);
    buffer.fill(9);
    expect([...gradient, ...product]).toEqual([0, 0, 0, 0]);
  });

  test("works in the precision of its start", async () => {
    const objective = closuresObjective({ value: () => 0, gradient: () => Float64Array.of(0.1) }, new Float32Array(1));
    expect((await objective.gradient(new Float32Array(1), undefined)).gradient).toEqual(Float32Array.of(0.1));
  });

  test("accepts closures that return promises", async () => {
    const objective = closuresObjective({ value: async () => 1, gradient: async () => Float64Array.of(2) }, 1);
    expect(await objective.gradient(Float64Array.of(0), undefined)).toEqual({ value: 1, gradient: Float64Array.of(2) });
  });

  test("refuses closures that answer differently at the same point, unless told not to look", async () => {
    const random = makeRandom(0);
    const noisy = { ...f, value: () => random.uniform() };
    await expect(closuresObjective(noisy, 2).gradient(at, undefined)).rejects.toThrow(
      /closuresObjective: value must be the same at every evaluation of a point, got 0\.\d+ and then 0\.\d+\./,
    );
    const drifting = { ...f, gradient: (w: Vector) => w.map((x, i) => x + i * random.uniform()) };
    await expect(closuresObjective(drifting, 2).gradient(at, undefined)).rejects.toThrow(
      /gradient\[1\] must be the same/,
    );
    await closuresObjective(noisy, 2, { checkDeterminism: false }).gradient(at, undefined);
  });

  test("takes repeated NaN for the same answer", async () => {
    const objective = closuresObjective({ value: () => NaN, gradient: (w) => w.map(() => NaN) }, 2);
    expect((await objective.gradient(at, undefined)).value).toBeNaN();
  });

  test("warns of a product that is not symmetric, and of no other", async () => {
    const skew = closuresObjective({ ...f, hvp: (_, [u, v]) => Float64Array.of(u + v, v) }, 2);
    await skew.gradient(at, undefined);
    expect(skew.warnings).toHaveLength(1);
    expect(skew.warnings[0]).toMatch(/hessian product is not symmetric/);
    const plain = closuresObjective(f, 2);
    await plain.gradient(at, undefined);
    expect(plain.warnings).toEqual([]);
  });

  test("says which closure returned the wrong shape", async () => {
    const wrong = closuresObjective(
      { ...f, gradient: () => Float64Array.of(1), hvp: () => Float64Array.of(1, 2, 3) },
      2,
    );
    await expect(wrong.gradient(at, undefined)).rejects.toThrow(ShapeError);
    await expect(wrong.gradient(at, undefined)).rejects.toThrow("gradient must return shape [2], got [1].");
    const { curvature } = await closuresObjective({ ...f, hvp: () => new Float64Array(3) }, 2, {
      checkDeterminism: false,
    }).linearize(at, undefined, "hessian");
    await expect(curvature.multiply(at)).rejects.toThrow("hvp must return shape [2], got [3].");
    await expect(curvature.multiply(new Float64Array(3))).rejects.toThrow("hvp: v must have shape [2], got [3].");
  });

  test("names the closure that a kind of curvature needs", async () => {
    const objective = closuresObjective({ value: f.value, gradient: f.gradient }, 2);
    const { curvature } = await objective.linearize(at, undefined, "gauss-newton");
    await expect(curvature.multiply(at)).rejects.toThrow('curvature "gauss-newton" needs a closure ggnvp, got none.');
  });

  test("refuses a size that is none", () => {
    expect(() => closuresObjective(f, 0)).toThrow("closuresObjective: size must be an integer >= 1, got 0.");
  });
});
