/** Checks of arguments: misuse throws at once and reads `where: what must hold, got what.` */
import { ShapeError } from "./errors.ts";

export function requirePositive(where: string, what: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${where}: ${what} must be > 0, got ${value}.`);
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
