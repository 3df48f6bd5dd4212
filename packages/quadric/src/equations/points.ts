/** Sets of points at which equations are to hold. */
import { requireInteger, requireKnown } from "../check.ts";
import { ShapeError } from "../errors.ts";
import { makeRandom, type Random } from "../vector/random.ts";
import { sobolPoints } from "./sobol.ts";

/** An interval for each coordinate, or the one number that it has. */
export type Domain = Readonly<Record<string, readonly [low: number, high: number] | number>>;

export interface PointSet {
  readonly coordinates: readonly string[];
  readonly count: number;
  /**
   * A column for each coordinate. The same seed and stream draw the same points; sets without chance are always the same.
   *
   * @param count - of points; defaults to that of the set.
   */
  draw(seed: number, stream?: number, count?: number): Float64Array[];
  /** Whether there is something to redraw. */
  readonly isRandom: boolean;
}

/** Numbers in [0, 1) for each of some dimensions. */
type Unit = (count: number, dimensions: number, random: Random) => Float64Array[];

function shuffled(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const units = {
  uniform: (count, dimensions, random) => {
    const columns = Array.from({ length: dimensions }, () => new Float64Array(count));
    for (let i = 0; i < count; i++) for (const column of columns) column[i] = random.uniform();
    return columns;
  },
  latinHypercube: (count, dimensions, random) =>
    Array.from({ length: dimensions }, () =>
      Float64Array.from(shuffled(random, count), (cell) => (cell + random.uniform()) / count),
    ),
  sobol: (count, dimensions, random) => {
    const shift = Uint32Array.from({ length: dimensions }, () => random.integer(2 ** 32));
    return sobolPoints(count, dimensions, shift);
  },
} satisfies Record<string, Unit>;

function requireDomain(where: string, domain: Domain): void {
  if (Object.keys(domain).length === 0) throw new RangeError(`${where}: the domain must have a coordinate, got none.`);
  for (const [name, part] of Object.entries(domain)) {
    const isNumber = typeof part === "number" && Number.isFinite(part);
    const isInterval = Array.isArray(part) && part.length === 2 && part.every(Number.isFinite) && part[0] < part[1];
    if (!isNumber && !isInterval) {
      throw new RangeError(
        `${where}: ${name} must be [low, high] with low < high or a number, got ${JSON.stringify(part)}.`,
      );
    }
  }
}

const isInterval = (part: Domain[string]): part is readonly [number, number] => typeof part !== "number";

/** Numbers of [0, 1) stretched over the intervals; constant coordinates take none. */
function stretched(domain: Domain, columns: readonly Float64Array[], count: number): Float64Array[] {
  let next = 0;
  return Object.values(domain).map((part) => {
    if (!isInterval(part)) return new Float64Array(count).fill(part);
    const [low, high] = part;
    return columns[next++].map((x) => low + (high - low) * x);
  });
}

type RandomPoints = (domain: Domain, count: number) => PointSet;

function drawn(where: string, unit: Unit): RandomPoints {
  return (domain, count) => {
    requireDomain(where, domain);
    requireInteger(where, "count", count, 1);
    const dimensions = Object.values(domain).filter(isInterval).length;
    return {
      coordinates: Object.keys(domain),
      count,
      isRandom: dimensions > 0,
      draw: (seed, stream = 0, size = count) =>
        stretched(domain, dimensions > 0 ? unit(size, dimensions, makeRandom(seed, stream)) : [], size),
    };
  };
}

const constant = (coordinates: readonly string[], columns: readonly Float64Array[]): PointSet => ({
  coordinates,
  count: columns[0].length,
  isRandom: false,
  draw: () => columns.map((column) => column.slice()),
});

/** Equidistant points, ends included: `counts` of them along each interval, or a number for each by name. */
function grid(domain: Domain, counts: number | Readonly<Record<string, number>>): PointSet {
  requireDomain("points.grid", domain);
  const axes = Object.entries(domain).map(([name, part]) => {
    if (!isInterval(part)) return [part];
    const n = typeof counts === "number" ? counts : counts?.[name];
    requireInteger("points.grid", `the count along ${name}`, n, 2);
    return Array.from({ length: n }, (_, i) => part[0] + ((part[1] - part[0]) * i) / (n - 1));
  });
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  let block = count;
  const columns = axes.map((axis) => {
    block /= axis.length;
    const size = block;
    return Float64Array.from({ length: count }, (_, i) => axis[Math.floor(i / size) % axis.length]);
  });
  return constant(Object.keys(domain), columns);
}

/** Random points on the faces at which one of the coordinates `of`, all by default, is at an end, in turn. */
function boundary(domain: Domain, count: number, options: { readonly of?: readonly string[] } = {}): PointSet {
  const where = "points.boundary";
  requireKnown(where, options, ["of"]);
  const { of } = options;
  requireDomain(where, domain);
  requireInteger(where, "count", count, 1);
  const names = Object.keys(domain);
  const ends = (of ?? names.filter((name) => isInterval(domain[name]))).flatMap((name) => {
    const part = domain[name];
    if (part === undefined || !isInterval(part)) {
      throw new RangeError(`${where}: ${name} must have an interval in the domain, got ${JSON.stringify(part)}.`);
    }
    return part.map((end) => ({ name, end }));
  });
  if (ends.length === 0) throw new RangeError(`${where}: the domain must have an interval, got none.`);
  const dimensions = names.filter((name) => isInterval(domain[name])).length;
  return {
    coordinates: names,
    count,
    isRandom: dimensions > 1,
    draw(seed, stream = 0, size = count) {
      const columns = stretched(domain, units.uniform(size, dimensions, makeRandom(seed, stream)), size);
      for (let i = 0; i < size; i++) {
        const { name, end } = ends[i % ends.length];
        columns[names.indexOf(name)][i] = end;
      }
      return columns;
    },
  };
}

/** These very points: a column for each coordinate, of measured values too. */
function at(columns: Readonly<Record<string, ArrayLike<number>>>): PointSet {
  const entries = Object.entries(columns);
  for (const [name, column] of entries) {
    if (typeof column === "object" && column !== null && "length" in column) continue;
    throw new TypeError(`points.at: ${name} must be a list of numbers, such as [0.5], got ${JSON.stringify(column)}.`);
  }
  const count = entries[0]?.[1].length ?? 0;
  if (count === 0) throw new RangeError("points.at: need one or more points, got none.");
  for (const [name, column] of entries) {
    if (column.length !== count) {
      throw new ShapeError(`points.at: ${name} must have shape [${count}], got [${column.length}].`);
    }
    const wrong = Array.from(column).find((x) => !Number.isFinite(x));
    if (wrong !== undefined) throw new RangeError(`points.at: ${name} must be finite, got ${wrong}.`);
  }
  return constant(
    entries.map(([name]) => name),
    entries.map(([, column]) => Float64Array.from(column)),
  );
}

/**
 * Point sets: `uniform`, `latinHypercube` and `sobol` draw `count` points of a domain, `boundary` of its faces, `grid` has
 * equidistant ones, `at` those given. Sobol's points are shifted at random, so that they can be redrawn.
 *
 * @example
 * points.sobol({ x: [-1, 1], t: [0, 1] }, 2048);
 * points.grid({ x: [-1, 1], t: 0 }, 101); // t = 0 at all
 * points.boundary({ x: [-1, 1], t: [0, 1] }, 100, { of: ["x"] }); // x = −1 and x = 1
 * points.at({ t: [0, 1, 2], level: [3.1, 2.2, 1.9] }); // measurements
 */
export const points: {
  readonly uniform: RandomPoints;
  readonly latinHypercube: RandomPoints;
  readonly sobol: RandomPoints;
  readonly boundary: typeof boundary;
  readonly grid: typeof grid;
  readonly at: typeof at;
} = {
  uniform: drawn("points.uniform", units.uniform),
  latinHypercube: drawn("points.latinHypercube", units.latinHypercube),
  sobol: drawn("points.sobol", units.sobol),
  boundary,
  grid,
  at,
};
