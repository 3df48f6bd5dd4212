/** Options that a method does not have are refused, with the nearest name that it has. */
import { expect, test } from "vitest";
import { auto } from "../../../src/optimizer/auto.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { cdat } from "../../../src/optimizer/first-order/cdat.ts";
import { steepestDescent } from "../../../src/optimizer/first-order/first-order.ts";
import { rmsprop } from "../../../src/optimizer/first-order/rmsprop.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import { gaussNewton } from "../../../src/optimizer/gauss-newton/gauss-newton.ts";
import { lbfgs } from "../../../src/optimizer/lbfgs/lbfgs.ts";
import { ssbroyden } from "../../../src/optimizer/lbfgs/ssbroyden.ts";
import { cubicRegularization } from "../../../src/optimizer/newton/cubic-regularization.ts";
import { trustRegion } from "../../../src/optimizer/newton/trust-region.ts";

test.each<[string, (options: never) => unknown, object, string]>([
  ["trustRegion", trustRegion, { preconditoner: {} }, "did you mean preconditioner?"],
  ["trustRegion: radius", trustRegion, { radius: { inital: 1 } }, "did you mean initial?"],
  ["trustRegion: tolerances", trustRegion, { tolerances: { relativegradient: 1 } }, "did you mean relativeGradient?"],
  ["cubicRegularization", cubicRegularization, { sigm: {} }, "did you mean sigma?"],
  ["lbfgs", lbfgs, { gradientTol: 1e-3 }, "did you mean gradientTolerance?"],
  ["ssbroyden", ssbroyden, { variants: "ssbfgs" }, "did you mean variant?"],
  ["gaussNewton", gaussNewton, { keepLargests: true }, "did you mean keepLargest?"],
  ["adam", adam, { learningrate: 1e-3 }, "did you mean learningRate?"],
  ["adamw", adamw, { weight_decay: 0.1 }, "did you mean weightDecay?"],
  ["sgd", sgd, { momentun: 0.9 }, "did you mean momentum?"],
  ["rmsprop", rmsprop, { betas: 0.9 }, "did you mean beta?"],
  ["adagrad", adagrad, { epsilons: 1e-8 }, "did you mean epsilon?"],
  ["steepestDescent", steepestDescent, { norms: {} }, "did you mean norm?"],
  ["cdat", cdat, { scales: 2 }, "did you mean scale?"],
  ["auto", auto, { normal: {} }, "did you mean norm?"],
])("%s", (where, factory, options, message) => {
  expect(() => factory(options as never)).toThrow(`${where}: no option is named ${keyOf(options)}, ${message}`);
});

function keyOf(options: object): string {
  const [[name, value]] = Object.entries(options);
  return typeof value === "object" && Object.keys(value).length > 0 ? keyOf(value) : name;
}

test("every option of a trust region and of cubic regularisation is known", () => {
  const shared = {
    ...{ norm: undefined, curvature: undefined, sampling: { momentum: undefined, curvatureFraction: undefined } },
    acceptance: { eta1: undefined, eta2: undefined, ratioBatch: undefined, noise: undefined },
    tolerances: { gradient: undefined, relativeGradient: undefined, step: undefined, curvature: undefined },
  };
  const solve = { tolerance: undefined, maxProducts: undefined, memoryBudget: undefined };
  const factors = { initial: undefined, min: undefined, grow: undefined, shrink: undefined };
  trustRegion({
    ...shared,
    subproblem: { ...solve, solver: undefined, stoppingRule: undefined },
    radius: { ...factors, max: undefined },
    preconditioner: { memory: undefined },
  });
  cubicRegularization({ ...shared, subproblem: { ...solve, rule: undefined }, sigma: factors });
  for (const rule of ["gradient", "step", "step-over-sigma"] as const) cubicRegularization({ subproblem: { rule } });
  expect(() => cubicRegularization({ subproblem: { solver: undefined } as never })).toThrow("solver");
  expect(() => trustRegion({ preconditioner: { pairs: 3 } as never })).toThrow("pairs");
});
