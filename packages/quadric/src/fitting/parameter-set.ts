/**
 * Parameters as their user has them, by name or by number, some fixed, some tied to others, and the free ones z as a
 * vector:
 *
 *   p = p(z)      T = ∂p/∂z      ∂r/∂z = JT      Cov(p) = T Cov(z) Tᵀ
 */
import type { Bounds } from "./differences.ts";

/** By name, or a list. */
export type ParameterValues = readonly number[] | Readonly<Record<string, number>>;

export interface ParameterOptions<P extends ParameterValues> {
  /** Where the fit starts; its form is that of the parameters everywhere. */
  readonly start: P;
  /** [lower, upper] of some parameters, by name or number; ±Infinity for none. */
  readonly bounds?:
    | Readonly<Record<string, readonly [lower: number, upper: number]>>
    | readonly (readonly [number, number])[];
  /** Names (or numbers) of parameters that stay at their start. */
  readonly fixed?: readonly (keyof P | number)[];
  /** Parameters that are functions of the others, by name or number: { c: ({ a, b }) => a + b }. */
  readonly tied?: Readonly<Record<string, (parameters: P) => number>>;
}

export const parameterOptions = ["start", "bounds", "fixed", "tied"] as const;

export interface ParameterSet<P> {
  /** Of all parameters in the order of the model; "0", "1", … in a list. */
  readonly names: readonly string[];
  /** Their numbers in the order of the start. */
  readonly order: readonly number[];
  /** Of all, [d]. */
  readonly start: Float64Array;
  /** Numbers of the free ones among all. */
  readonly free: readonly number[];
  readonly tied: readonly number[];
  /** Of the free ones; undefined without. */
  readonly bounds: Bounds | undefined;
  /** All of them, from the free ones. */
  all(z: Float64Array): Float64Array;
  /** T, [d × m] row-major. */
  tangent(z: Float64Array): Float64Array;
  /** Whether all are free. */
  readonly isWhole: boolean;
  /** In the form of the user. */
  named(values: ArrayLike<number>): P;
}

export function requireFixed(where: string, fixed: unknown): void {
  if (Array.isArray(fixed)) return;
  throw new TypeError(`${where}: fixed must be a list of names, whose values are in start, got ${typeof fixed}.`);
}

/** @param ofModel - names in the order of the model, if it has one. */
export function parameterSet<P extends ParameterValues>(
  where: string,
  { start, bounds, fixed = [], tied = {} }: ParameterOptions<P>,
  ofModel?: readonly string[],
): ParameterSet<P> {
  requireFixed(where, fixed);
  if (typeof start !== "object" || start === null) {
    throw new TypeError(`${where}: start must be an object of numbers by name, or a list of them, got ${start}.`);
  }
  const isList = Array.isArray(start) || ArrayBuffer.isView(start);
  const given = Object.keys(start);
  const names = isList ? given : (ofModel ?? given);
  const missing = names.find((name) => !given.includes(name)) ?? given.find((name) => !names.includes(name));
  if (missing !== undefined || (ofModel && ofModel.length !== names.length)) {
    throw new TypeError(
      `${where}: start must have the parameters ${(ofModel ?? names).join(", ")}, got ${given.join(", ")}.`,
    );
  }
  const order = given.map((name) => names.indexOf(name));
  const values = Float64Array.from(names, (name) => Number((start as Record<string, number>)[name]));
  const d = values.length;
  if (d === 0) throw new RangeError(`${where}: start must have a parameter, got none.`);
  values.forEach((value, j) => {
    if (!Number.isFinite(value)) throw new RangeError(`${where}: start.${names[j]} must be finite, got ${value}.`);
  });
  const indexOf = (what: string, name: unknown): number => {
    const j = names.indexOf(String(name));
    if (j < 0)
      throw new RangeError(`${where}: ${what} must name parameters among ${names.join(", ")}, got ${String(name)}.`);
    return j;
  };
  const isFixed = new Set(fixed.map((name) => indexOf("fixed", name)));
  const ties = Object.entries(tied).map(([name, value]) => ({ j: indexOf("tied", name), value }));
  const isTied = new Set(ties.map(({ j }) => j));
  const [lower, upper] = [new Float64Array(d).fill(-Infinity), new Float64Array(d).fill(Infinity)];
  for (const [name, pair] of Object.entries(bounds ?? {})) {
    if (pair === undefined) continue;
    const j = indexOf("bounds", name);
    const [low = -Infinity, high = Infinity] = pair;
    if (!(low <= high))
      throw new RangeError(`${where}: bounds.${name} must be [lower, upper] with lower <= upper, got [${pair}].`);
    if (!(values[j] >= low && values[j] <= high) && !isTied.has(j)) {
      throw new RangeError(`${where}: start.${name} must be within its bounds [${low}, ${high}], got ${values[j]}.`);
    }
    if (isTied.has(j))
      throw new RangeError(`${where}: bounds must be of free parameters, got those of ${name}, which is tied.`);
    if (low === high) isFixed.add(j);
    [lower[j], upper[j]] = [low, high];
  }
  const free = names.flatMap((_, j) => (isFixed.has(j) || isTied.has(j) ? [] : [j]));
  const named = (all: ArrayLike<number>): P =>
    (isList ? Array.from(all) : Object.fromEntries(order.map((j) => [names[j], all[j]]))) as unknown as P;
  const isWhole = free.length === d;
  const isBounded = free.some((j) => lower[j] > -Infinity || upper[j] < Infinity);

  function all(z: Float64Array): Float64Array {
    if (isWhole) return z;
    const p = values.slice();
    free.forEach((j, k) => {
      p[j] = z[k];
    });
    for (const { j, value } of ties) p[j] = value(named(p));
    return p;
  }

  return {
    ...{ names, order, start: values, free, tied: [...isTied], isWhole, all, named },
    bounds: isBounded
      ? { lower: Float64Array.from(free, (j) => lower[j]), upper: Float64Array.from(free, (j) => upper[j]) }
      : undefined,
    tangent(z) {
      const m = free.length;
      const T = new Float64Array(d * m);
      free.forEach((j, k) => {
        T[j * m + k] = 1;
      });
      if (ties.length === 0) return T;
      for (let k = 0; k < m; k++) {
        const h = Number.EPSILON ** (1 / 3) * (Math.abs(z[k]) || 1);
        const q = z.slice();
        q[k] = z[k] + h;
        const after = all(q);
        q[k] = z[k] - h;
        const before = all(q);
        for (const { j } of ties) T[j * m + k] = (after[j] - before[j]) / (after[free[k]] - before[free[k]]);
      }
      return T;
    },
  };
}
