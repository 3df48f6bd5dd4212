/** Checks of arguments: misuse throws at once and reads `where: what must hold, got what.` */
import { ShapeError } from "./errors.ts";

export function requirePositive(where: string, what: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${where}: ${what} must be > 0, got ${value}.`);
}

/** Requires a finite number ≥ 0. */
export function requireNonNegative(where: string, what: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${where}: ${what} must be >= 0, got ${value}.`);
}

/** Requires a finite number > 1. */
export function requireFactor(where: string, what: string, value: number): void {
  if (!(value > 1 && value < Infinity)) throw new RangeError(`${where}: ${what} must be > 1, got ${value}.`);
}

/** Requires low < value < high, both excluded. */
export function requireBetween(where: string, what: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) {
    throw new RangeError(`${where}: ${what} must be in (${low}, ${high}), got ${value}.`);
  }
}

export function requireInteger(where: string, what: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${where}: ${what} must be an integer >= ${least}, got ${value}.`);
  }
}

export function requireOneOf<T>(where: string, what: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(`${where}: ${what} must be one of ${allowed.join(", ")}, got ${value}.`);
  }
}

export function requireLength(where: string, what: string, value: { readonly length: number }, length: number): void {
  if (value.length !== length) {
    throw new ShapeError(`${where}: ${what} must have shape [${length}], got [${value.length}].`);
  }
}

/** Refuses options that nobody reads, with the nearest name that somebody does. */
export function requireKnown(where: string, options: object | undefined, known: readonly string[]): void {
  for (const name of Object.keys(options ?? {})) {
    if (known.includes(name)) continue;
    const farness = (other: string) => distance(name, other) - sharedStart(name, other);
    const nearest = [...known].sort((a, b) => farness(a) - farness(b))[0];
    const isNear = distance(name, nearest) <= Math.max(name.length, nearest.length) / 2;
    throw new TypeError(
      isNear
        ? `${where}: no option is named ${name}, did you mean ${nearest}?`
        : `${where}: options must be among ${known.join(", ")}, got ${name}.`,
    );
  }
}

/** Letters with which both begin. */
function sharedStart(a: string, b: string): number {
  let count = 0;
  while (count < a.length && a[count].toLowerCase() === b[count]?.toLowerCase()) count++;
  return count;
}

/** Letters to change, insert or drop between two names, whatever their case. */
function distance(a: string, b: string): number {
  const [s, t] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const next = [i];
    for (let j = 1; j <= t.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(s[i - 1] !== t[j - 1]));
    }
    row = next;
  }
  return row[t.length];
}
