/**
 * Diagonal ellipsoids A = diag(a), a > 0: everything but where a comes from.
 *
 *   Av = a ⊙ v      A⁻¹v = v ⊘ a      ‖v‖_A = √Σ aᵢvᵢ²
 */
import { requireLength } from "../check.ts";
import { weightedDot } from "../vector/kernels.ts";
import { flatLayout, type Layout } from "../vector/layout.ts";
import type { State } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";
import { type Ellipsoid, makeNorm } from "./make-norm.ts";
import type { Norm } from "./norm.ts";

/** The part of a diagonal norm that has a state. */
export interface DiagonalAccumulator {
  /** a, [d]; rewritten in place by `update`, `probe` and `restore`. */
  readonly diagonal: Float64Array;
  update(gradient: Vector): void;
  probe?: Norm["probe"];
  state(): State;
  restore(state: State): void;
}

/** A norm from a rule that makes accumulators of a given layout. */
export function diagonalNorm(
  name: string,
  accumulator: (layout: Layout) => DiagonalAccumulator,
  layout?: Layout,
): Norm {
  return makeNorm(name, (layout) => diagonalEllipsoid(accumulator(layout)), layout);
}

function diagonalEllipsoid(accumulator: DiagonalAccumulator): Ellipsoid {
  const { diagonal } = accumulator;
  return {
    ...accumulator,
    size: diagonal.length,
    apply(v, out, power) {
      if (power === 1) for (let i = 0; i < v.length; i++) out[i] = diagonal[i] * v[i];
      else if (power === -1) for (let i = 0; i < v.length; i++) out[i] = v[i] / diagonal[i];
      else for (let i = 0; i < v.length; i++) out[i] = Math.sqrt(diagonal[i]) * v[i];
      return out;
    },
    norm: (v) => Math.sqrt(weightedDot(diagonal, v, v)),
    eigenvalues: () => diagonal,
  };
}

/** A fixed diagonal: no state, nothing learnt from gradients. */
function fixed(diagonal: Float64Array): DiagonalAccumulator {
  return { diagonal, update() {}, state: () => ({ scalars: {}, vectors: {} }), restore() {} };
}

/** The Euclidean norm, A = I: the ordinary trust region. */
export function euclidean(): Norm {
  return diagonalNorm("euclidean", ({ size }) => fixed(new Float64Array(size).fill(1)));
}

/**
 * A given diagonal, never updated.
 *
 * @param values - a, [d], each finite and > 0; copied.
 * @throws {RangeError} if an entry is not > 0; {ShapeError} when used with vectors of another length.
 * @example
 * norms.diagonal([4, 9]).norm(Float64Array.of(1, 0)); // => 2
 */
export function diagonal(values: ArrayLike<number>): Norm {
  const a = Float64Array.from(values);
  const bad = a.findIndex((value) => !(value > 0 && value < Infinity));
  if (bad >= 0) throw new RangeError(`norms.diagonal: every entry must be > 0, got ${a[bad]} at ${bad}.`);
  const bindTo = ({ size }: Layout) => {
    requireLength("norms.diagonal", "vector", { length: size }, a.length);
    return fixed(a);
  };
  return diagonalNorm("diagonal", bindTo, flatLayout(a.length));
}

export interface ClipOptions {
  /** Least entry of A; > 0. */
  readonly min: number;
  /** Largest entry of A; ≥ min; defaults to no limit. */
  readonly max?: number;
}

/** x ↦ min(max, max(min, x)). */
export function clamp(where: string, { min, max = Infinity }: ClipOptions): (entry: number) => number {
  if (!(min > 0 && min <= max)) throw new RangeError(`${where}: need 0 < min <= max, got min = ${min}, max = ${max}.`);
  return (entry) => Math.min(max, Math.max(min, entry));
}

/**
 * A diagonal norm with its entries clipped to [min, max]: with both limits finite any norm, Adagrad's included, becomes
 * uniformly equivalent. Takes the settings of `norm`, not its state.
 *
 * @example
 * norms.clipped(norms.adagrad(), { min: 1e-8, max: 1e4 });
 */
export function clipped(norm: Norm, limits: ClipOptions): Norm {
  const limit = clamp("norms.clipped", limits);
  const name = `clipped(${norm.name})`;
  return diagonalNorm(name, (layout) => {
    const inner = norm.fresh(layout);
    const source = inner.diagonal;
    if (source === undefined) throw new TypeError(`norms.clipped: norm must be diagonal, got ${norm.name}.`);
    const a = new Float64Array(layout.size);
    const clip = () => {
      for (let i = 0; i < a.length; i++) a[i] = limit(source[i]);
    };
    clip();
    return {
      diagonal: a,
      update(gradient) {
        inner.update(gradient);
        clip();
      },
      async probe(multiply, point) {
        await inner.probe(multiply, point);
        clip();
      },
      state: () => inner.state(),
      restore(state) {
        inner.restore(state);
        clip();
      },
    };
  });
}
