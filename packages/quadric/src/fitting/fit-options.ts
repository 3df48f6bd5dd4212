/** Options that all fits of few parameters take, and their checks. */
import { requireInteger, requireLength, requireOneOf, requirePositive } from "../check.ts";
import { ShapeError } from "../errors.ts";
import { allFinite } from "../vector/kernels.ts";
import type { Complex } from "./curve-model.ts";
import type { MultistartOptions } from "./multistart.ts";
import { type ParameterOptions, type ParameterValues, parameterOptions } from "./parameter-set.ts";
import { type RobustLoss, robustLosses } from "./robust-loss.ts";

export interface SolverOptions {
  /** ρ, how much outliers count; defaults to "linear", the squares themselves. Names and meaning as scipy's `loss`. */
  readonly loss?: RobustLoss;
  /** C > 0, the size of a residual (over σ) that is still no outlier; defaults to 1. scipy's `f_scale`. */
  readonly lossScale?: number;
  /** Trial points after which to give up, an integer ≥ 0; defaults to 1000. */
  readonly maxIterations?: number;
  /** ε ≥ 0: the fit has converged when at most ε² of the sum of squares is left to lose; defaults to 1e-10. */
  readonly tolerance?: number;
  /** Further starts, of which the best fit is taken; costs a fit each. */
  readonly multistart?: MultistartOptions;
}

export interface FitOptions<P extends ParameterValues> extends SolverOptions, ParameterOptions<P> {
  /** Standard deviations of y, one for all or one each, all > 0; defaults to 1. */
  readonly sigma?: number | ArrayLike<number>;
  /** Weights 1/σ² > 0, in place of `sigma`. */
  readonly weights?: ArrayLike<number>;
  /**
   * Whether `sigma` is known as it is, so that errors are not scaled by √(χ²/(n − rank)); defaults to false, as in
   * scipy.
   */
  readonly absoluteSigma?: boolean;
}

export const fitOptions: readonly string[] = [
  ...parameterOptions,
  ...(["sigma", "weights", "absoluteSigma", "loss", "lossScale", "maxIterations", "tolerance", "multistart"] as const),
];

export function requireSolverOptions(where: string, options: SolverOptions): void {
  const { loss = "linear", lossScale = 1, maxIterations = 1, tolerance = 0, multistart } = options;
  requireOneOf(where, "loss", loss, robustLosses);
  requirePositive(where, "lossScale", lossScale);
  requireInteger(where, "maxIterations", maxIterations, 0);
  if (!(tolerance >= 0)) throw new RangeError(`${where}: tolerance must be >= 0, got ${tolerance}.`);
  if (multistart) requireInteger(where, "multistart.count", multistart.count, 1);
}

/** y as one vector: of complex data the real parts, then the imaginary ones. */
export function measured(
  where: string,
  y: ArrayLike<number> | Complex<ArrayLike<number>>,
  count: number,
): Float64Array {
  const parts = "re" in y ? [y.re, y.im] : [y];
  for (const part of parts) requireLength(where, "y", part, count);
  const data = new Float64Array(count * parts.length);
  parts.forEach((part, k) => {
    data.set(part, k * count);
  });
  if (!allFinite(data)) {
    const i = data.findIndex((value) => !Number.isFinite(value));
    throw new TypeError(`${where}: y must be finite numbers, got ${data[i]} at ${i % count}. Leave such points out.`);
  }
  return data;
}

/** σ, one a residual; undefined where all are 1. */
export function deviations<P extends ParameterValues>(
  where: string,
  { sigma, weights }: Omit<FitOptions<P>, "start">,
  count: number,
  isComplex: boolean,
): Float64Array | undefined {
  if (sigma !== undefined && weights !== undefined) {
    throw new TypeError(`${where}: sigma and weights say the same, got both. Give one.`);
  }
  const given = weights !== undefined ? Float64Array.from(weights, (w) => 1 / Math.sqrt(w)) : sigma;
  if (given === undefined) return undefined;
  const one = typeof given === "number" ? new Float64Array(count).fill(given) : Float64Array.from(given);
  if (one.length !== count) {
    const name = weights === undefined ? "sigma" : "weights";
    throw new ShapeError(`${where}: ${name} must have shape [${count}], got [${one.length}].`);
  }
  const i = one.findIndex((value) => !(value > 0 && value < Infinity));
  if (i >= 0) {
    const [name, value] = weights === undefined ? ["sigma", one[i]] : ["weights", weights[i]];
    throw new RangeError(`${where}: ${name} must be > 0, got ${value} at ${i}. Leave points without weight out.`);
  }
  if (!isComplex) return one;
  const both = new Float64Array(2 * count);
  both.set(one);
  both.set(one, count);
  return both;
}
