/**
 * Numbers to a scale of one, whatever their unit.
 *
 *   z = (min(max(x, low), high) − shift) / scale
 *
 * shift and scale are mean and standard deviation of the clamped values; low and high are 20 interquartile ranges beyond
 * the quartiles, so that one value of 1e12 among hundreds leaves the others their scale. Everything is computed in
 * float64 and in units of the largest magnitude: any scale of float64 works.
 */

export interface Standardization {
  readonly low: number;
  readonly high: number;
  readonly shift: number;
  readonly scale: number;
}

/** Interquartile ranges between a quartile and a fence; Tukey calls 3 "far out". */
const fence = 20;

/** Enough values to know quartiles by. */
const sampleSize = 65536;

/**
 * Undefined if there are no two different values. Values that are NaN are left out.
 *
 * @param mostClamped - no value is clamped where more than this share of them would be: they are the tail of a
 *   distribution. Defaults to 1.
 */
function fit(values: Float64Array, { mostClamped = 1 }: { mostClamped?: number } = {}): Standardization | undefined {
  const present = values.filter((x) => !Number.isNaN(x));
  let [min, max] = [Infinity, -Infinity];
  for (const x of present) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  if (!(min < max)) return undefined;

  const unit = Math.max(Math.abs(min), Math.abs(max));
  const [low, high] = fences(present, unit, min / unit, max / unit);
  let mean = 0;
  for (const x of present) mean += Math.min(Math.max(x / unit, low), high) / present.length;
  let largest = 0;
  for (const x of present) largest = Math.max(largest, Math.abs(Math.min(Math.max(x / unit, low), high) - mean));
  let square = 0;
  let clamped = 0;
  for (const x of present) {
    square += ((Math.min(Math.max(x / unit, low), high) - mean) / largest) ** 2 / present.length;
    if (x < low * unit || x > high * unit) clamped++;
  }
  const finite = (x: number) => Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE);
  const isTail = clamped > mostClamped * present.length;
  return {
    low: isTail ? -Number.MAX_VALUE : finite(low * unit),
    high: isTail ? Number.MAX_VALUE : finite(high * unit),
    shift: mean * unit,
    scale: Math.max(largest * Math.sqrt(square) * unit, Number.MIN_VALUE),
  };
}

/** In units of `unit`. Where half of all values agree, the range takes the place of the interquartile range. */
function fences(values: Float64Array, unit: number, min: number, max: number): readonly [number, number] {
  const stride = Math.ceil(values.length / sampleSize);
  const sorted = Float64Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => values[i * stride] / unit);
  sorted.sort();
  const [lower, upper] = [0.25, 0.75].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  return lower < upper
    ? [lower - fence * (upper - lower), upper + fence * (upper - lower)]
    : [min - fence * (max - min), max + fence * (max - min)];
}

function apply({ low, high, shift, scale }: Standardization, x: number): number {
  const clamped = Math.min(Math.max(x, low), high);
  const z = (clamped - shift) / scale;
  // The difference of two numbers near the largest is beyond it.
  return Number.isFinite(z) || Number.isNaN(x) ? z : clamped / scale - shift / scale;
}

const invert = ({ shift, scale }: Standardization, z: number): number => shift + scale * z;

/**
 * z = (min(max(x, low), high) − shift) / scale: `fit` finds the four numbers, `apply` gives z, `invert` the number that z
 * stands for. What `supervised` does to columns with `standardize`.
 *
 * @example
 * const s = standardization.fit(Float64Array.of(1e9, 3e9))!; // shift 2e9, scale 1e9
 * standardization.apply(s, 3e9); // => 1
 * standardization.invert(s, -1); // => 1e9
 */
export const standardization: {
  readonly fit: typeof fit;
  readonly apply: typeof apply;
  readonly invert: typeof invert;
} = { fit, apply, invert };
