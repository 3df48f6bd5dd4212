/** One fit: from data and options to parameters, their covariance and what is to be said of them. */
import {
  type BoundModel,
  bindFunction,
  bindModel,
  type Complex,
  type CurveData,
  type CurveFunction,
  type CurveGradient,
  type CurveModel,
  type Points,
  pointsOf,
} from "./curve-model.ts";
import { deviations, type FitOptions, measured, requireSolverOptions } from "./fit-options.ts";
import { type FitStatistics, statisticsOf } from "./fit-statistics.ts";
import { fitSystem } from "./fit-system.ts";
import { guessedStarts } from "./guessed-starts.ts";
import type { MultistartReport } from "./multistart.ts";
import { type ParameterSet, type ParameterValues, parameterSet } from "./parameter-set.ts";
import { type Band, type BandOptions, bandOf } from "./prediction.ts";
import { solved, strideOf, thinned, thinnedPoints } from "./thinned.ts";

export interface CurveFitOptions<X, P extends ParameterValues> extends Omit<FitOptions<P>, "start"> {
  /** Where the fit starts; its form is that of the parameters everywhere. A formula guesses what is left out. */
  readonly start?: P;
  /** ∂f/∂p of a plain function at one point, in the form of the parameters; defaults to central differences. */
  readonly jacobian?: CurveGradient<X, P>;
}

export interface CurveFitResult<P> extends FitStatistics<P> {
  /** f(x_i; p) − y_i, not divided by σ; of complex data the real parts, then the imaginary ones. */
  readonly residuals: Float64Array;
  /** With `multistart`. */
  readonly starts?: MultistartReport;
  /** f at other points, [n]. */
  predict(x: CurveData): Float64Array;
  /** The same with the band of the curve ("confidence") or of one more measurement ("prediction"). */
  predict(x: CurveData, options: BandOptions): Band;
}

export type AnyModel<X, P> = CurveFunction<X, P> | CurveModel;
export type CurveValues = ArrayLike<number> | Complex<ArrayLike<number>>;

export function parametersOf<X, P>(model: AnyModel<X, P>): readonly string[] | undefined {
  return typeof model === "function" ? undefined : model.parameters;
}

function isPointwise<X, P>(model: AnyModel<X, P>): boolean {
  return typeof model === "function" || (model.isPointwise ?? true);
}

export function variablesOf<X, P>(model: AnyModel<X, P>): readonly string[] | undefined {
  return typeof model === "function" ? undefined : model.variables;
}

export function fitOnce<X extends CurveData, P extends ParameterValues>(
  model: AnyModel<X, P>,
  x: X,
  y: CurveValues,
  options: CurveFitOptions<X, P>,
  variables: readonly string[] | undefined,
): CurveFitResult<P> {
  const where = "curveFit";
  requireSolverOptions(where, options);
  const isComplex = "re" in y;
  const points = pointsOf(where, x, variables);
  const data = measured(where, y, points.count);
  const sigma = deviations(where, options, points.count, isComplex);
  const guessed =
    typeof model === "function" ? undefined : guessedStarts(where, model, points, { y: data, sigma }, options);
  const set = parameterSet<P>(where, startingAt(options, guessed?.[0]), parametersOf(model));
  const boundTo = (points: Points) => bound(where, model, points, { isComplex, set, jacobian: options.jacobian });
  const system = fitSystem(boundTo(points), set, data, sigma);
  const freeOf = (start: Readonly<Record<string, number>>) => Float64Array.from(set.free, (j) => start[set.names[j]]);
  const known = guessed?.map(freeOf) ?? [Float64Array.from(set.free, (j) => set.start[j])];
  const stride = isComplex || !isPointwise(model) ? 1 : strideOf(points.count);
  const coarse =
    stride > 1
      ? fitSystem(boundTo(thinnedPoints(points, stride)), set, thinned(data, stride), sigma && thinned(sigma, stride))
      : undefined;
  const { solution, starts } = solved(system, coarse, known, { ...options, bounds: set.bounds });
  const { statistics, uncertainty } = statisticsOf(solution, { set, accuracy: system.accuracy, options });

  function predict(at: CurveData): Float64Array;
  function predict(at: CurveData, band: BandOptions): Band;
  function predict(at: CurveData, band?: BandOptions): Float64Array | Band {
    const there = fitSystem(boundTo(pointsOf("predict", at, variables)), set, undefined, undefined);
    if (band !== undefined) return bandOf(there, uncertainty, { sigma: commonSigma(options), ...band });
    const values = new Float64Array(there.residuals);
    there.evaluate(solution.parameters, values);
    return values;
  }

  return {
    ...statistics,
    residuals: sigma ? solution.residuals.map((r, i) => r * sigma[i]) : solution.residuals,
    ...(starts && { starts }),
    predict,
  };
}

/** With a whole start: a guessed one, or the user's, of which `parameterSet` says what it lacks. */
export function startingAt<X, P extends ParameterValues>(
  options: CurveFitOptions<X, P>,
  guessed?: Readonly<Record<string, number>>,
): FitOptions<P> {
  return { ...options, start: (guessed ?? options.start) as P };
}

/** σ of one more measurement, where all had the same. */
function commonSigma<P extends ParameterValues>({
  sigma,
  weights,
}: Pick<FitOptions<P>, "sigma" | "weights">): number | undefined {
  if (weights !== undefined) return undefined;
  return typeof sigma === "number" ? sigma : sigma === undefined ? 1 : undefined;
}

/** The model at these points. */
function bound<X, P extends ParameterValues>(
  where: string,
  model: AnyModel<X, P>,
  points: Points,
  { isComplex, set, jacobian }: { isComplex: boolean; set: ParameterSet<P>; jacobian?: CurveGradient<X, P> },
): BoundModel {
  const binding = { where, points, isComplex, names: set.names, named: set.named };
  if (typeof model !== "function") return bindModel(model, binding);
  return bindFunction(model as (x: never, p: P) => number | Complex, jacobian, binding);
}
