/**
 * A fitted curve at other points, with its band:
 *
 *   f(x; p) ± t·√(gᵀCg)            "confidence": of the curve itself         g = ∂f/∂z
 *   f(x; p) ± t·√(gᵀCg + s²σ²)     "prediction": of one more measurement
 *
 * t is the quantile of Student's distribution with n − rank degrees of freedom, of the normal one where σ is known.
 * Both are for one x at a time, and linear in the errors of the parameters. References: [BatesWatts1988, section 2.3].
 */
import { requireBetween, requireOneOf } from "../check.ts";
import { ShapeError } from "../errors.ts";
import type { Uncertainty } from "./fit-statistics.ts";
import type { ResidualSystem } from "./residual-system.ts";
import { studentQuantile } from "./student-t.ts";

export interface BandOptions {
  readonly band: "confidence" | "prediction";
  /** In (0, 1); defaults to 0.95. */
  readonly level?: number;
  /**
   * σ of the further measurement, one for all or one each, in the units of the fit's `sigma`; defaults to that of the
   * fit if it was one.
   */
  readonly sigma?: number | ArrayLike<number>;
}

/** Each [n]. */
export interface Band {
  readonly values: Float64Array;
  /** √ of the variance, before t. */
  readonly standardErrors: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** @param system - of f itself at the points, without data. */
export function bandOf(
  system: ResidualSystem,
  { free, covariance, degrees, deviation }: Uncertainty,
  { band, level = 0.95, sigma }: BandOptions,
): Band {
  requireOneOf("predict", "band", band, ["confidence", "prediction"] as const);
  requireBetween("predict", "level", level, 0, 1);
  const { residuals: n, parameters: m } = system;
  if (band === "prediction" && sigma === undefined) {
    throw new TypeError("predict: sigma of the further measurement must be given where points had several, got none.");
  }
  if (typeof sigma === "object" && sigma.length !== n)
    throw new ShapeError(`predict: sigma must have shape [${n}], got [${sigma.length}].`);
  const [values, jacobian] = [new Float64Array(n), new Float64Array(n * m)];
  system.evaluate(free, values, jacobian);
  const standardErrors = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let variance = 0;
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < m; k++) {
        const product = jacobian[j * n + i] * jacobian[k * n + i];
        if (product !== 0) variance += product * covariance[j * m + k];
      }
    }
    const further = band === "prediction" ? deviation * (typeof sigma === "object" ? sigma[i] : sigma!) : 0;
    standardErrors[i] = Math.sqrt(variance + further * further);
  }
  const t = degrees > 0 ? studentQuantile((1 + level) / 2, degrees) : Number.NaN;
  return {
    values,
    standardErrors,
    lower: values.map((value, i) => value - t * standardErrors[i]),
    upper: values.map((value, i) => value + t * standardErrors[i]),
  };
}
