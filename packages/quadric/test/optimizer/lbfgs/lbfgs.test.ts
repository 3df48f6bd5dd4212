import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { closuresObjective } from "../../../src/objective/closures.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { ssbroyden } from "../../../src/optimizer/lbfgs/ssbroyden.ts";
import { noBatches } from "../../../src/training/batches.ts";
import { inner, length } from "../../helpers/dense.ts";
import { faulty, quadratic, rosenbrock, type Steps, startOn, takeSteps } from "../../helpers/steps.ts";

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

/** On a function, whose values are exact. */
function onFunction(closures: Closures, start: readonly number[], optimizer = lbfgs()): Steps {
  const w = Float64Array.from(start);
  const objective = closuresObjective(closures, w, { checkDeterminism: false });
  return { run: optimizer.start(objective, w, { batches: undefined }), batches: noBatches(), objective, records: [] };
}

describe("lbfgs() on a function", () => {
  /** ½Σ a_j(w_j − 1)² + 1: f is not zero where its gradient is. */
  const bowl = (a: readonly number[]): Required<Closures> => {
    const f = quadratic(a);
    const from = (w: Float64Array) => w.map((x) => x - 1);
    return {
      ...f,
      value: (w) => (f.value(from(w as Float64Array), undefined) as number) + 1,
      gradient: (w) => f.gradient(from(w as Float64Array), undefined),
    };
  };

  test("has converged where the gradient is small beside the loss twice in a row", async () => {
    const { records, run } = await takeSteps(onFunction(bowl([1, 4]), [3, -2]), 50);
    expect(records.at(-1)).toMatchObject({ status: "converged", reason: "gradient", accepted: false });
    expect(run.parameters).toBeAllclose([1, 1], { relative: 1e-7 }); // ε_g = 1e-8 of a loss of 1
    const loose = await takeSteps(onFunction(bowl([1, 4]), [3, -2], lbfgs({ relativeGradientTolerance: 0.1 })), 50);
    expect(loose.records.length).toBeLessThan(records.length);
    expect(loose.records.at(-1)!.status).toBe("converged");
  });

  test("asks no such thing of batches, whose gradients are not exact, unless it is told to", async () => {
    const noisy = await takeSteps(startOn(lbfgs(), bowl([1, 4]), [3, -2]), 50);
    const told = await takeSteps(startOn(lbfgs({ relativeGradientTolerance: 0.1 }), bowl([1, 4]), [3, -2]), 50);
    expect(told.records.length).toBeLessThan(noisy.records.length);
  });

  test("checks its claim with the curvature there is, on nobody's account", async () => {
    const calls = { hvp: 0, ggnvp: 0 };
    const counted =
      (name: "hvp" | "ggnvp"): Closures["hvp"] =>
      (w, v, batch) => {
        calls[name]++;
        return bowl([1, 4])[name](w, v, batch);
      };
    const { value, gradient } = bowl([1, 4]);
    const run = async (closures: Closures) => {
      Object.assign(calls, { hvp: 0, ggnvp: 0 });
      const { records, objective } = await takeSteps(onFunction(closures, [3, -2]), 50);
      expect(records.at(-1)!.status).toBe("converged");
      expect(objective.ledger.counts()).toMatchObject({ hvps: 0, ggnvps: 0 });
      return { ...calls };
    };
    expect(await run({ value, gradient, hvp: counted("hvp"), ggnvp: counted("ggnvp") })).toEqual({ hvp: 2, ggnvp: 0 });
    expect(await run({ value, gradient, ggnvp: counted("ggnvp") })).toEqual({ hvp: 0, ggnvp: 2 });
    expect(await run({ value, gradient })).toEqual({ hvp: 0, ggnvp: 0 });
  });

  test("ends where a loss without a curvature at its minimum has fallen to nothing", async () => {
    const quartic: Closures = { value: ([x]) => x ** 4, gradient: ([x]) => Float64Array.of(4 * x ** 3) };
    const { records } = await takeSteps(onFunction(quartic, [1]), 400);
    expect(records.at(-1)).toMatchObject({ status: "converged", reason: "loss", accepted: false });
    expect(records.at(-1)!.loss).toBeLessThanOrEqual(1e-40);
  });

  test.each([
    ["a tenth of the length of its start", [10], 64, 9],
    // At zero a tenth of f/‖g‖, with which −g would lose all of f.
    ["a tenth of f/‖g‖ at zero", [0], 64, 0.8],
    ["a tenth of a unit where that is nothing", [0], 0, 0.1],
  ] as const)("first tries %s", async (_, start, constant, expected) => {
    const tried: number[] = [];
    const slope = start[0] === 10 ? 8 : -8;
    const linear: Closures = {
      value: ([x]) => slope * (x - start[0]) + constant,
      gradient: ([x]) => {
        tried.push(x);
        return Float64Array.of(slope);
      },
    };
    await takeSteps(onFunction(linear, start), 1);
    expect(tried[1]).toBeAllclose(expected);
  });

  test("tries no point that a number cannot hold", async () => {
    const linear: Closures = { value: ([x]) => -x, gradient: () => Float64Array.of(-1) };
    const { run } = await takeSteps(onFunction(linear, [1e308]), 1);
    expect(run.parameters[0]).toBeGreaterThan(1e308);
    expect(run.parameters[0]).toBeLessThan(Infinity);
  });

  test("goes along −g again where its direction leads nowhere", async () => {
    let failing = 0;
    const f: Closures = {
      ...quartic,
      gradient: (w) => (failing-- > 0 ? w.map(() => Number.NaN) : quartic.gradient(w, undefined)),
    };
    const steps = await takeSteps(onFunction(f, [1, -2, 0.5, 1.5]), 3);
    expect(steps.run.state().scalars["run.pairs"]).toBe(3);
    const before = Float64Array.from(steps.run.parameters);
    failing = 30;
    await takeSteps(steps, 1);
    expect(steps.records[3].accepted).toBe(true);
    expect(steps.run.state().scalars["run.pairs"]).toBe(1);
    const [s, g] = [
      steps.run.parameters.map((x, i) => x - before[i]),
      quartic.gradient(before, undefined) as Float64Array,
    ];
    expect(inner(s, g) / (length(s) * length(g))).toBeAllclose(-1);
  });

  test("prepares gradients alone", async () => {
    const asked: unknown[] = [];
    const objective = {
      ...closuresObjective(quartic, 4, { checkDeterminism: false }),
      prepare: async (_: undefined, uses: unknown) => {
        asked.push(uses);
      },
    };
    const start = (changes: object) =>
      lbfgs().start({ ...objective, ...changes } as never, Float64Array.of(1, 1, 1, 1), { batches: undefined });
    await start({}).prepare!(noBatches());
    await start({ prepare: undefined }).prepare!(noBatches());
    expect(asked).toEqual([{ gradient: true }]);
  });

  test.each([
    ["lbfgs", () => lbfgs({ memory: 3 })],
    ["ssbroyden", () => ssbroyden()],
  ] as const)("%s continues bit for bit from any step, and pays for no gradient twice", async (_, optimizer) => {
    const whole = onFunction(rosenbrock, [-1.2, 1], optimizer());
    const saved = [];
    for (let k = 0; k < 12; k++) {
      saved.push({
        ...{ w: whole.run.parameters.slice(), state: structuredClone(whole.run.state()) },
        counts: whole.objective.ledger.counts(),
      });
      await takeSteps(whole, 1);
    }
    for (const [k, { w, state, counts }] of saved.entries()) {
      const again = onFunction(rosenbrock, [3, 3], optimizer());
      await takeSteps(again, 2);
      again.run.restore(w, state);
      again.objective.ledger.restore(counts);
      again.records.length = 0;
      await takeSteps(again, 12 - k);
      expect(again.records).toEqual(whole.records.slice(k));
      expect([...again.run.parameters]).toEqual([...whole.run.parameters]);
      expect(again.objective.ledger.counts()).toEqual(whole.objective.ledger.counts());
    }
  });
});
