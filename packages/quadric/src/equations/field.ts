/**
 * Functions of a point, as expressions: coordinates, networks, unknown numbers, and what arithmetic makes of them.
 *
 *   u.mul(derivative(u, x)).sub(derivative(u, x, x).mul(0.1))
 *
 * A field holds no numbers. Where it is evaluated, every array that it reads is a new reference, so nobody who writes an
 * equation counts references.
 */
import type { numpy as np } from "@jax-js/jax";
import { composed, linear, plus, type Scalar, times } from "./jet.ts";
import { byMoving, combine, type Source } from "./place.ts";
import { power, scalars } from "./scalars.ts";

/**
 * A function of the point. `add`, `sub`, `mul` and `div` take fields and numbers; nothing is consumed.
 *
 * @example
 * const [x, t] = coordinates("x", "t");
 * const wave = x.sub(t.mul(40)).sin();
 */
export class Field {
  /** @internal */
  readonly source: Source;

  /** @internal */
  constructor(source: Source) {
    this.source = source;
  }

  private map(phi: Scalar): Field {
    const { source } = this;
    return new Field(combine([source], (place, axes) => composed(place.scope, place.jet(source, axes), phi)));
  }

  private linearly(f: (y: np.Array) => np.Array, ofValue = f): Field {
    const { source } = this;
    return new Field(combine([source], (place, axes) => linear(place.scope, place.jet(source, axes), f, ofValue)));
  }

  private with(other: Field, join: typeof plus): Field {
    const parts = [this.source, other.source];
    return new Field(
      combine(parts, (place, axes) => join(place.scope, place.jet(parts[0], axes), place.jet(parts[1], axes))),
    );
  }

  add(other: Field | number): Field {
    requireOperand("add", other);
    return typeof other === "number"
      ? this.linearly(
          (y) => y,
          (y) => y.add(other),
        )
      : this.with(other, plus);
  }

  sub(other: Field | number): Field {
    requireOperand("sub", other);
    return this.add(typeof other === "number" ? -other : other.neg());
  }

  mul(other: Field | number): Field {
    requireOperand("mul", other);
    return typeof other === "number" ? this.linearly((y) => y.mul(other)) : this.with(other, times);
  }

  div(other: Field | number): Field {
    requireOperand("div", other);
    return this.mul(typeof other === "number" ? 1 / other : other.map(scalars.reciprocal));
  }

  neg(): Field {
    return this.linearly((y) => y.neg());
  }

  /** To the power of a number; whole ones from 1 on are products. */
  pow(exponent: number): Field {
    if (!Number.isFinite(exponent)) throw new RangeError(`pow: the exponent must be finite, got ${exponent}.`);
    if (exponent === 0) return this.mul(0).add(1);
    if (exponent < 0) return this.pow(-exponent).map(scalars.reciprocal);
    if (Number.isInteger(exponent)) {
      const half = exponent > 1 ? this.pow(Math.floor(exponent / 2)) : this;
      if (exponent === 1) return this;
      return exponent % 2 === 0 ? half.mul(half) : half.mul(half).mul(this);
    }
    return this.map(power(exponent));
  }

  /**
   * The field where coordinates have these numbers, such as u(0, t): it no longer depends on them.
   *
   * @example
   * const isPeriodic = u.at({ x: 0 }).sub(u.at({ x: 1 }));
   */
  at(values: Readonly<Record<string, number>>): Field {
    const { source } = this;
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) throw new RangeError(`at: ${name} must be finite, got ${value}.`);
    }
    const isFree = (name: string) => !Object.hasOwn(values, name);
    return new Field({
      ...source,
      coordinates: new Set([...source.coordinates].filter(isFree)),
      jet(place, axes) {
        const { value, slopes, laplacian } = place.withFixed(values).jet(source, axes.filter(isFree));
        let next = 0;
        return { value, slopes: axes.map((axis) => (isFree(axis) ? slopes[next++] : undefined)), laplacian };
      },
    });
  }

  square(): Field {
    return this.mul(this);
  }

  sin(): Field {
    return this.map(scalars.sin);
  }

  cos(): Field {
    return this.map(scalars.cos);
  }

  tanh(): Field {
    return this.map(scalars.tanh);
  }

  exp(): Field {
    return this.map(scalars.exp);
  }

  log(): Field {
    return this.map(scalars.log);
  }

  sqrt(): Field {
    return this.map(scalars.sqrt);
  }

  abs(): Field {
    return this.map(scalars.abs);
  }

  sigmoid(): Field {
    return this.map(scalars.sigmoid);
  }
}

function requireOperand(where: string, other: unknown): void {
  if (other instanceof Field || (typeof other === "number" && Number.isFinite(other))) return;
  throw new TypeError(`${where}: an operand must be a field or a finite number, got ${String(other)}.`);
}

/**
 * The coordinates of points, by name. Measured values are coordinates of their points, too.
 *
 * @throws {RangeError} if a name is missing or twice there.
 * @example
 * const [x, t] = coordinates("x", "t");
 */
export function coordinates<const Names extends readonly string[]>(...names: Names): { [K in keyof Names]: Field } {
  if (new Set(names).size < Math.max(1, names.length)) {
    throw new RangeError(`coordinates: need one or more names, each once, got ${names.join(", ") || "none"}.`);
  }
  return names.map(coordinate) as { [K in keyof Names]: Field };
}

const nameOf = new WeakMap<Field, string>();

function coordinate(name: string): Field {
  const field = new Field({
    coordinates: new Set([name]),
    unknowns: new Set(),
    jet: (place, axes) => ({
      value: () => place.column(name),
      slopes: axes.map((axis) => (axis === name ? place.scope.once(() => place.ones()) : undefined)),
      laplacian: undefined,
    }),
  });
  nameOf.set(field, name);
  return field;
}

export const isCoordinate = (field: Field): boolean => nameOf.has(field);

/** The name of a coordinate. */
export function coordinateName(where: string, field: Field): string {
  const name = nameOf.get(field);
  if (name === undefined) throw new TypeError(`${where}: must be one of the coordinates, got another field.`);
  return name;
}

/**
 * Any jax-js function of numbers, applied at every point: f takes an array [n] for each field, consumes it as jax-js functions do,
 * and returns [n].
 *
 * @example
 * const upwind = apply((a, b) => np.maximum(a, b), u, v);
 */
export function apply(f: (...values: np.Array[]) => np.Array, ...fields: readonly Field[]): Field {
  const parts = fields.map(({ source }) => source);
  return new Field(byMoving(parts, (place) => f(...parts.map((part) => place.valueOf(part)))));
}
