/**
 * Several starts, of which the best end is taken: the given one, and others
 *
 *   z_j ~ uniform in [l_j, u_j] where both bounds are finite,  z_j = z⁰_j·2^t, t ~ uniform in [−spread, spread] elsewhere
 *
 * shifted into the box. Cost: a fit each.
 */
import { makeRandom } from "../vector/random.ts";
import type { ResidualSystem } from "./residual-system.ts";
import { type FitSettings, type Solution, solveFrom } from "./solve-from.ts";

export interface MultistartOptions {
  /** Starts in all, an integer ≥ 1; the cost is that of as many fits. */
  readonly count: number;
  /** Of the random starts; defaults to 0. */
  readonly seed?: number;
  /** Octaves to both sides of a start without two bounds; defaults to 5, a factor of 32. */
  readonly spread?: number;
}

export interface MultistartReport {
  readonly tried: number;
  readonly converged: number;
  /** Those that ended with the cost of the best, to 1e-6 of it. */
  readonly agreeing: number;
  /** f of every end, in the order of the starts. */
  readonly costs: readonly number[];
}

/** @param known - starts to fit from in any case, at least one; random ones are made around the first. */
export function multistart(
  system: ResidualSystem,
  known: readonly Float64Array[],
  settings: FitSettings,
  options: MultistartOptions | undefined,
): { readonly solution: Solution; readonly starts?: MultistartReport } {
  const [start] = known;
  const ends = known.map((z) => solveFrom(system, z, settings));
  if (options === undefined && ends.length === 1) return { solution: ends[0] };
  const { count, seed = 0, spread = 5 } = options ?? { count: ends.length };
  const random = makeRandom(seed);
  const { bounds } = settings;
  while (ends.length < count) {
    const z = start.map((value, j) => {
      const [low, high] = bounds ? [bounds.lower[j], bounds.upper[j]] : [-Infinity, Infinity];
      const u = random.uniform();
      if (high - low < Infinity) return low + u * (high - low);
      return Math.min(Math.max((value || 1) * 2 ** (spread * (2 * u - 1)), low), high);
    });
    ends.push(solveFrom(system, z, settings));
  }
  const isBetter = (a: Solution, b: Solution) =>
    a.status === b.status || (a.status !== "nonfinite" && b.status !== "nonfinite")
      ? a.cost < b.cost
      : b.status === "nonfinite";
  const best = ends.reduce((best, end) => (isBetter(end, best) ? end : best));
  const sum = (part: (end: Solution) => number) => ends.reduce((total, end) => total + part(end), 0);
  return {
    solution: {
      ...best,
      iterations: sum(({ iterations }) => iterations),
      evaluations: {
        residuals: sum(({ evaluations }) => evaluations.residuals),
        jacobians: sum(({ evaluations }) => evaluations.jacobians),
      },
    },
    starts: {
      tried: ends.length,
      converged: ends.filter(({ status }) => status === "converged").length,
      agreeing: ends.filter(({ cost }) => cost <= best.cost * (1 + 1e-6)).length,
      costs: ends.map(({ cost }) => cost),
    },
  };
}
