/** Starts that a model proposes for its data, where the user gives none or not all. */
import type { CurveModel, Points } from "./curve-model.ts";
import { type ParameterOptions, type ParameterValues, requireFixed } from "./parameter-set.ts";

/** What a proposal has to respect. */
export interface StartKnowledge {
  /** σ of each point; 1 if absent. */
  readonly sigma?: Float64Array;
  /** Values that are given, by name. */
  readonly given: Readonly<Record<string, number>>;
  /** [lower, upper], by name. */
  readonly bounds: Readonly<Record<string, readonly [lower: number, upper: number]>>;
  /** How many are wanted at most. */
  readonly count: number;
}

/** Fits from proposals, if nothing else is said. */
const usualCount = 10;

interface Options extends Partial<Pick<ParameterOptions<ParameterValues>, "start" | "bounds">> {
  readonly fixed?: readonly PropertyKey[];
  readonly multistart?: { readonly count: number };
}

/**
 * @returns starts with every parameter, the best first; undefined where the model proposes none or the start is whole.
 */
export function guessedStarts(
  where: string,
  model: CurveModel,
  { columns }: Points,
  { y, sigma }: { readonly y: Float64Array; readonly sigma: Float64Array | undefined },
  { start = {}, bounds = {}, fixed = [], multistart }: Options,
): readonly Readonly<Record<string, number>>[] | undefined {
  requireFixed(where, fixed);
  const { parameters, starts } = model;
  if (!parameters || !starts || Array.isArray(start)) return undefined;
  const given = Object.fromEntries(Object.entries(start).filter(([, value]) => value !== undefined));
  for (const name of [...Object.keys(given), ...Object.keys(bounds), ...fixed.map(String)]) {
    if (!parameters.includes(name) && !/^\d+$/.test(name)) {
      throw new RangeError(`${where}: parameters must be among ${parameters.join(", ")}, got ${name}.`);
    }
  }
  const unset = fixed.find((name) => !(String(name) in given));
  if (unset !== undefined) throw new RangeError(`${where}: start must have ${String(unset)}, which is fixed.`);
  if (parameters.every((name) => name in given)) return undefined;
  const named = Object.fromEntries(
    parameters.flatMap((name, j) => {
      const pair = Array.isArray(bounds) ? bounds[j] : (bounds as Readonly<Record<string, [number, number]>>)[name];
      return pair ? [[name, pair] as const] : [];
    }),
  );
  const known = { ...(sigma && { sigma }), given, bounds: named, count: multistart?.count ?? usualCount };
  return starts(columns, y, known).map((values) =>
    Object.fromEntries(parameters.map((name, j) => [name, given[name] ?? values[j]])),
  );
}
