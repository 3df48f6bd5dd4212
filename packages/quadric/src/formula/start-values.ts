/**
 * Start values for a fit, when nobody gives any:
 *
 *   min_θ min_c  Σᵢ wᵢ²(yᵢ − f₀(xᵢ; θ) − Σⱼ cⱼgⱼ(xᵢ; θ))²      over a grid of plausible θ
 *
 * Symbols: c parameters in which the formula is linear, solved exactly; θ the others; w weights 1/σ. A formula that is
 * linear in all its parameters gets the solution itself. Of a grid of more than 2,000 points so many are drawn at random,
 * and the best ones descend along each θ. Cost: evaluations at 200 points of the data, 2,000 and those of a
 * line of the grid for each start at most.
 * References: [GolubPereyra2003].
 */
import { axpy, dot } from "../vector/kernels.ts";
import { makeRandom } from "../vector/random.ts";
import type { Formula } from "./formula.ts";
import { plausibleValues } from "./plausible-values.ts";

export interface StartOptions {
  /** σ of each point; defaults to 1. */
  readonly sigma?: ArrayLike<number>;
  /** Parameters whose value is known. */
  readonly given?: Readonly<Record<string, number>>;
  /** Bounds of a parameter, by its name. */
  readonly bounds?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** How many to return at most; defaults to 10. */
  readonly count?: number;
}

interface Trial {
  readonly p: Float64Array;
  /** The sum of squares that it leaves. */
  readonly left: number;
}

const mostPoints = 200;
const mostTrials = 2000;

/**
 * @param columns - one for each of the formula's variables.
 * @returns parameters in the formula's order, the best first; at least one.
 */
export function startValues(
  formula: Formula,
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { sigma, given = {}, bounds = {}, count = 10 }: StartOptions = {},
): Float64Array[] {
  const { parameters, linear, variables, expression } = formula;
  const pick = (values: ArrayLike<number>) => spaced(values, mostPoints);
  const [xs, target, w] = [columns.map(pick), pick(y), sigma && pick(sigma).map((value) => 1 / value)];
  const m = target.length;
  const isFree = (name: string) => !(name in given);
  const solved = linear.filter(isFree);
  const searched = parameters.filter((name) => isFree(name) && !solved.includes(name));

  const within = (name: string, value: number): number => {
    const [low, high] = bounds[name] ?? [-Infinity, Infinity];
    return Math.min(high, Math.max(low, value));
  };
  const plausible = plausibleValues(
    expression,
    { sought: searched, solved, given },
    new Map(variables.map((name, i) => [name, xs[i]])),
    target,
  );
  const grid = searched.map((name) => [...new Set(plausible.get(name)!.map((value) => within(name, value)))]);

  const indices = solved.map((name) => parameters.indexOf(name));
  const [values, jacobian] = [new Float64Array(m), new Float64Array(m * parameters.length)];
  const weigh = (vector: Float64Array) => {
    if (w) for (let i = 0; i < m; i++) vector[i] *= w[i];
  };
  /** The best c for these θ, and what it leaves. */
  const solve = (theta: readonly number[]): Trial => {
    const p = Float64Array.from(parameters, (name) => given[name] ?? 0);
    searched.forEach((name, i) => {
      p[parameters.indexOf(name)] = theta[i];
    });
    formula.evaluate(p, xs, values, jacobian);
    const rest = target.map((value, i) => value - values[i]);
    weigh(rest);
    const basis = indices.map((j) => jacobian.slice(j * m, (j + 1) * m));
    basis.forEach(weigh);
    const c = leastSquares(basis, rest); // leaves in `rest` what c does not explain
    const isInside = solved.every((name, k) => c[k] === within(name, c[k]));
    solved.forEach((name, k) => {
      p[indices[k]] = within(name, c[k]);
    });
    if (!isInside) {
      formula.evaluate(p, xs, values);
      for (let i = 0; i < m; i++) rest[i] = target[i] - values[i];
      weigh(rest);
    }
    return { p, left: dot(rest, rest) };
  };

  /** Where the sign of a parameter makes no difference, as that of a width, people expect the positive one. */
  const positive = (trial: Trial): Trial =>
    searched.reduce((known, name) => {
      const theta = searched.map((other) => {
        const value = known.p[parameters.indexOf(other)];
        return other === name ? within(name, Math.abs(value)) : value;
      });
      if (known.p[parameters.indexOf(name)] >= 0) return known;
      const mirrored = solve(theta);
      return mirrored.left <= (1 + 1e-9) * known.left ? mirrored : known;
    }, trial);

  /** The best value of each θ on its grid, one after the other. */
  const descend = (trial: Trial): Trial =>
    searched.reduce((known, _, k) => {
      const theta = searched.map((other) => known.p[parameters.indexOf(other)]);
      const others = grid[k].map((value) => solve(theta.with(k, value)));
      return others.reduce((best, other) => (other.left < best.left ? other : best), known);
    }, trial);

  const byWhatIsLeft = (trials: readonly Trial[]): Trial[] =>
    trials.filter(({ left }) => Number.isFinite(left)).sort((a, b) => a.left - b.left);
  const { points, isAll } = combinations(grid);
  const coarse = byWhatIsLeft(points.map(solve));
  const usable = isAll ? coarse : byWhatIsLeft(coarse.slice(0, count).map(descend));
  if (usable.length === 0) return [Float64Array.from(parameters, (name) => given[name] ?? within(name, 1))];
  return usable.slice(0, count).map((trial) => positive(trial).p);
}

/** So many entries, evenly chosen. */
function spaced(values: ArrayLike<number>, limit: number): Float64Array {
  const { length } = values;
  if (length <= limit) return Float64Array.from(values);
  return Float64Array.from({ length: limit }, (_, i) => values[Math.round((i * (length - 1)) / (limit - 1))]);
}

/** All of a grid, or as many of its points as are affordable, drawn at random. */
function combinations(grid: readonly (readonly number[])[]): { readonly points: number[][]; readonly isAll: boolean } {
  const size = grid.reduce((product, values) => product * values.length, 1);
  const random = makeRandom(0);
  const isAll = size <= mostTrials;
  const points = Array.from({ length: Math.min(size, mostTrials) }, (_, trial) => {
    let rest = trial;
    return grid.map((values) => {
      if (!isAll) return values[random.integer(values.length)];
      const value = values[rest % values.length];
      rest = Math.floor(rest / values.length);
      return value;
    });
  });
  return { points, isAll };
}

/** min ‖Gc − b‖ by modified Gram–Schmidt; a column that depends on those before gets 0. b becomes b − Gc. */
function leastSquares(columns: readonly Float64Array[], b: Float64Array): Float64Array {
  const n = columns.length;
  const R = columns.map(() => new Float64Array(n));
  const right = new Float64Array(n);
  columns.forEach((column, j) => {
    const whole = Math.sqrt(dot(column, column));
    for (let k = 0; k < j; k++) {
      R[k][j] = dot(columns[k], column);
      axpy(-R[k][j], columns[k], column);
    }
    const norm = Math.sqrt(dot(column, column));
    const isUsable = norm > 1e-10 * whole && norm < Infinity;
    R[j][j] = isUsable ? norm : 0;
    for (let i = 0; i < column.length; i++) column[i] = isUsable ? column[i] / norm : 0;
    right[j] = dot(column, b);
    axpy(-right[j], column, b);
  });
  const c = new Float64Array(n);
  for (let j = n - 1; j >= 0; j--) {
    let sum = right[j];
    for (let k = j + 1; k < n; k++) sum -= R[j][k] * c[k];
    c[j] = R[j][j] > 0 ? sum / R[j][j] : 0;
  }
  return c;
}
