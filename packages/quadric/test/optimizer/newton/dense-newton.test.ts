import { describe, expect, test } from "vitest";
import { type Closures, closuresObjective } from "../../../src/objective/closures.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { type DenseNewtonOptions, denseNewton } from "../../../src/optimizer/newton/dense-newton.ts";
import type { OptimizerRun, StepRecord } from "../../../src/optimizer/optimizer.ts";
import { noBatches } from "../../../src/training/batches.ts";
import type { Vector } from "../../../src/vector/vector.ts";
import { quadratic, residualObjective, rosenbrock } from "../../helpers/steps.ts";
import "../../helpers/matchers.ts";

const vector = (...x: number[]) => Float64Array.of(...x);

/** A run with its steps, until it says that it is done. */
async function steps(run: OptimizerRun, count: number, batches = noBatches()): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  while (records.length < count && !records.at(-1)?.status) records.push(await run.step(batches));
  return records;
}

function started(
  closures: Closures,
  start: readonly number[],
  options?: DenseNewtonOptions,
  changes: Partial<Objective> = {},
) {
  const objective: Objective = {
    ...closuresObjective(closures, Float64Array.from(start), { checkDeterminism: false }),
    ...changes,
  } as Objective;
  return { objective, run: denseNewton(options).start(objective, Float64Array.from(start), { batches: undefined }) };
}

/** x² + 4y² − 2x − 8y, its minimum −5 at (1, 1). */
const bowl = quadratic([2, 8], [-2, -8]);

describe("denseNewton()", () => {
  test("takes Newton's step where the region is large enough, for d products, and is done", async () => {
    const { run, objective } = started(bowl, [3, 2]);
    const [first, second] = await steps(run, 5);
    expect(first).toMatchObject({ loss: 3, accepted: true, products: 2, outcome: "interior", multiplier: 0 });
    expect(first.gradientNorm).toBeAllclose(Math.sqrt(16 + 64));
    // In A = diag(2, 8).
    expect(first.radius).toBeAllclose(Math.sqrt(18 + 32));
    expect(first.stepNorm).toBeAllclose(4);
    expect(first.modelDecrease).toBeAllclose(8);
    expect(first.ratio).toBeAllclose(1);
    expect(first.decreaseStandardError).toBeUndefined();
    expect(first.atNoiseFloor).toBeUndefined();
    expect(first.status).toBeUndefined();
    expect(second).toMatchObject({ loss: -5, accepted: false, products: 2, status: "converged", reason: "gradient" });
    expect(second.stepNorm).toBeUndefined();
    expect([...run.parameters]).toEqual([1, 1]);
    expect(objective.ledger.counts()).toMatchObject({ values: 1, gradients: 2, hvps: 4, ggnvps: 0 });
  });

  test("stays within ‖w₀‖_A at first, within ten times that of residuals", async () => {
    // The minimum is at 100, a hundred times as far as the start.
    const far = quadratic([2], [-200]);
    const [byHessian] = await steps(started(far, [1]).run, 1);
    expect(byHessian).toMatchObject({ outcome: "boundary", accepted: true });
    expect(byHessian.stepNorm).toBeAllclose(Math.SQRT2);
    const [byResiduals] = await steps(started(far, [1], { curvature: "gauss-newton" }).run, 1);
    expect(byResiduals.stepNorm).toBeAllclose(10 * Math.SQRT2);
  });

  test("ends at Rosenbrock's minimum by either curvature", async () => {
    for (const curvature of ["hessian", "gauss-newton"] as const) {
      const { run } = started(rosenbrock, [-1.2, 1], { curvature });
      const last = (await steps(run, 60)).at(-1)!;
      expect(last.status).toBe("converged");
      expect(run.parameters).toBeAllclose([1, 1], { relative: 1e-7 }); // ε_g = 1e-8 of a loss that is zero there
    }
  });

  test("leaves a saddle at which the gradient vanishes", async () => {
    // x² − y² + y⁴: minima −¼ at (0, ±√½).
    const f: Closures = {
      value: ([x, y]) => x * x - y * y + y ** 4,
      gradient: ([x, y]) => vector(2 * x, -2 * y + 4 * y ** 3),
      hvp: ([, y], [u, v]) => vector(2 * u, (-2 + 12 * y * y) * v),
    };
    const { run } = started(f, [0, 0]);
    const records = await steps(run, 40);
    expect(records[0].negativeCurvature).toBeUndefined();
    expect(records.at(-1)!.status).toBe("converged");
    expect(records.at(-1)!.loss).toBeAllclose(-0.25);
    expect(Math.abs(run.parameters[1])).toBeAllclose(Math.SQRT1_2, { relative: 1e-8 }); // ε_g of the default
  });

  test("refuses ascents, shrinks and tries again on the same batch", async () => {
    // Newton's step of √(1 + x²) from 2 ends at −8.
    const f: Closures = {
      value: ([x]) => Math.sqrt(1 + x * x),
      gradient: ([x]) => vector(x / Math.sqrt(1 + x * x)),
      hvp: ([x], [v]) => vector(v / (1 + x * x) ** 1.5),
    };
    const { run, objective } = started(f, [2], { curvature: "hessian" });
    const batches = noBatches();
    const records = await steps(run, 30, batches);
    expect(records.at(-1)!.status).toBe("converged");
    expect(run.parameters[0]).toBeAllclose(0, { absolute: 1e-7 }); // ε_g = 1e-8
    const { gradients, hvps } = objective.ledger.counts();
    const moves = records.filter(({ accepted }) => accepted).length;
    expect([gradients, hvps, batches.epochs]).toEqual([moves + 1, moves + 1, moves + 1]);
    for (const [k, { accepted, radius }] of records.entries())
      if (!accepted && k < records.length - 1) expect(records[k + 1].radius).toBeLessThan(radius!);
  });
});

describe("endings of denseNewton()", () => {
  const ending = async (closures: Closures, start: number[], options?: DenseNewtonOptions) => {
    const { run } = started(closures, start, options);
    const records = await steps(run, 200);
    const { status, reason, message } = records.at(-1)!;
    return { status, reason, message, count: records.length };
  };

  test("a gradient that is small beside the loss, or beside what is asked", async () => {
    const high = { ...quadratic([2]), value: ([x]: Vector) => x * x + 1 };
    // ½g²/B = x²: offset 10⁻⁵.
    expect(await ending(high, [1e-5], { tolerances: { relativeGradient: 1.1e-5 } })).toMatchObject({
      ...{ status: "converged", reason: "gradient", count: 1 },
      message: "The gradient is small: the loss has less than 1e-10 of itself left to lose.",
    });
    expect((await ending(high, [1e-5], { tolerances: { relativeGradient: 0.9e-5 } })).count).toBeGreaterThan(1);
    expect((await ending(high, [1e-2], { tolerances: { gradient: 0.02 } })).count).toBe(1);
    expect((await ending(high, [1e-2], { tolerances: { gradient: 0.019 } })).count).toBeGreaterThan(1);
  });

  test("a step that changes no digit", async () => {
    const at = (x: number, options?: DenseNewtonOptions) => ending(quadratic([2], [-2]), [x], options);
    const zero = {
      ...quadratic([2]),
      value: ([x]: Vector) => (x - 1) ** 2,
      gradient: ([x]: Vector) => vector(2 * (x - 1)),
    };
    expect(await ending(zero, [1 + 1e-14])).toMatchObject({ status: "converged", reason: "step", count: 1 });
    expect((await ending(zero, [1.01], { tolerances: { step: 0.011 } })).reason).toBe("step");
    expect((await ending(zero, [1.01], { tolerances: { step: 0.009 } })).count).toBeGreaterThan(1);
    expect((await at(1)).reason).toBe("gradient");
  });

  test("a loss that has fallen to nothing, as that of x⁴ does by two thirds a step", async () => {
    const quartic: Closures = {
      value: ([x]) => x ** 4,
      gradient: ([x]) => vector(4 * x ** 3),
      hvp: ([x], [v]) => vector(12 * x * x * v),
    };
    const { reason, count } = await ending(quartic, [1]);
    // (2/3)⁴ᵏ = 10⁻⁴⁰
    expect([reason, count]).toEqual(["loss", Math.ceil((40 * Math.LN10) / (4 * Math.log(1.5))) + 1]);
  });

  test("convergence, where tolerances ask for more than the loss resolves", async () => {
    const f: Closures = {
      value: ([x]) => 1 + Math.exp(x) - 3 * x,
      gradient: ([x]) => vector(Math.exp(x) - 3),
      hvp: ([x], [v]) => vector(Math.exp(x) * v),
    };
    const options = { tolerances: { relativeGradient: 0, step: 0 } };
    expect((await ending(f, [2], options)).status).toBe("converged");
    const { run } = started(f, [2], options);
    await steps(run, 200);
    expect(run.parameters[0]).toBeAllclose(Math.log(3), { relative: 1e-15 });
  });

  test("the second-order certificate, with the least eigenvalue it has seen", async () => {
    const certified = { tolerances: { curvature: 1e-3 } };
    const { status, reason, message } = await ending(bowl, [3, 2], certified);
    expect([status, reason]).toEqual(["second-order-converged", "gradient"]);
    expect(message).toMatch(/^The gradient is small.* λ_min ≥ 0\.$/);
    const { run } = started(bowl, [3, 2], certified);
    expect((await steps(run, 1))[0].negativeCurvature).toBe(0);
  });

  test("no certificate where negative curvature remains, and how much there is", async () => {
    // At the saddle of x² − y², to be left only for curvature beyond −2.
    const saddle = quadratic([2, -2]);
    const { run } = started(saddle, [1, 0.5], { tolerances: { curvature: 1e-3, gradient: 100 } });
    const [first] = await steps(run, 1);
    expect(first.status).toBeUndefined();
    expect(first.negativeCurvature).toBeAllclose(1); // in A = |diag(B)|
  });

  test("the rank of a Jacobian that does not determine all parameters", async () => {
    const [closures, jacobian] = residualObjective(
      ([x, y]) => [x + y - 3, 2 * (x + y) - 6, 1],
      () => [
        [1, 1],
        [2, 2],
        [0, 0],
      ],
    );
    const { run, objective } = started(closures, [1, 1], {}, jacobian);
    const { status, message } = (await steps(run, 20)).at(-1)!;
    expect(status).toBe("converged");
    expect(message).toMatch(/ The Jacobian has rank 1 of 2: the data do not determine all parameters\.$/);
    expect(run.parameters[0] + run.parameters[1]).toBeAllclose(3);
    expect(objective.ledger.counts().ggnvps).toBe(0);
    const [full, known] = residualObjective(
      ([x, y]) => [x + y - 3, x - y, 1],
      () => [
        [1, 1],
        [1, -1],
        [0, 0],
      ],
    );
    const determined = started(full, [1, 1], {}, known);
    expect((await steps(determined.run, 20)).at(-1)!.message).not.toContain("rank");
  });

  test("of residuals, only in the ellipsoid of the curvature where it ends", async () => {
    // At x = 0 the column is e⁰ = 1, at the end e^{−12}: Marquardt's scale still has the first.
    const [closures, jacobian] = residualObjective(
      ([x, y]) => [Math.exp(-x) - Math.exp(-12), y, 1],
      ([x]) => [
        [-Math.exp(-x), 0],
        [0, 1],
        [0, 0],
      ],
    );
    const { run } = started(closures, [0, 1], {}, jacobian);
    const last = (await steps(run, 100)).at(-1)!;
    expect(last.status).toBe("converged");
    expect(last.radius).toBeGreaterThan(0);
  });
});

describe("rounding and certificates of denseNewton()", () => {
  /** A loss without a slope, at 1 + `distance` of (x − 1)², and what the gradient is at the minimum. */
  const level = (loss: number, distance: number, there: number): Closures => ({
    value: () => loss,
    gradient: ([x]) => vector(x === 1 + distance ? 2 * distance : there),
    hvp: (_, [v]) => vector(2 * v),
  });
  const options = { tolerances: { relativeGradient: 0, step: 0 } };
  /** 10⁻⁹ of the parameter, and of the root of a loss of 1, which resolves no step from there. */
  const near = 2 ** -30;

  test("ends at rounding after a level step near a minimum that did not quarter the gradient, at the next point", async () => {
    const { run } = started(level(1, near, 1.5 * near), [1 + near], options);
    const [first, second] = await steps(run, 2);
    expect(first).toMatchObject({ accepted: true, atNoiseFloor: true });
    expect(first.status).toBeUndefined();
    expect(second).toMatchObject({ accepted: false, status: "converged", reason: "rounding" });
    expect(second.stepNorm).toBeUndefined();
    expect(run.parameters[0]).toBe(1);
  });

  test("goes on as long as whole steps quarter the gradient", async () => {
    const [first, second] = await steps(started(level(1, near, 0.9 * near), [1 + near], options).run, 2);
    expect(first).toMatchObject({ accepted: true, atNoiseFloor: true });
    expect(second.stepNorm).toBeGreaterThan(0);
  });

  test("refuses a level step that raises the gradient, and ends there near a minimum", async () => {
    const { run } = started(level(1, near, 3 * near), [1 + near], options);
    const [first] = await steps(run, 1);
    expect(first).toMatchObject({ accepted: false, atNoiseFloor: true, status: "converged", reason: "rounding" });
    expect(run.parameters[0]).toBe(1 + near);
  });

  test("retreats to a quarter of a level step that raises the gradient far from a minimum", async () => {
    // 10⁻⁵ of the parameter; of a loss of 10⁴ it is 10⁻¹⁴, a hundredth of the noise.
    const far = 2 ** -17;
    const { run } = started(level(1e4, far, 5 * far), [1 + far], options);
    const records = await steps(run, 2);
    expect(records[0]).toMatchObject({ accepted: false, atNoiseFloor: true });
    if (records[0].status === undefined) expect(records[1].radius).toBeAllclose(records[0].stepNorm! / 4);
  });

  test("certifies down to its tolerance, with the eigenvalue in the message", async () => {
    // −10⁻¹⁰ in the ellipsoid of the diagonal is rounding of zero for a step, but not for a certificate of 0.
    const flat = quadratic([2, 1e-10], [0, 0]);
    const ending = async (curvature: number) =>
      (await steps(started(flat, [0, 0], { tolerances: { curvature } }).run, 5)).at(-1)!;
    expect((await ending(0)).status).toBe("second-order-converged");
    expect((await ending(0)).message).toMatch(/λ_min ≥ 0\.$/);
  });

  test("keeps its start as it is, and the parameters it was restored from", async () => {
    const start = vector(3, 2);
    const objective = closuresObjective(bowl, 2, { checkDeterminism: false });
    const run = denseNewton().start(objective, start, { batches: undefined });
    const state = run.state();
    start.fill(9);
    expect([...run.parameters]).toEqual([3, 2]);
    const saved = vector(5, 5);
    await run.step(noBatches());
    run.restore(saved, state);
    saved.fill(9);
    expect([...run.parameters]).toEqual([5, 5]);
    expect(await run.step(noBatches())).toMatchObject({ accepted: true, loss: 75 });
  });
});

describe("what is not finite", () => {
  test("gives no step, no ending, and another batch next time", async () => {
    let calls = 0;
    const f: Closures = { ...bowl, value: (w) => (calls++ === 0 ? Number.NaN : bowl.value(w, undefined)) };
    const { run } = started(f, [3, 2]);
    const batches = noBatches();
    const first = await run.step(batches);
    expect(first).toMatchObject({ loss: Number.NaN, accepted: false, products: 0 });
    expect([first.outcome, first.stepNorm, first.status]).toEqual([undefined, undefined, undefined]);
    expect(await run.step(batches)).toMatchObject({ loss: 3, accepted: true });
    expect(batches.epochs).toBe(2);
  });

  test("of the curvature is told by its outcome", async () => {
    const { run } = started({ ...bowl, hvp: () => vector(Number.NaN, 0) }, [3, 2]);
    expect(await run.step(noBatches())).toMatchObject({
      loss: 3,
      accepted: false,
      outcome: "nonfinite",
      stepNorm: 0,
      products: 2,
    });
  });
});

test("a run continues bit for bit from any step, what was paid for is not paid again", async () => {
  const whole = started(rosenbrock, [-1.2, 1]);
  const batches = noBatches();
  const expected: StepRecord[] = [];
  const saved: { w: Vector; state: ReturnType<OptimizerRun["state"]>; counts: object; drawn: object }[] = [];
  for (let k = 0; k < 12; k++) {
    saved.push({
      ...{ w: whole.run.parameters.slice(), state: structuredClone(whole.run.state()) },
      ...{ counts: whole.objective.ledger.counts(), drawn: batches.state() },
    });
    expected.push(await whole.run.step(batches));
  }
  expect(expected.some(({ accepted }) => !accepted)).toBe(true);
  const total = whole.objective.ledger.counts();
  for (const [k, { w, state, counts, drawn }] of saved.entries()) {
    const { run, objective } = started(rosenbrock, [0, 0]);
    await steps(run, 2);
    run.restore(w, state);
    objective.ledger.restore(counts as never);
    const again = noBatches();
    again.restore(drawn as never);
    for (let i = k; i < 12; i++) expect(await run.step(again)).toEqual(expected[i]);
    expect(objective.ledger.counts()).toEqual(total);
    run.dispose();
  }
});

describe("settings of denseNewton()", () => {
  test("are what it was given, and once it has chosen the curvature", () => {
    const composite = { layout: { size: 3 }, preferredCurvature: "gauss-newton" } as const;
    const tolerances = { gradient: 1e-3, relativeGradient: undefined };
    expect(denseNewton({ tolerances })).toMatchObject({
      name: "newton",
      settings: { curvature: "auto", tolerances: { gradient: 1e-3 } },
    });
    const { choose } = denseNewton({ tolerances });
    expect(choose(composite, undefined)).toEqual({
      ...{ method: "levenberg-marquardt", because: "as given" },
      settings: { curvature: "gauss-newton", tolerances: { gradient: 1e-3 } },
    });
    expect(choose({ layout: { size: 3 } }, undefined)).toMatchObject({
      method: "newton",
      settings: { curvature: "hessian" },
    });
    expect(denseNewton({ curvature: "hessian" }).choose(composite, undefined).method).toBe("newton");
    // A certificate is about the Hessian.
    expect(denseNewton({ tolerances: { curvature: 1 } }).choose(composite, undefined).method).toBe("newton");
  });

  test("that cannot be are refused", () => {
    expect(() => denseNewton({ curvature: "fisher" as never })).toThrow("denseNewton: curvature must be");
    for (const name of ["gradient", "relativeGradient", "step", "curvature"] as const) {
      expect(() => denseNewton({ tolerances: { [name]: -1 } })).toThrow(
        `denseNewton: tolerances.${name} must be >= 0, got -1.`,
      );
      expect(() => denseNewton({ tolerances: { [name]: Number.NaN } })).toThrow(
        `tolerances.${name} must be >= 0, got NaN.`,
      );
      expect(() => denseNewton({ tolerances: { [name]: 0 } })).not.toThrow();
    }
    expect(() => denseNewton({ curvature: "gauss-newton", tolerances: { curvature: 1 } })).toThrow(
      'denseNewton: a second-order certificate is about the Hessian, got curvature "gauss-newton". Pass curvature: "hessian".',
    );
    const objective = closuresObjective(bowl, 2, { checkDeterminism: false });
    expect(() => denseNewton().start(objective, vector(1), { batches: undefined })).toThrow(
      "denseNewton: start must have shape [2], got [1].",
    );
  });
});
