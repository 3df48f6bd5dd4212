/** Theorem 1 and the quadratics of experiment E1 of the paper. */
import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import type { Norm } from "../../src/norm/norm.ts";
import { norms } from "../../src/norm/norms.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { rmsprop } from "../../src/optimizer/first-order/rmsprop.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { dot } from "../../src/vector/kernels.ts";
import { flatLayout } from "../../src/vector/layout.ts";
import type { Vector } from "../../src/vector/vector.ts";
import { quadratic, startOn, takeSteps } from "../helpers/steps.ts";

const gradient = (w: Vector) => Float64Array.of(3 * w[0] + w[1], 0.5 * w[1] + w[0] + 1, Math.sin(w[2]));
const start = [1.5, -0.7, 0.3];

/** One step of a trust region with B = 0 and Δ = η‖g‖_{A⁻¹}, from a norm that has seen the earlier gradients. */
async function linearStep(seen: Norm, w: Vector, rate: number): Promise<Vector> {
  const norm = seen.fresh(flatLayout(w.length));
  norm.restore(seen.state());
  norm.update(gradient(w));
  const radius = rate * Math.sqrt(dot(gradient(w), norm.solve(gradient(w))));
  // The linear model is exact on a linear function, so the step is accepted.
  const g = gradient(w);
  const linear = { value: (x: Vector) => dot(g, x), gradient: () => g, hvp: (_: Vector, v: Vector) => v.map(() => 0) };
  const fixed: Norm = { ...norm, update() {}, fresh: () => fixed };
  const region = trustRegion({ norm: fixed, radius: { initial: radius, max: Infinity } });
  const { run, records } = await takeSteps(startOn(region, linear, w), 1);
  expect(records[0]).toMatchObject({ accepted: true, outcome: "negative-curvature", products: 1 });
  expect(records[0].modelDecrease!).toBeAllclose(rate * dot(g, norm.solve(g)));
  return run.parameters;
}

describe("Theorem 1", () => {
  test.each([
    ["sgd", sgd({ learningRate: 0.1 }), norms.euclidean(), 0.1],
    ["adagrad", adagrad({ learningRate: 0.3 }), norms.adagrad({ epsilonPlacement: "outside" }), 0.3],
    [
      "rmsprop",
      rmsprop({ learningRate: 0.02, beta: 0.9, epsilon: 1e-8 }),
      norms.rmsprop({ beta: 0.9, epsilon: 1e-8, epsilonPlacement: "outside" }),
      0.02,
    ],
  ])("a trust region with B = 0 and Δ = η‖g‖_{A⁻¹} takes the steps of %s", async (_, optimizer, norm, rate) => {
    const first = startOn(optimizer, { value: () => 0, gradient }, start);
    const bound = norm.fresh(flatLayout(3));
    for (let k = 0; k < 8; k++) {
      const w = first.run.parameters;
      const step = await linearStep(bound, w, rate);
      await takeSteps(first, 1);
      expect(first.run.parameters).toBeAllclose(step);
      bound.update(gradient(w));
    }
  });
});

describe("E1: quadratics f = ½wᵀdiag(1, κ)w + 0.2(w₁ + w₂)", () => {
  const run = async (kappa: number, make: (kappa: number) => ReturnType<typeof sgd>) => {
    const f = quadratic([1, kappa], [0.2, 0.2]);
    const least = -0.02 - 0.02 / kappa;
    const { run, records } = await takeSteps(startOn(make(kappa), f, [2.5, -7.5]), 249);
    const gap = (w: Vector) => (f.value(w, undefined) as number) - least;
    return {
      first: records[0].loss - least,
      last: gap(run.parameters),
      end: run.parameters,
      losses: records.map((r) => r.loss - least),
    };
  };
  const gd = (kappa: number) => sgd({ learningRate: 1 / (6 * kappa) });
  // The table has no ε; 1e-300 is none.
  const ada = () => adagrad({ learningRate: 2 / 3, epsilon: 1e-300 });

  test("gradient descent, κ = 2: converged to rounding, below 1e-11 first at step 153", async () => {
    const { first, last, end, losses } = await run(2, gd);
    expect(first).toBeAllclose(58.405, { relative: 1e-5 });
    expect(last).toBeLessThan(1e-15);
    // A gap of 1e-16 in the value is one of 1e-8 in the point.
    expect(end).toBeAllclose([-0.2, -0.1], { relative: 1e-8 });
    expect(losses.findIndex((gap) => gap < 1e-11)).toBe(153);
  });
  // Tolerances: the table has five digits.
  test("gradient descent, κ = 20", async () => {
    const { first, last, end } = await run(20, gd);
    expect(first).toBeAllclose(564.646, { relative: 1e-5 });
    expect(last).toBeAllclose(5.6471e-2, { relative: 1e-5 });
    expect(end).toBeAllclose([0.13606779, -0.01], { relative: 1e-7 });
  });
  test("Adagrad, κ = 2", async () => {
    const { last, end } = await run(2, ada);
    expect(last).toBeAllclose(4.5908e-5, { relative: 1e-5 });
    expect(end).toBeAllclose([-0.2, -0.10677557], { relative: 1e-7 });
  });
  test("Adagrad, κ = 20", async () => {
    const { last, end } = await run(20, ada);
    expect(last).toBeAllclose(6.2718e-4, { relative: 1e-5 });
    expect(end).toBeAllclose([-0.2, -0.01791944], { relative: 1e-7 });
  });
});
