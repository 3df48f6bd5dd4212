/**
 * Curves fitted to data by nonlinear least squares, with what the data say of the parameters:
 *
 *   min_p ½ Σ C²ρ(r_i²/C²),   r_i = (f(x_i; p) − y_i)/σ_i
 *
 * Everything below is plain arithmetic on arrays: no engine, no graph, no evaluation of text. A model of jax-js is
 * compiled by `jaxModel`, which brings the compiler along; nothing else does.
 */
import { requireKnown } from "../check.ts";
import { type Complex, type CurveData, type CurveModel, pointsOf } from "./curve-model.ts";
import {
  type AnyModel,
  type CurveFitOptions,
  type CurveFitResult,
  type CurveValues,
  fitOnce,
  parametersOf,
  startingAt,
  variablesOf,
} from "./fit-once.ts";
import { fitOptions } from "./fit-options.ts";
import { type ParameterValues, parameterSet } from "./parameter-set.ts";

/** Fits of one model to many data sets. */
export type PreparedFit<X, P extends ParameterValues> = (
  x: X,
  y: CurveValues,
  options?: Partial<CurveFitOptions<X, P>>,
) => CurveFitResult<P>;

const known = [...fitOptions, "jacobian"];

async function fitCurve<X extends CurveData, P extends ParameterValues = Readonly<Record<string, number>>>(
  model: AnyModel<X, P>,
  x: X,
  y: CurveValues,
  options: CurveFitOptions<X, P> = {},
): Promise<CurveFitResult<P>> {
  const { count, columns, names } = pointsOf("curveFit", x, variablesOf(model));
  const fit = await prepareFit<X, P>(model, { ...options, points: count, columns: names ?? columns.length });
  return fit(x, y);
}

interface PrepareOptions {
  /** For how many points to compile; other numbers are fitted as well, slower. Defaults to 64. */
  readonly points?: number;
  /** How many columns x has, or their names; defaults to 1. */
  readonly columns?: number | readonly string[];
}

async function prepareFit<X extends CurveData, P extends ParameterValues = Readonly<Record<string, number>>>(
  model: AnyModel<X, P>,
  { points = 64, columns = 1, ...common }: CurveFitOptions<X, P> & PrepareOptions,
): Promise<PreparedFit<X, P>> {
  requireKnown("curveFit", common, known);
  const variables = variablesOf(model) ?? (typeof columns === "number" ? undefined : columns);
  const isOpen = typeof model !== "function" && model.starts !== undefined; // it may guess the start from the data
  const parameters = isOpen
    ? model.parameters
    : parameterSet<P>("curveFit", startingAt(common), parametersOf(model)).names;
  if (typeof model !== "function" && parameters) {
    const count = typeof columns === "number" ? columns : columns.length;
    await model.prepare?.({ points, columns: count, variables, parameters, isList: Array.isArray(common.start) });
  }
  return (x, y, options = {}) => {
    requireKnown("curveFit", options, known);
    return fitOnce(model, x, y, { ...common, ...options }, variables);
  };
}

/** `curveFit` itself, and what makes many fits of one model cheap. */
interface CurveFit {
  /**
   * Fits f(x; p) to data: parameters, their standard errors and covariance, and a status that is true.
   *
   * @param model - f of one point, `(x, { a, b }) => number`, differentiated by central differences or by `jacobian`;
   *   or a `CurveModel` with exact derivatives, such as that of `jaxModel`. Complex models return { re, im }.
   * @param x - [n] numbers, [n] rows, or columns by name.
   * @param y - [n], or { re, im } of [n] each.
   * @throws {ShapeError} if x, y and sigma disagree on n; {RangeError} if an option is outside its domain; {TypeError}
   *   if y is not finite.
   * @example
   * const x = [0, 1, 2, 3];
   * const y = [3, 1.9, 1.15, 0.75];
   * const fit = await curveFit((t, { a, b }) => a * Math.exp(-b * t), x, y, { start: { a: 1, b: 1 } });
   * fit.parameters; // => { a: 3.0044, b: 0.4684 }
   */
  <X extends CurveData, P extends ParameterValues = Readonly<Record<string, number>>>(
    model: AnyModel<X, P>,
    x: X,
    y: CurveValues,
    options?: CurveFitOptions<X, P>,
  ): Promise<CurveFitResult<P>>;
  /**
   * For many fits of one model: whatever is to be compiled is compiled here, and a fit then takes its microseconds at
   * once.
   *
   * @param options - those of every fit.
   * @returns (x, y, options) => result, which is no promise.
   */
  prepare<Q extends Item, P extends ParameterValues>(
    model: (x: Q, parameters: P) => number | Complex,
    options: CurveFitOptions<DataOf<Q>, P> & PrepareOptions,
  ): Promise<PreparedFit<DataOf<Q>, P>>;
  prepare<P extends ParameterValues = Readonly<Record<string, number>>>(
    model: CurveModel,
    options: CurveFitOptions<CurveData, P> & PrepareOptions,
  ): Promise<PreparedFit<CurveData, P>>;
}

/** One point of x, and what x is then. */
type Item = number | readonly number[] | Readonly<Record<string, number>>;
type DataOf<Q> = Q extends number
  ? ArrayLike<number>
  : Q extends readonly number[]
    ? readonly (readonly number[])[]
    : { readonly [K in keyof Q]: ArrayLike<number> };

export const curveFit: CurveFit = /* @__PURE__ */ Object.assign(fitCurve, {
  prepare: prepareFit as unknown as CurveFit["prepare"],
});
