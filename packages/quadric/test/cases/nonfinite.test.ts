/** Losses and gradients at the ends of the range of numbers: what a run is left with, and what it says. */
import { describe, expect, test } from "vitest";
import { norms } from "../../src/norm/norms.ts";
import type { Closures } from "../../src/objective/closures.ts";
import { auto } from "../../src/optimizer/auto.ts";
import { adagrad } from "../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../src/optimizer/first-order/adam.ts";
import { cdat } from "../../src/optimizer/first-order/cdat.ts";
import { steepestDescent } from "../../src/optimizer/first-order/first-order.ts";
import { rmsprop } from "../../src/optimizer/first-order/rmsprop.ts";
import { scheduleFree } from "../../src/optimizer/first-order/schedule-free.ts";
import { sgd } from "../../src/optimizer/first-order/sgd.ts";
import { lbfgs } from "../../src/optimizer/lbfgs/lbfgs.ts";
import { trustRegion } from "../../src/optimizer/newton/trust-region.ts";
import { minimize } from "../../src/training/minimize.ts";

describe("a loss that is finite near the start alone leaves a first-order run the last point where it was", () => {
  const bowl: Closures = {
    value: ([x, y]) => (x > 1.9 ? x * x + y * y : Number.NaN),
    gradient: ([x, y]) => Float64Array.of(2 * x, 2 * y),
    hvp: (_, v) => v.map((x) => 2 * x),
  };
  test.each(
    [
      sgd({ learningRate: 0.01 }),
      sgd({ learningRate: 0.01, momentum: 0.9 }),
      adagrad({ learningRate: 0.03 }),
      rmsprop({ learningRate: 0.03 }),
      adam({ learningRate: 0.03 }),
      adamw({ learningRate: 0.03 }),
      scheduleFree({ learningRate: 0.03 }),
      steepestDescent({ norm: norms.adam(), momentum: 0.9, averageIterates: true, rollback: true }),
      steepestDescent({ norm: norms.adam(), learningRate: cdat() }),
    ].map((method) => [method.name, method] as const),
  )("%s", async (_, method) => {
    const { status, x, value, iterations } = await minimize(bowl, [2, 1], { method, maxIterations: 200 });
    expect(status).toBe("nonfinite");
    expect(iterations).toBeGreaterThan(0);
    expect(x[0]).toBeGreaterThan(1.9);
    expect(value).toBe(x[0] * x[0] + x[1] * x[1]);
  });
});

describe("values times 1e300 and 1e-300 neither overflow nor vanish", () => {
  const times = (unit: number): Closures => ({
    value: ([x, y]) => unit * ((x - 1) ** 2 + 3 * (y + 2) ** 2),
    gradient: ([x, y]) => Float64Array.of(2 * unit * (x - 1), 6 * unit * (y + 2)),
    hvp: (_, [v, w]) => Float64Array.of(2 * unit * v, 6 * unit * w),
  });
  for (const unit of [1e300, 1e-300]) {
    test.each([auto(), trustRegion(), lbfgs()].map((method) => [method.name, method] as const))(
      `${unit}: %s`,
      async (name, method) => {
        const { status, x } = await minimize(times(unit), [2, 1], { method });
        const isRight = Math.abs(x[0] - 1) < 1e-6 && Math.abs(x[1] + 2) < 1e-6;
        // Scalar products of gradients are out of range for the others, which then say so.
        if (name === "auto") expect([status, isRight]).toEqual(["converged", true]);
        expect(isRight || status !== "converged").toBe(true);
      },
    );
  }
});
