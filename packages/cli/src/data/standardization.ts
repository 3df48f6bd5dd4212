/**
 * Numbers to a scale of one, whatever their unit.
 *
 *   z = (min(max(x, low), high) − shift) / scale
 *
 * shift and scale are mean and standard deviation of the clamped training values; low and high are 20 interquartile
 * ranges beyond the quartiles, so that one value of 1e12 among hundreds leaves the others their scale. Everything is
 * computed in float64 and in units of the largest magnitude: any scale of float64 works.
 */
import { z } from "zod";

export const standardizationSchema = z.strictObject({
  low: z.number(),
  high: z.number(),
  shift: z.number(),
  scale: z.number().positive(),
});
export type Standardization = z.infer<typeof standardizationSchema>;

/** Interquartile ranges between a quartile and a fence; Tukey calls 3 "far out". */
const fence = 20;

/** Enough values to know quartiles by. */
const sampleSize = 65536;

/** Undefined if there are no two different values. Values that are NaN are left out. */
export function fitStandardization(values: Float64Array): Standardization | undefined {
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
  for (const x of present) {
    square += ((Math.min(Math.max(x / unit, low), high) - mean) / largest) ** 2 / present.length;
  }
  const finite = (x: number) => Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE);
  return {
    low: finite(low * unit),
    high: finite(high * unit),
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

export function standardize({ low, high, shift, scale }: Standardization, x: number): number {
  const clamped = Math.min(Math.max(x, low), high);
  const z = (clamped - shift) / scale;
  // The difference of two numbers near the largest is beyond it.
  return Number.isFinite(z) || Number.isNaN(x) ? z : clamped / scale - shift / scale;
}

/** The number that a standardized value stands for. */
export function restore({ shift, scale }: Standardization, z: number): number {
  return shift + scale * z;
}
