/**
 * What a few seeds say about a method.
 *
 *   mean           x̄ ± t_{ν}·s/√n,    s² = Σ(x − x̄)²/ν,   ν = n − 1,   P(|T| ≤ t_ν) = level
 *   positive       exp of the same of ln x: about the geometric mean, and never below 0
 *   median         percentiles of the medians of resamples with replacement
 *   paired         the mean of the differences a_i − b_i of the same seeds, p = P(|T| ≥ |d̄|·√n/s_d)
 *
 *   P(|T| ≤ t) with θ = arctan(t/√ν), c = cos θ:
 *     ν even   sin θ·(1 + ½c² + (1·3)/(2·4)·c⁴ + … up to c^{ν−2})
 *     ν odd    (2/π)·(θ + sin θ·(c + ⅔c³ + (2·4)/(3·5)·c⁵ + … up to c^{ν−2}))
 *
 * Symbols: n values, ν degrees of freedom, T Student's variable. Assumes that values are about normal; the median does
 * not.
 * References: [AbramowitzStegun1964, 26.7.3 and 26.7.4], [EfronTibshirani1993, ch. 13].
 */

/** A confidence interval; infinite if there is only one value. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  readonly n: number;
  readonly mean: number;
  /** The mean; of a positive quantity the geometric one. */
  readonly centre: number;
  /** Student's interval of the centre. */
  readonly interval: Interval;
  readonly median: number;
  /** Bootstrap interval of the median; with few values hardly more than their range. */
  readonly medianInterval: Interval;
}

export interface Difference extends Interval {
  /** Pairs. */
  readonly n: number;
  readonly mean: number;
  /** Two-sided, of the hypothesis that the mean is 0; NaN for one pair. */
  readonly p: number;
}

/** 95 %. */
export const defaultLevel = 0.95;
const resamples = 2000;

/**
 * @param values - at least one, finite.
 * @param scale - "log" for a quantity that is positive, as losses, counts and times are; else "linear". Values that are
 *   not all positive are taken on the linear scale.
 */
export function estimate(values: readonly number[], scale: "linear" | "log" = "linear"): Estimate {
  const isLog = scale === "log" && values.every((x) => x > 0 && x < Infinity);
  const level = defaultLevel;
  return {
    n: values.length,
    mean: mean(values),
    centre: isLog ? Math.exp(mean(values.map(Math.log))) : mean(values),
    interval: isLog ? geometricInterval(values, level) : meanInterval(values, level),
    median: median(values),
    medianInterval: medianInterval(values, level),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Of values in ascending order, linear between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below === above ? below : below + (at - Math.floor(at)) * (above - below);
}

/** s/√n, the standard error of the mean. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

export function meanInterval(values: readonly number[], level: number = defaultLevel): Interval {
  if (values.length === 1) return { low: -Infinity, high: Infinity };
  const reach = studentQuantile(level, values.length - 1) * standardError(values);
  return { low: mean(values) - reach, high: mean(values) + reach };
}

/** Of the geometric mean of positive values; from 0 to infinity if there is only one. */
export function geometricInterval(values: readonly number[], level: number = defaultLevel): Interval {
  const { low, high } = meanInterval(values.map(Math.log), level);
  return { low: Math.exp(low), high: Math.exp(high) };
}

/** The same values give the same interval: the draws are seeded. */
export function medianInterval(values: readonly number[], level: number = defaultLevel): Interval {
  if (values.length === 1) return { low: -Infinity, high: Infinity };
  const draw = makeDraws(1);
  const medians = Array.from({ length: resamples }, () => median(values.map(() => values[draw(values.length)])));
  medians.sort((a, b) => a - b);
  return { low: quantile(medians, (1 - level) / 2), high: quantile(medians, (1 + level) / 2) };
}

/** @param a, b - values of the same seeds, in the same order. */
export function pairedDifference(a: readonly number[], b: readonly number[], level: number = defaultLevel): Difference {
  if (a.length !== b.length) {
    throw new RangeError(
      `pairedDifference: both sides must have the same number of values, got ${a.length}, ${b.length}.`,
    );
  }
  const differences = a.map((x, i) => x - b[i]);
  const n = differences.length;
  const centre = mean(differences);
  const p = n === 1 ? Number.NaN : 1 - studentCentral(Math.abs(centre) / standardError(differences), n - 1);
  return { n, mean: centre, ...meanInterval(differences, level), p };
}

/**
 * P(|T| ≤ t).
 *
 * @param t - ≥ 0; NaN (no difference, no spread) counts as 0.
 * @param nu - ν, an integer ≥ 1.
 */
export function studentCentral(t: number, nu: number): number {
  const theta = Math.atan((t || 0) / Math.sqrt(nu));
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = nu % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= nu - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine ** 2;
  }
  return isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}

/** The t with P(|T| ≤ t) = level, by bisection to the last bit. */
export function studentQuantile(level: number, nu: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`studentQuantile: level must be in (0, 1), got ${level}.`);
  let [low, high] = [0, 1];
  while (studentCentral(high, nu) < level) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return high;
    if (studentCentral(middle, nu) < level) low = middle;
    else high = middle;
  }
}

/** Integers below a bound, by a linear congruence with multiplier 1664525: good enough to resample. */
export function makeDraws(seed: number): (bound: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
