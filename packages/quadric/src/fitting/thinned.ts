/** Every so-many-th point of large data: enough to come near the answer at a small part of the cost of all. */
import type { Points } from "./curve-model.ts";
import type { SolverOptions } from "./fit-options.ts";
import { multistart } from "./multistart.ts";
import type { ResidualSystem } from "./residual-system.ts";
import { type FitSettings, solveFrom } from "./solve-from.ts";

/** Beyond so many points a fit of some comes first. */
const many = 50_000;
/** How many those are. */
const few = 5_000;

/** How far apart the points of the first fit are; 1 without one. */
export function strideOf(count: number): number {
  return count > many ? Math.ceil(count / few) : 1;
}

export function thinned(values: Float64Array, stride: number): Float64Array {
  return Float64Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => values[i * stride]);
}

export function thinnedPoints({ columns, items, names }: Points, stride: number): Points {
  const some = columns.map((column) => thinned(column, stride));
  const count = some[0].length;
  return { count, names, columns: some, items: Array.from({ length: count }, (_, i) => items[i * stride]) };
}

/** ε of the fit of some points. */
const roughly = 1e-3;

/**
 * From the fit of some of the points, if there is one, to that of all.
 *
 * @param known - starts.
 */
export function solved(
  system: ResidualSystem,
  coarse: ResidualSystem | undefined,
  known: readonly Float64Array[],
  settings: FitSettings & Pick<SolverOptions, "multistart">,
): ReturnType<typeof multistart> {
  if (coarse === undefined) return multistart(system, known, settings, settings.multistart);
  const rough = multistart(coarse, known, { ...settings, tolerance: roughly }, settings.multistart);
  const { status, parameters } = rough.solution;
  return { ...rough, solution: solveFrom(system, status === "converged" ? parameters : known[0], settings) };
}
