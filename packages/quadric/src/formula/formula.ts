/** A model to be fitted, from its formula. */
import { ConfigError } from "../errors.ts";
import { type Expression, namesIn } from "./expression.ts";
import { linearParameters } from "./linear-parameters.ts";
import { parseEquation } from "./parse.ts";
import { formulaText, javascriptText } from "./print.ts";
import { compileProgram, type Program } from "./program.ts";
import { type StartOptions, startValues } from "./start-values.ts";

export interface FormulaOptions {
  /** Names that are columns of the data; every other name is a parameter. Defaults to ["x"]. */
  readonly variables?: readonly string[];
}

export interface Formula extends Program {
  /** As it was understood: with parentheses only where they are needed. */
  readonly text: string;
  /** The name on the left of "=", if there is one. */
  readonly result?: string;
  /** In the order in which they appear. */
  readonly parameters: readonly string[];
  /** Those of the options that the formula uses, in the order of the options. */
  readonly variables: readonly string[];
  /** The parameters that can be solved for exactly when the others are known. */
  readonly linear: readonly string[];
  readonly expression: Expression;
  /** Start values for these data, by `startValues`. */
  starts(columns: readonly ArrayLike<number>[], y: ArrayLike<number>, options?: StartOptions): Float64Array[];
  /** As an expression of JavaScript; `name` says how each name is written there and defaults to itself. */
  javascript(name?: (name: string) => string): string;
}

/**
 * A formula such as "a*exp(-b*x) + c" as a model with exact derivatives, which `curveFit` takes and can find a start for.
 *
 * Numbers, + − * / ^ (or **), parentheses, the constants pi and e, functions of JavaScript's Math by their names, ln, erf
 * and erfc. A name in backticks may hold any character. "y = …" names the result. Nothing is evaluated as code.
 *
 * Cost: values and all derivatives at m points take about four passes over them per operation, without allocation.
 *
 * @throws {ConfigError} "formula: expected …, got … at column …", or if there is no parameter in it.
 * @example
 * const decay = formula("a*exp(-b*x) + c");
 * decay.parameters; // => ["a", "b", "c"]
 * const values = new Float64Array(2);
 * decay.evaluate([2, 1, 0.5], [[0, Math.LN2]], values, undefined); // values => [2.5, 1.5]
 * const options = { start: { a: 1, b: 1, c: 1 } };
 * (await curveFit(decay, [0, 1, 2, 3], [3, 2.1, 1.77, 1.65], options)).parameters; // => { a: 1.4198, b: 1.0052, c: 1.5802 }
 */
export function formula(text: string, { variables = ["x"] }: FormulaOptions = {}): Formula {
  const { result, right } = parseEquation(text);
  const names = namesIn(right);
  const parameters = names.filter((name) => !variables.includes(name));
  if (parameters.length === 0) {
    throw new ConfigError(`formula: must have a parameter to fit, got none in ${JSON.stringify(text)}.`);
  }
  const used = variables.filter((name) => names.includes(name));
  const { evaluate } = compileProgram(right, parameters, used);
  const model: Formula = {
    text: formulaText(right),
    ...(result !== undefined && { result }),
    parameters,
    variables: used,
    linear: linearParameters(right, parameters),
    expression: right,
    javascript: (name = (own) => own) => javascriptText(right, name),
    evaluate,
    starts: (columns, y, options) => startValues(model, columns, y, options),
  };
  return model;
}
