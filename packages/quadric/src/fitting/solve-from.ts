/**
 * A fit from one start. The losses that let far residuals count for nothing, "cauchy" and "arctan", have a local
 * minimum wherever a few points lie well. So they start at the minimum of "soft-l1", which is convex in the residuals,
 * unless the given start is better. References: [Holland1977].
 */
import { type FitSettings, levenbergMarquardt, type Solution } from "./levenberg-marquardt.ts";
import type { ResidualSystem } from "./residual-system.ts";
import { robustness } from "./robust-loss.ts";

export type { FitSettings, Solution };

/** ε of the first of two fits. */
const roughly = 1e-4;

export function solveFrom(system: ResidualSystem, start: Float64Array, settings: FitSettings): Solution {
  const { loss = "linear", lossScale = 1 } = settings;
  if (loss !== "cauchy" && loss !== "arctan") return levenbergMarquardt(system, start, settings);
  const first = levenbergMarquardt(system, start, { ...settings, loss: "soft-l1", tolerance: roughly });
  if (first.status === "nonfinite") return first;
  const { cost } = robustness(loss, lossScale)!;
  const residuals = new Float64Array(system.residuals);
  system.evaluate(start, residuals);
  const isBetter = cost(first.residuals) <= cost(residuals);
  const second = levenbergMarquardt(system, isBetter ? first.parameters : start, settings);
  return {
    ...second,
    iterations: first.iterations + second.iterations,
    evaluations: {
      residuals: first.evaluations.residuals + second.evaluations.residuals + 1,
      jacobians: first.evaluations.jacobians + second.evaluations.jacobians,
    },
  };
}
