/**
 * From where a fit ended to what it says:
 *
 *   χ² = Σ r_i²      s² = χ²/(n − rank)      standard errors √C_jj,  C = s² T(JᵀJ)⁻¹Tᵀ
 *
 * With a robust loss J has the weights of the loss and s² = 2f/(n − rank), as in scipy's curve_fit.
 */
import { type Triangle, tallTriangle } from "../linalg/tall-triangle.ts";
import { dot } from "../vector/kernels.ts";
import { correlationOf, parameterCovariance, propagated } from "./covariance.ts";
import { type FitNote, notesOf } from "./fit-notes.ts";
import type { FitOptions, SolverOptions } from "./fit-options.ts";
import type { FitStatus, Solution } from "./levenberg-marquardt.ts";
import type { ParameterSet, ParameterValues } from "./parameter-set.ts";
import { robustness } from "./robust-loss.ts";

export interface FitStatistics<P> {
  readonly status: FitStatus;
  /** With "converged". */
  readonly reason: Solution["reason"];
  readonly message: string;
  /** p in the form of the start, fixed and tied ones included. */
  readonly parameters: P;
  /** One standard deviation each; 0 for fixed ones, Infinity for undetermined ones, NaN at a bound. */
  readonly standardErrors: P;
  /** What is to be known before the numbers are trusted; empty if all is well. */
  readonly notes: readonly FitNote[];
  readonly names: readonly string[];
  /**
   * Of all parameters in the order of `names`, [d][d]; 0 where one is fixed or at a bound, NaN beside an undetermined
   * one.
   */
  readonly covariance: number[][];
  readonly correlation: number[][];
  /** Σ r_i², of the residuals over σ; robust losses do not enter. */
  readonly chiSquared: number;
  /** χ²/(n − rank); NaN without degrees of freedom. */
  readonly reducedChiSquared: number;
  /** n − rank: the numbers in y less the directions that they determine. */
  readonly degreesOfFreedom: number;
  /** f: ½χ² but for robust losses. */
  readonly cost: number;
  /** Directions of the free parameters that the data determine. */
  readonly rank: number;
  /** Trial points. */
  readonly iterations: number;
  /** How often residuals were evaluated, without and with derivatives. */
  readonly evaluations: { readonly residuals: number; readonly jacobians: number };
}

/** What bands are made of. */
export interface Uncertainty {
  /** z, [m]. */
  readonly free: Float64Array;
  /** Cov(z), [m × m]. */
  readonly covariance: Float64Array;
  /** Of Student's t: n − rank, or Infinity where σ is known. */
  readonly degrees: number;
  /** s, or 1 where σ is known. */
  readonly deviation: number;
}

export function statisticsOf<P extends ParameterValues>(
  solution: Solution,
  { set, accuracy, options }: { set: ParameterSet<P>; accuracy: number; options: Omit<FitOptions<P>, "start"> },
): { readonly statistics: FitStatistics<P>; readonly uncertainty: Uncertainty } {
  const { parameters: z, residuals, cost, atBound, status, reason, message, iterations, evaluations } = solution;
  const { names, free, order } = set;
  const [d, m] = [names.length, free.length];
  const { matrix, rank, undetermined } = parameterCovariance(triangleAt(solution, m, options).columns, {
    parameters: m,
    held: atBound,
    accuracy,
  });
  const degrees = residuals.length - rank;
  const variance = options.absoluteSigma ? 1 : degrees > 0 ? (2 * cost) / degrees : Number.NaN;
  const C = matrix.map((x) => x * variance);
  const T = set.tangent(z);
  const whole = propagated(T, C, d, m);
  const rows = order.map((i) => order.map((j) => whole[i * d + j]));
  const correlation = correlationOf(rows);
  const held = atBound.map((k) => free[k]);
  const nameOf = (j: number) => names[j];
  const chiSquared = dot(residuals, residuals);
  const errors = Float64Array.from(names, (_, j) => (held.includes(j) ? Number.NaN : Math.sqrt(whole[j * d + j])));
  const listed = order.map(nameOf);
  const about = {
    ...{ status, message, degreesOfFreedom: degrees, names: listed, correlation },
    undetermined: undetermined.map((k) => names[free[k]]),
    atBound: held.map(nameOf),
  };
  return {
    statistics: {
      ...{ status, reason, message, iterations, evaluations, names: listed, correlation, chiSquared, cost, rank },
      parameters: set.named(set.all(z)),
      standardErrors: set.named(errors),
      notes: notesOf(about),
      covariance: rows,
      reducedChiSquared: degrees > 0 ? chiSquared / degrees : Number.NaN,
      degreesOfFreedom: degrees,
    },
    uncertainty: {
      free: z,
      covariance: C,
      degrees: options.absoluteSigma ? Infinity : degrees,
      deviation: Math.sqrt(variance),
    },
  };
}

/** R of J at the end, its rows weighted as scipy's covariance weights them. */
function triangleAt(
  { residuals, jacobian, triangle }: Solution,
  m: number,
  { loss = "linear", lossScale = 1 }: SolverOptions,
): Triangle {
  const robust = robustness(loss, lossScale);
  if (robust === undefined && triangle !== undefined) return triangle;
  const [right, weighted] = [residuals.slice(), jacobian.slice()];
  robust?.reweigh(right, weighted, Number.EPSILON);
  return tallTriangle(weighted, right, m);
}
