/** What all norms share: settings that become a matrix with a state once the layout of the vector is known. */
import { requireLength } from "../check.ts";
import { dot, extremes } from "../vector/kernels.ts";
import { flatLayout, type Layout } from "../vector/layout.ts";
import type { State } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";
import type { Norm } from "./norm.ts";
import { normBounds } from "./uniform-equivalence.ts";

export type Power = 1 | -1 | 0.5;

/** A bound norm: see `Norm` for what each member means. */
export interface Ellipsoid {
  readonly size: number;
  readonly diagonal?: Float64Array;
  /** v ↦ A^p v for p = 1, −1 and ½. */
  apply(v: Vector, out: Vector, power: Power): Vector;
  /** ‖v‖_A; absent: √⟨v, Av⟩. */
  norm?(v: Vector): number;
  /** Eigenvalues of A, in any order. */
  eigenvalues(): Iterable<number>;
  update(gradient: Vector): void;
  probe?: Norm["probe"];
  state(): State;
  restore(state: State): void;
}

/**
 * A norm from its recipe. Until `fresh` binds it to a layout, it binds itself to the length of the first vector it
 * sees.
 */
export function makeNorm(name: string, recipe: (layout: Layout) => Ellipsoid, layout?: Layout): Norm {
  let bound = layout && recipe(layout);
  const seen = (v: Vector) => {
    bound ??= recipe(flatLayout(v.length));
    requireLength(name, "vector", v, bound.size);
    return bound;
  };
  const current = () => {
    if (bound === undefined) throw new RangeError(`${name}: norm must be bound to a size. Call fresh(layout) first.`);
    return bound;
  };
  return {
    name,
    get diagonal() {
      return bound?.diagonal;
    },
    multiply: (v, out = v.slice()) => seen(v).apply(v, out, 1),
    solve: (v, out = v.slice()) => seen(v).apply(v, out, -1),
    root: (v, out = v.slice()) => seen(v).apply(v, out, 0.5),
    norm(v) {
      const ellipsoid = seen(v);
      return ellipsoid.norm?.(v) ?? Math.sqrt(Math.max(0, dot(v, ellipsoid.apply(v, v.slice(), 1))));
    },
    update: (gradient) => seen(gradient).update(gradient),
    probe: async (multiply, point) => current().probe?.(multiply, point),
    bounds() {
      const values = current().eigenvalues();
      return normBounds(...extremes(values instanceof Float64Array ? values : Float64Array.from(values)));
    },
    trace() {
      let sum = 0;
      for (const value of current().eigenvalues()) sum += value;
      return sum;
    },
    fresh: (layout) => makeNorm(name, recipe, layout),
    state: () => current().state(),
    restore: (state) => current().restore(state),
  };
}
