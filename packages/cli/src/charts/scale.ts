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
export const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

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

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A tick of a logarithmic scale: 10⁻², 3·10⁵, and 0.02 near 1. */
export function decade(value: number): string {
  if (value >= 1e-3 && value < 1e4) return short(value);
  const [mantissa, exponent] = value.toExponential(2).split("e").map(Number);
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join("");
  return `${mantissa === 1 ? "" : `${mantissa}·`}10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/**
 * Ticks of a logarithmic scale, at most seven: powers of ten; if there are fewer than three, 1, 2 and 5 times them; if
 * those are fewer than two, equal steps.
 */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / 7);
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
  if (powers.length > 2) return powers.filter((_, i) => i % every === 0);
  const within = [10 ** (first - 1), ...powers]
    .flatMap((power) => [1, 2, 5].map((factor) => Number((factor * power).toPrecision(1))))
    .filter((tick) => tick >= low && tick <= high);
  return within.length > 1 ? within : evenTicks(low, high);
}

/** Multiples of 1, 2 or 5 powers of ten, two to six of them. */
function evenTicks(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / 2));
  const step = [5, 2, 1].map((factor) => factor * power).find((one) => (high - low) / one >= 2) ?? power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The least and the largest finite value, some way apart. */
export function extent(values: readonly number[]): [number, number] {
  const low = values.filter(Number.isFinite).reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), -Infinity);
  return high > low ? [low, high] : [low - (Math.abs(low) || 1), low + (Math.abs(low) || 1)];
}
