/**
 * Nonlinear least squares of few parameters:
 *
 *   min_p ½ Σ C²ρ(w_i r_i(p)²/C²)   subject to l ≤ p ≤ u
 *
 * the same solver, options and statistics as `curveFit`, for residuals that are no curve: calibration, triangulation,
 * rate laws.
 */
import { requireKnown, requireLength } from "../check.ts";
import { ShapeError } from "../errors.ts";
import type { BoundModel, CurveModel } from "./curve-model.ts";
import { deviations, fitOptions, requireSolverOptions, type SolverOptions } from "./fit-options.ts";
import { type FitStatistics, statisticsOf } from "./fit-statistics.ts";
import { fitSystem } from "./fit-system.ts";
import { type MultistartReport, multistart } from "./multistart.ts";
import { type ParameterOptions, type ParameterSet, type ParameterValues, parameterSet } from "./parameter-set.ts";

/** J(p): n rows of d, in the order of the start, or the same row-major. */
type Jacobian = readonly ArrayLike<number>[] | ArrayLike<number>;

export interface LeastSquaresOptions<P extends ParameterValues>
  extends SolverOptions,
    Omit<ParameterOptions<P>, "start"> {
  /** w, of r_i², [n], > 0; defaults to 1. */
  readonly weights?: ArrayLike<number>;
  /**
   * Whether √w·r have the deviation 1 as they are, so that errors are not scaled by √(χ²/(n − rank)); defaults to
   * false.
   */
  readonly absoluteSigma?: boolean;
  /** ∂r/∂p of a plain function; defaults to central differences. */
  readonly jacobian?: (parameters: P) => Jacobian;
}

export interface LeastSquaresResult<P> extends FitStatistics<P> {
  /** r(p), [n], without weights. */
  readonly residuals: Float64Array;
  /** With `multistart`. */
  readonly starts?: MultistartReport;
}

const known = [...fitOptions.filter((name) => name !== "start" && name !== "sigma"), "jacobian"];

/**
 * Minimises half the sum of squared residuals. For many parameters, or trees of arrays, `minimizeLeastSquares`.
 *
 * @param residuals - p ↦ r, [n], differentiated by central differences or `jacobian`; or a model without x and with
 *   exact derivatives, such as `jaxModel((_, p) => …)`.
 * @param start - by name or as a list; the form of the parameters everywhere.
 * @throws {ShapeError} if lengths disagree; {RangeError} if an option is outside its domain.
 * @example
 * const { parameters, cost } = await leastSquares(([x, y]) => [10 * (y - x * x), 1 - x], [-1.2, 1]);
 * // => parameters [1, 1], cost 0
 */
export async function leastSquares<P extends ParameterValues>(
  residuals: ((parameters: P) => ArrayLike<number>) | CurveModel,
  start: P,
  options: LeastSquaresOptions<P> = {},
): Promise<LeastSquaresResult<P>> {
  const where = "leastSquares";
  requireKnown(where, options, known);
  requireSolverOptions(where, options);
  const isModel = typeof residuals !== "function";
  const set = parameterSet<P>(where, { ...options, start }, isModel ? residuals.parameters : undefined);
  if (isModel) {
    await residuals.prepare?.({ points: 0, columns: 0, parameters: set.names, isList: Array.isArray(start) });
  }
  const model = isModel ? boundModel(where, residuals) : boundFunction(where, residuals, options.jacobian, set);
  const sigma = deviations(where, { weights: options.weights }, model.size, false);
  const system = fitSystem(model, set, undefined, sigma);
  const first = Float64Array.from(set.free, (j) => set.start[j]);
  const settings = { ...options, bounds: set.bounds };
  const { solution, starts } = multistart(system, [first], settings, options.multistart);
  return {
    ...statisticsOf(solution, { set, accuracy: system.accuracy, options }).statistics,
    residuals: sigma ? solution.residuals.map((r, i) => r * sigma[i]) : solution.residuals,
    ...(starts && { starts }),
  };
}

function boundModel(where: string, model: CurveModel): BoundModel {
  const { size } = model;
  if (size === undefined) throw new TypeError(`${where}: a model of residuals must say its size, got none.`);
  return { size, hasJacobian: true, evaluate: (p, values, jacobian) => model.evaluate(p, [], values, jacobian) };
}

function boundFunction<P extends ParameterValues>(
  where: string,
  residuals: (parameters: P) => ArrayLike<number>,
  jacobian: ((parameters: P) => Jacobian) | undefined,
  { start, named, order }: ParameterSet<P>,
): BoundModel {
  const valuesAt = (p: ArrayLike<number>): ArrayLike<number> => {
    const r = residuals(named(p));
    if (typeof r !== "object" || r === null || typeof r.length !== "number") {
      throw new TypeError(`${where}: residuals must return a list of numbers, got ${typeof r}.`);
    }
    return r;
  };
  const n = valuesAt(start).length;
  const d = order.length;
  return {
    size: n,
    hasJacobian: jacobian !== undefined,
    evaluate(p, values, J) {
      const r = valuesAt(p);
      if (r.length !== n)
        throw new ShapeError(`${where}: residuals must return ${n} numbers everywhere, got ${r.length}.`);
      for (let i = 0; i < n; i++) values[i] = r[i];
      if (J === undefined) return;
      const rows = jacobian!(named(p));
      const isFlat = typeof rows[0] === "number";
      requireLength(where, "jacobian", rows, isFlat ? n * d : n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < d; j++) {
          J[j * n + i] = isFlat ? (rows as ArrayLike<number>)[i * d + j] : (rows as readonly ArrayLike<number>[])[i][j];
        }
      }
    },
  };
}
