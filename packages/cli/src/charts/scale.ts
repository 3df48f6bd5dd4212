/** The vertical scale of a picture: what it covers, and how its ticks read. */
import type { Band } from "./band.ts";

export type ScaleName = "linear" | "log";

/** To what is even on paper, and back. */
export const transforms: Readonly<Record<ScaleName, readonly [(y: number) => number, (y: number) => number]>> = {
  linear: [(y) => y, (y) => y],
  log: [Math.log, Math.exp],
};

/** Spreading a long array into Math.min overflows the stack. */
export const leastOf = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** Room for every value and for all of the bands, or for so little of them that the curves can be seen. */
export function rangeOf(
  curves: readonly Band[],
  isDrawable: (y: number) => boolean,
  scale: ScaleName,
  wholeBands: boolean,
): readonly [number, number] {
  const [up, down] = transforms[scale];
  const values = curves.flatMap(({ y }) => y.filter(isDrawable).map(up));
  const bands = curves.flatMap(({ low, high }) => [...low, ...high].filter(isDrawable).map(up));
  const [least, largest] = [leastOf(values), largestOf(values)];
  const room = wholeBands ? Infinity : Math.max(0.3 * (largest - least), 1e-9 * Math.abs(largest));
  const low = Math.max(Math.min(least, leastOf(bands)), least - room);
  const high = Math.min(Math.max(largest, largestOf(bands)), largest + room);
  // A level line needs some height to lie in.
  const pad = high > low ? 0.02 * (high - low) : 0.1 * Math.abs(high) || 1;
  return [down(low - pad), down(high + pad)];
}

/** A tick in few characters. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return `${+value.toPrecision(4)}`.replace("-", "−");
}

/** A tick of a logarithmic scale. */
export const powers = (value: number): string =>
  value >= 1e-3 && value < 1e5 ? short(value) : value.toExponential(0).replace("-", "−");

/** At most seven ticks; undefined if the scale holds too few powers of ten. */
export function powersOfTen(low: number, high: number): number[] | undefined {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  if (last - first < 1) return undefined;
  const every = Math.ceil((last - first + 1) / 7);
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
}

/** The least and the largest finite value, some way apart. */
export function extent(values: readonly number[]): [number, number] {
  const low = values.filter(Number.isFinite).reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), -Infinity);
  return high > low ? [low, high] : [low - (Math.abs(low) || 1), low + (Math.abs(low) || 1)];
}
