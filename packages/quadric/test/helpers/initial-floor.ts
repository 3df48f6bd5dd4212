/** RMSProp's ellipsoid as some programs have it: v₋₁ = ε and no ε later, so that the floor decays like β^t. */
import { diagonalNorm } from "../../src/norm/diagonal.ts";
import type { Norm } from "../../src/norm/norm.ts";
import { averageRule, movingDiagonal } from "../../src/norm/second-moment.ts";

export function initialFloor(epsilon: number, beta: number = 0.8): Norm {
  const rule = averageRule("initialFloor", { beta, epsilon: Number.MIN_VALUE }, { beta, biasCorrection: false });
  return diagonalNorm("rmsprop, ε initial only", ({ size }) => {
    const average = movingDiagonal(rule, size);
    average.restore({ scalars: { updates: 0 }, vectors: { v: new Float64Array(size).fill(epsilon) } });
    return { ...average, update: (gradient) => average.absorb(gradient, gradient) };
  });
}
