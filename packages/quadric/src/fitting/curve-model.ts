/**
 * What can be fitted to data: a plain function of one point, or a model of all points at once that knows its
 * derivatives.
 */
import { ShapeError } from "../errors.ts";
import type { StartKnowledge } from "./guessed-starts.ts";
import type { ParameterValues } from "./parameter-set.ts";

/** x: a number a point, a row of numbers a point, or columns by name. */
export type CurveData =
  | ArrayLike<number>
  | readonly (readonly number[])[]
  | Readonly<Record<string, ArrayLike<number>>>;

/** What a plain function gets of x for one point: a number, a row, or an object of numbers. */
export type PointOf<X> = X extends readonly (readonly number[])[]
  ? readonly number[]
  : X extends ArrayLike<number>
    ? number
    : { readonly [K in keyof X]: number };

/** A value of a complex model, or of complex data. */
export interface Complex<T = number> {
  readonly re: T;
  readonly im: T;
}

/** f(x; p) of one point. */
export type CurveFunction<X, P> = (x: PointOf<X>, parameters: P) => number | Complex;

/**
 * A model of all points at once with exact derivatives, for whoever has them: formulas, tables, other languages.
 *
 * @example
 * const line: CurveModel = {
 *   evaluate([slope, offset], [x], values, jacobian) {
 *     x.forEach((t, i) => { values[i] = slope * t + offset; });
 *     jacobian?.set(x);
 *     jacobian?.fill(1, x.length);
 *   },
 * };
 */
export interface CurveModel {
  /** Names of the parameters in the order of `evaluate`; defaults to those of the start in theirs. */
  readonly parameters?: readonly string[];
  /** Names of the columns of x that `evaluate` takes, in its order; defaults to those of the data in theirs. */
  readonly variables?: readonly string[];
  /**
   * Writes f(x_i; p) to values[i] and where asked ∂f(x_i; p)/∂p_j to jacobian[j·n + i], both of length n and d·n
   * whatever they held. Complex models have n real parts, then n imaginary parts.
   *
   * @param p - all parameters in the order of `parameters`.
   * @param x - the columns of x, each [n].
   */
  evaluate(p: Float64Array, x: readonly Float64Array[], values: Float64Array, jacobian?: Float64Array): void;
  /** How many values come out, where no x says it: of residuals for `leastSquares`, from `prepare` on. */
  readonly size?: number;
  /** Whether each value depends on its own point alone, so that any points will do; defaults to true. */
  readonly isPointwise?: boolean;
  /**
   * Starts for these data in the order of `parameters`, the best first; asked for where the user's start leaves some
   * out.
   */
  starts?(x: readonly Float64Array[], y: Float64Array, known: StartKnowledge): readonly ArrayLike<number>[];
  /** Awaited once before the first `evaluate`, to compile for so many points, columns of x and parameters. */
  prepare?(shape: ModelShape): Promise<void>;
}

export interface ModelShape {
  readonly points: number;
  readonly columns: number;
  /** Their names, if they have any. */
  readonly variables?: readonly string[];
  /** Of the start: its names, "0", "1", … in a list. */
  readonly parameters: readonly string[];
  readonly isList: boolean;
}

/** x as a table. */
export interface Points {
  readonly count: number;
  readonly columns: readonly Float64Array[];
  /** Of the columns, if they have any. */
  readonly names?: readonly string[];
  /** What a plain function gets, one a point. */
  readonly items: ArrayLike<unknown>;
}

export function pointsOf(where: string, x: CurveData, variables?: readonly string[]): Points {
  if (typeof x !== "object" || x === null)
    throw new TypeError(`${where}: x must be a list or an object of lists, got ${x}.`);
  if (!("length" in x)) {
    const columnsByName = x as Readonly<Record<string, ArrayLike<number>>>;
    const names = variables ?? Object.keys(columnsByName);
    for (const name of names) {
      if (columnsByName[name] === undefined)
        throw new TypeError(`${where}: x must have a column ${name}, got ${Object.keys(x).join(", ")}.`);
    }
    const columns = names.map((name) => new Float64Array(columnsByName[name]));
    const count = columns[0]?.length ?? 0;
    columns.forEach((column, k) => {
      if (column.length !== count)
        throw new ShapeError(`${where}: x.${names[k]} must have shape [${count}], got [${column.length}].`);
    });
    const items = Array.from({ length: count }, (_, i) =>
      Object.fromEntries(names.map((name, k) => [name, columns[k][i]])),
    );
    return { count, columns, names, items };
  }
  const count = (x as ArrayLike<unknown>).length;
  const first = (x as ArrayLike<unknown>)[0];
  if (typeof first !== "object")
    return { count, columns: [new Float64Array(x as ArrayLike<number>)], items: x as ArrayLike<number> };
  const rows = x as readonly (readonly number[])[];
  const width = rows[0].length;
  rows.forEach((row, i) => {
    if (row.length !== width)
      throw new ShapeError(`${where}: x[${i}] must have shape [${width}], got [${row.length}].`);
  });
  const columns = Array.from({ length: width }, (_, k) => Float64Array.from(rows, (row) => row[k]));
  return { count, columns, items: rows };
}

/** f at all points, bound to them; J by columns where the model knows it. */
export interface BoundModel {
  /** Numbers that come out: points, twice as many if complex. */
  readonly size: number;
  readonly hasJacobian: boolean;
  evaluate(p: Float64Array, values: Float64Array, jacobian?: Float64Array): void;
}

/** ∂f/∂p of one point, in the form of the parameters; of a complex model the real and the imaginary part. */
export type CurveGradient<X, P> = (x: PointOf<X>, parameters: P) => ParameterValues | Complex<ParameterValues>;

interface Binding<P> {
  readonly where: string;
  readonly points: Points;
  readonly isComplex: boolean;
  readonly names: readonly string[];
  readonly named: (values: ArrayLike<number>) => P;
}

export function bindModel<P>(model: CurveModel, { points, isComplex }: Binding<P>): BoundModel {
  return {
    size: points.count * (isComplex ? 2 : 1),
    hasJacobian: true,
    evaluate: (p, values, jacobian) => model.evaluate(p, points.columns, values, jacobian),
  };
}

export function bindFunction<P>(
  f: (x: never, parameters: P) => number | Complex,
  gradient: ((x: never, parameters: P) => ParameterValues | Complex<ParameterValues>) | undefined,
  { where, points: { count, items }, isComplex, names, named }: Binding<P>,
): BoundModel {
  const at = items as ArrayLike<never>;
  const size = count * (isComplex ? 2 : 1);
  return {
    size,
    hasJacobian: gradient !== undefined,
    evaluate(p, values, jacobian) {
      const parameters = named(p);
      for (let i = 0; i < count; i++) {
        const value = f(at[i], parameters);
        if (typeof value === "number" && !isComplex) values[i] = value;
        else if (isComplex) {
          const { re, im } = complexOf<number>(where, "the model", value);
          [values[i], values[count + i]] = [re, im];
        } else throw new TypeError(`${where}: the model must return a number, got ${describe(value)}.`);
      }
      if (jacobian === undefined) return;
      for (let i = 0; i < count; i++) {
        const row = gradient!(at[i], parameters);
        const parts = isComplex
          ? complexOf<ParameterValues>(where, "jacobian", row)
          : { re: row as ParameterValues, im: undefined };
        names.forEach((name, j) => {
          jacobian[j * size + i] = (parts.re as Record<string, number>)[name];
          if (parts.im) jacobian[j * size + count + i] = (parts.im as Record<string, number>)[name];
        });
      }
    },
  };
}

function complexOf<T>(where: string, what: string, value: unknown): Complex<T> {
  if (typeof value === "object" && value !== null && "re" in value && "im" in value) return value as Complex<T>;
  throw new TypeError(`${where}: for complex y ${what} must return { re, im }, got ${describe(value)}.`);
}

function describe(value: unknown): string {
  return typeof value === "function" ? "a function" : Array.isArray(value) ? "a list" : String(value);
}
