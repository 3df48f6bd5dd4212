import { describe, expect, test } from "vitest";
import "../helpers/matchers.ts";
import { norms } from "../../src/norm/norms.ts";
import { lbfgs } from "../../src/optimizer/lbfgs/lbfgs.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import type { Optimizer } from "../../src/optimizer/optimizer.ts";
import { noBatches } from "../../src/training/batches.ts";
import { minimizeLeastSquares, type ResidualClosures } from "../../src/training/least-squares.ts";
import type { StepCallback } from "../../src/training/train.ts";
import type { Jet } from "../helpers/jets.ts";
import { type Instance, instances, minimumOf, residualJets } from "../helpers/minimization.ts";

function closuresOf(instance: Instance): ResidualClosures {
  let known: { x: ArrayLike<number>; r: Jet[] } | undefined;
  const at = (x: ArrayLike<number>): Jet[] => {
    if (known?.x !== x) known = { x, r: residualJets(instance, x) };
    return known.r;
  };
  return {
    residuals: (x) => Float64Array.from(at(x), ({ value }) => value),
    jvp: (x, v) => Float64Array.from(at(x), ({ gradient }) => gradient.reduce((sum, g, j) => sum + g * v[j], 0)),
    vjp: (x, u) => x.map((_, j) => at(x).reduce((sum, { gradient }, i) => sum + gradient[j] * u[i], 0)),
  };
}

/** The minimum of a run, whose f is half the sum of squares of the table. */
const reachedBy = (instance: Instance, f: number) => minimumOf(instance, 2 * f);
const named = instances.map((instance) => [instance.name, instance] as const);
const ellipsoid = norms.hutchinson({ beta: 0.99, exponent: 0.5, probes: 1 });

describe("minimizeLeastSquares()", () => {
  test.each(named)("reaches a minimum of %s", async (_, instance) => {
    const options = { gradientTolerance: 1e-12, maxIterations: 400 };
    const { value, counts, status, reason, x } = await minimizeLeastSquares(
      closuresOf(instance),
      instance.start,
      options,
    );
    // From ten times the start Bard's valley leads to its minimum at infinity, as it does MINPACK.
    const atInfinity = instance.minima.some(
      ({ kind, value: f }) => kind === "limit at infinity" && 2 * value <= f * (1 + 1e-8),
    );
    expect(atInfinity || reachedBy(instance, value), `value ${2 * value}, ${status} ${reason} ${x}`).toBeTruthy();
    expect(counts.hvps).toBe(0);
    expect(counts.ggnvps).toBeGreaterThan(0);
  });

  // With residuals that stay large Gauss–Newton steps are refused again and again, and directions of earlier solves
  // mislead.
  describe.each([
    ["the default trust region", undefined],
    ["the ellipsoid of more parameters", ellipsoid],
  ])("with %s", (_, norm) => {
    test.each(named)("reaches a minimum of %s", async (_, instance) => {
      const method = trustRegion({ curvature: "gauss-newton", norm, tolerances: { gradient: 1e-12 } });
      const { value } = await minimizeLeastSquares(closuresOf(instance), instance.start, { method });
      expect(reachedBy(instance, value), `value ${2 * value}`).toBeDefined();
    });
  });

  test("takes half the backpropagations in the Euclidean norm, the default of few parameters, that it takes in the Hessian's diagonal, and 1.8 times L-BFGS's", async () => {
    const backprops = async (instance: Instance, method: Optimizer) => {
      const callback: StepCallback = ({ loss }) => (reachedBy(instance, loss) ? "stop" : undefined);
      return (await minimizeLeastSquares(closuresOf(instance), instance.start, { method, callback })).counts.backprops;
    };
    const curvature = "gauss-newton";
    /** With its defaults for full batches. */
    const onFullBatch = (optimizer: Optimizer): Optimizer => ({
      ...optimizer,
      start: (objective, x, options) => optimizer.start(objective, x, { ...options, batches: noBatches() }),
    });
    let [besideEllipsoid, besideLbfgs] = [0, 0];
    for (const instance of instances) {
      const ball = await backprops(instance, onFullBatch(trustRegion({ curvature })));
      const others = [onFullBatch(trustRegion({ curvature, norm: ellipsoid })), lbfgs({ memory: 100 })];
      besideEllipsoid += Math.log(ball / (await backprops(instance, others[0])));
      besideLbfgs += Math.log(ball / (await backprops(instance, others[1])));
    }
    const mean = (sum: number) => Math.exp(sum / instances.length);
    expect(mean(besideEllipsoid)).toBeLessThan(0.55);
    // L-BFGS's first step has the length of its start: since then it needs a tenth less.
    expect(mean(besideLbfgs)).toBeLessThan(1.9);
  });
});
