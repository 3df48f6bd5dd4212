/** Where fields are evaluated, and what they are made of. */
import { numpy as np } from "@jax-js/jax";
import { ConfigError } from "../errors.ts";
import type { Random } from "../vector/random.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type Jet, moved, type Read, Scope } from "./jet.ts";

/** What a solution is made of: arrays of numbers that are adjusted until the equations hold. */
export interface Unknown {
  /** Its arrays at the start. */
  init(random: Random): Tensor[];
}

/** What a field is made of. */
export interface Source {
  /** Names of the coordinates that it depends on. */
  readonly coordinates: ReadonlySet<string>;
  readonly unknowns: ReadonlySet<Unknown>;
  /** Value, and derivatives along the axes, at a place. */
  jet(place: Place, axes: readonly string[]): Jet;
}

/** Points at which fields are evaluated, and numbers for the unknowns; what has been computed there is kept. */
export class Place {
  readonly scope: Scope = new Scope();
  /** Of every coordinate, [n]. */
  private readonly columns: ReadonlyMap<string, np.Array>;
  private readonly arrays: ReadonlyMap<Unknown, readonly np.Array[]>;
  /** The place from which this one differs in one coordinate. */
  private readonly outer: { readonly place: Place; readonly coordinate: string } | undefined;
  private readonly jets = new Map<Source, Map<string, Jet>>();
  private readonly fixed = new Map<string, Place>();

  constructor(
    columns: ReadonlyMap<string, np.Array>,
    arrays: ReadonlyMap<Unknown, readonly np.Array[]>,
    outer?: { readonly place: Place; readonly coordinate: string },
  ) {
    this.columns = columns;
    this.arrays = arrays;
    this.outer = outer;
  }

  /** A new reference. */
  column(name: string): np.Array {
    const column = this.columns.get(name);
    if (!column) {
      const known = [...this.columns.keys()].join(", ");
      throw new ConfigError(`solve: the points must have a coordinate ${name}, got ${known}.`);
    }
    return column.ref;
  }

  arraysOf(unknown: Unknown): readonly Read[] {
    return this.arrays.get(unknown)!.map((array) => () => array.ref);
  }

  jet(source: Source, axes: readonly string[]): Jet {
    if (this.outer && !source.coordinates.has(this.outer.coordinate)) return this.outer.place.jet(source, axes);
    const key = axes.join();
    const known = this.jets.get(source) ?? new Map<string, Jet>();
    this.jets.set(source, known);
    let jet = known.get(key);
    if (!jet) {
      jet = source.jet(this, axes);
      known.set(key, jet);
    }
    return jet;
  }

  /** The value of a source, [n]; belongs to the caller. */
  valueOf(source: Source): np.Array {
    return this.filled(this.jet(source, []).value());
  }

  /** The same points with one number for all in some coordinates. */
  withFixed(values: Readonly<Record<string, number>>): Place {
    const key = JSON.stringify(values);
    const known = this.fixed.get(key);
    if (known) return known;
    const columns = new Map(this.columns);
    for (const [name, value] of Object.entries(values)) {
      const column = this.zeros().add(value);
      columns.set(name, column);
      this.scope.keep(column);
    }
    const place = new Place(columns, this.arrays);
    this.fixed.set(key, place);
    return place;
  }

  /** Frees what has been computed. */
  dispose(): void {
    for (const place of this.fixed.values()) place.dispose();
    this.scope.dispose();
  }

  /** The same points with another column for a coordinate, for a function of that column. */
  along(coordinate: string, f: (place: Place) => np.Array): { column: Read; f: (column: np.Array) => np.Array } {
    return {
      column: () => this.column(coordinate),
      f: (column) => {
        const columns = new Map(this.columns).set(coordinate, column);
        const inside = new Place(columns, this.arrays, { place: this, coordinate });
        const value = f(inside);
        inside.dispose();
        column.dispose();
        return value;
      },
    };
  }

  /** One number for all points as a number for each; consumes its argument. */
  filled(x: np.Array): np.Array {
    return x.shape.length > 0 ? x : x.add(this.zeros());
  }

  zeros(): np.Array {
    const [column] = this.columns.values();
    return np.zerosLike(column.ref);
  }

  ones(): np.Array {
    const [column] = this.columns.values();
    return np.onesLike(column.ref);
  }
}

const union = <T>(sets: readonly ReadonlySet<T>[]): ReadonlySet<T> => new Set(sets.flatMap((set) => [...set]));

/** A source that depends on what its parts depend on, and on further unknowns. */
export function combine(parts: readonly Source[], jet: Source["jet"], ...own: readonly Unknown[]): Source {
  return {
    coordinates: union(parts.map(({ coordinates }) => coordinates)),
    unknowns: union([...parts.map(({ unknowns }) => unknowns), new Set(own)]),
    jet,
  };
}

/** One whose derivatives come from its value at moved points. */
export function byMoving(parts: readonly Source[], value: (place: Place) => np.Array): Source {
  const source: Source = combine(parts, (place, axes) => {
    const along = axes.map((axis) => place.along(axis, (inside) => inside.jet(source, []).value()));
    return moved(
      place.scope,
      place.scope.once(() => value(place)),
      along,
    );
  });
  return source;
}
