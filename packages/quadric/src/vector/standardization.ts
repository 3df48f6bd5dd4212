/**
 * Numbers to a scale of one, whatever their unit.
 *
 *   z = (min(max(x, low), high) − shift) / scale
 *
 * shift and scale are mean and standard deviation of the clamped values. Values far beyond the quartiles, at most a
 * hundredth of all, are outliers. Then low and high are the least and the largest of the others, so that one value of
 * 1e12 among hundreds neither takes their scale nor bends a line through them. More of them are the tail of a
 * distribution: low and high lie 20 interquartile ranges beyond the quartiles, and for targets nowhere, since errors in
 * the tail count most there. Everything is computed in float64 and in units of the largest magnitude: any scale works.
 * References: [Tukey1977] for fences and adjacent values.
 */

export interface Standardization {
  readonly low: number;
  readonly high: number;
  readonly shift: number;
  readonly scale: number;
}

/** Interquartile ranges beyond a quartile from which a value may be an outlier; Tukey calls 3 "far out". */
const fences = { inputs: 5, targets: 20 } as const;
/** The same for the tail of a distribution. */
const tailFence = 20;
/** Share of the values that may be outliers; one always may. */
const few = 0.01;

/** Enough values to know quartiles by. */
const sampleSize = 65536;

/**
 * Undefined if there are no two different values. Values that are NaN are left out.
 *
 * @param of - what the values are, inputs or targets of a model; defaults to inputs.
 */
function fit(values: Float64Array, { of = "inputs" }: { of?: keyof typeof fences } = {}): Standardization | undefined {
  const present = values.filter((x) => !Number.isNaN(x));
  let [min, max] = [Infinity, -Infinity];
  for (const x of present) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  if (!(min < max)) return undefined;

  const unit = Math.max(Math.abs(min), Math.abs(max));
  const { low, high, isTail } = boundsOf(present, unit, [min / unit, max / unit], fences[of]);
  let mean = 0;
  for (const x of present) mean += Math.min(Math.max(x / unit, low), high) / present.length;
  let largest = 0;
  for (const x of present) largest = Math.max(largest, Math.abs(Math.min(Math.max(x / unit, low), high) - mean));
  let square = 0;
  for (const x of present) {
    square += ((Math.min(Math.max(x / unit, low), high) - mean) / largest) ** 2 / present.length;
  }
  const finite = (x: number) => Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE);
  const isFree = isTail && of === "targets";
  return {
    low: isFree ? -Number.MAX_VALUE : finite(low * unit),
    high: isFree ? Number.MAX_VALUE : finite(high * unit),
    shift: mean * unit,
    scale: Math.max(largest * Math.sqrt(square) * unit, Number.MIN_VALUE),
  };
}

/** In units of `unit`. Where half of all values agree, the range takes the place of the interquartile range. */
function boundsOf(
  values: Float64Array,
  unit: number,
  range: readonly [number, number],
  fence: number,
): { readonly low: number; readonly high: number; readonly isTail: boolean } {
  const stride = Math.ceil(values.length / sampleSize);
  const sorted = Float64Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => values[i * stride] / unit);
  sorted.sort();
  const quartiles = [0.25, 0.75].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const [lower, upper] = quartiles[0] < quartiles[1] ? quartiles : range;
  const beyond = (ranges: number) => ({
    low: lower - ranges * (upper - lower),
    high: upper + ranges * (upper - lower),
  });

  const near = beyond(fence);
  let [outside, low, high] = [0, Infinity, -Infinity];
  for (const value of values) {
    const x = value / unit;
    if (x < near.low || x > near.high) outside++;
    else [low, high] = [Math.min(low, x), Math.max(high, x)];
  }
  const isTail = outside > Math.max(1, few * values.length);
  return outside > 0 && !isTail ? { low, high, isTail } : { ...beyond(tailFence), isTail };
}

function apply({ low, high, shift, scale }: Standardization, x: number): number {
  const clamped = Math.min(Math.max(x, low), high);
  const z = (clamped - shift) / scale;
  // The difference of two numbers near the largest is beyond it.
  return Number.isFinite(z) || Number.isNaN(x) ? z : clamped / scale - shift / scale;
}

const invert = ({ shift, scale }: Standardization, z: number): number => shift + scale * z;

/**
 * z = (min(max(x, low), high) − shift) / scale: `fit` finds the four numbers, `apply` gives z, `invert` the number that
 * z stands for. What `supervised` does to columns with `standardize`.
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
