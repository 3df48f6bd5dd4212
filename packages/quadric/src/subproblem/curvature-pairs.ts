/**
 * Directions of earlier conjugate gradients as a preconditioner of the next: what one subproblem has learnt about B does not get
 * lost with the next point, where B is nearly the same.
 *
 *   H₀ = γA⁻¹     H_i = (I − s_i y_iᵀ)H_{i−1}(I − y_i s_iᵀ) + s_i s_iᵀ     P⁻¹ = H_m     γ = 10·max_i 1/⟨y_i, A⁻¹y_i⟩
 *
 * Symbols: s_i = p/√⟨p, Bp⟩ of a direction p of earlier solves, the newest last, y_i = Bs_i as it was then, so that
 * ⟨s_i, y_i⟩ = 1; A ellipsoid, m pairs. P⁻¹ takes the newest y to its s and the others nearly: what has been seen of B, its large
 * eigenvalues first, becomes one. What has not been seen is that of A over γ, for which 1/⟨y, A⁻¹y⟩ is a unit, so that the scale of
 * the loss does not matter; the 10 is measured (docs/decisions/defaults.md).
 * Cost: 4m inner products and updates of length d for an application, 4md numbers of memory.
 * References: [MoralesNocedal2000], [NocedalWright2006, Algorithm 7.4].
 */
import { requireInteger } from "../check.ts";
import { ShapeError } from "../errors.ts";
import { identity } from "../linalg/symmetric-eigen.ts";
import { shiftedInverse } from "../linalg/triangular.ts";
import { twoLoop } from "../linalg/two-loop.ts";
import type { Norm } from "../norm/norm.ts";
import { dot, scale } from "../vector/kernels.ts";
import type { State } from "../vector/state.ts";
import { type Dtype, dtypeOf, type Vector, zeros } from "../vector/vector.ts";

/** A value: a solve returns new ones. */
export interface CurvaturePairs {
  /** m. */
  readonly capacity: number;
  /** Rows s_i, [m × d], the newest last. Those not filled yet are zero and come first. */
  readonly s: Vector;
  /** Rows y_i, likewise. */
  readonly y: Vector;
  /** R⁻¹, [m × m], of the upper triangle R of ⟨s_i, y_j⟩ with ones where a row is empty; where a compiled solve has needed it. */
  readonly inverse?: Float64Array;
  /** Where the rows lie. */
  readonly tape: Tape;
  /** The row of the tape behind the last. */
  readonly end: number;
}

/** Memory of 2m rows along which pairs move, so that new rows cost no copy of the old ones. */
interface Tape {
  readonly s: Vector;
  readonly y: Vector;
  /** Rows that are written. */
  used: number;
}

/** γ over the largest 1/⟨y, A⁻¹y⟩. */
export const unseenScale = 10;

/**
 * What the first of a row of solves starts with; each answer's `pairs` are those for the next.
 *
 * @param capacity - m ≥ 1, how many directions are kept.
 * @throws {RangeError} if the capacity is not a positive integer.
 */
export function noPairs(capacity: number, size: number, dtype: Dtype): CurvaturePairs {
  requireInteger("curvaturePairs", "capacity", capacity, 1);
  const tape = { s: zeros(2 * capacity * size, dtype), y: zeros(2 * capacity * size, dtype), used: capacity };
  return onTape(tape, capacity, capacity);
}

/** The m rows of a tape that end before row `end`. */
function onTape(tape: Tape, capacity: number, end: number): CurvaturePairs {
  const size = tape.s.length / (2 * capacity);
  const rows = (of: Vector) => of.subarray((end - capacity) * size, end * size);
  return { capacity, s: rows(tape.s), y: rows(tape.y), tape, end };
}

/** The pairs with k rows behind them, [k × d] each, k ≤ m, the oldest left out. */
export function withRows(pairs: CurvaturePairs, s: Vector, y: Vector, inverse?: Float64Array): CurvaturePairs {
  const { capacity } = pairs;
  const size = pairs.s.length / capacity;
  let { tape, end } = pairs;
  const count = s.length / size;
  if (end !== tape.used || end + count > 2 * capacity) {
    const fresh = noPairs(capacity, size, dtypeOf(pairs.s)).tape;
    fresh.s.set(pairs.s);
    fresh.y.set(pairs.y);
    [tape, end] = [fresh, capacity];
  }
  tape.s.set(s, end * size);
  tape.y.set(y, end * size);
  tape.used = end + count;
  return { ...onTape(tape, capacity, end + count), ...(inverse && { inverse }) };
}

/** R⁻¹, worked out anew where the pairs do not have it. */
export function inverseOf(pairs: CurvaturePairs): Float64Array {
  if (pairs.inverse) return pairs.inverse;
  const { capacity } = pairs;
  const count = countPairs(pairs);
  const columns = Float64Array.from({ length: count * capacity }, (_, k) =>
    dot(rowOf(pairs, "s", k % capacity), rowOf(pairs, "y", capacity - count + Math.floor(k / capacity))),
  );
  return shiftedInverse(identity(capacity), capacity, columns);
}

/** s_i or y_i. */
function rowOf(pairs: CurvaturePairs, of: "s" | "y", i: number): Vector {
  const size = pairs.s.length / pairs.capacity;
  return pairs[of].subarray(i * size, (i + 1) * size);
}

/** How many rows are filled. */
export function countPairs(pairs: CurvaturePairs): number {
  const { capacity } = pairs;
  let empty = 0;
  while (empty < capacity && rowOf(pairs, "y", empty).every((x) => x === 0)) empty++;
  return capacity - empty;
}

/** A direction p with κ = ⟨p, Bp⟩ > 0. */
export interface SeenDirection {
  readonly p: Vector;
  readonly Bp: Vector;
  readonly kappa: number;
}

/** The pairs with those of a solve behind them. */
export function withDirections(pairs: CurvaturePairs, seen: readonly SeenDirection[]): CurvaturePairs {
  const size = pairs.s.length / pairs.capacity;
  const last = seen.slice(-pairs.capacity);
  const rows = (of: "p" | "Bp"): Vector => {
    const all = zeros(last.length * size, dtypeOf(pairs.s));
    last.forEach((direction, i) => {
      const row = all.subarray(i * size, (i + 1) * size);
      row.set(direction[of]);
      scale(1 / Math.sqrt(direction.kappa), row);
    });
    return all;
  };
  return withRows(pairs, rows("p"), rows("Bp"));
}

/** r ↦ P⁻¹r, into `out`. @throws {ShapeError} if the pairs are not of length `size`. */
export function preconditionerOf(pairs: CurvaturePairs, norm: Norm, size: number): (r: Vector, out?: Vector) => Vector {
  const { capacity } = pairs;
  if (pairs.s.length !== capacity * size) {
    throw new ShapeError(`curvaturePairs: s must have shape [${capacity}, ${size}], got [${pairs.s.length}] numbers.`);
  }
  const count = countPairs(pairs);
  if (count === 0) return (r, out) => norm.solve(r, out);
  const list = Array.from({ length: count }, (_, i) => {
    return { s: rowOf(pairs, "s", capacity - count + i), y: rowOf(pairs, "y", capacity - count + i), sy: 1 };
  });
  const gamma = unseenScale * Math.max(...list.map(({ y }) => 1 / dot(y, norm.solve(y))));
  const applyFirst = (q: Vector) => {
    norm.solve(q, q);
    scale(gamma, q);
  };
  return (r, out = r.slice()) => {
    if (out !== r) out.set(r);
    twoLoop(list, applyFirst, out);
    return out;
  };
}

/** Plain data for a checkpoint: the rows that are filled. */
export function pairsState(pairs: CurvaturePairs): State {
  const { capacity, s, y, inverse } = pairs;
  const count = countPairs(pairs);
  const filled = (rows: Vector) => rows.subarray(rows.length - (count * s.length) / capacity);
  if (count === 0) return { scalars: { count }, vectors: {} };
  return { scalars: { count }, vectors: { s: filled(s), y: filled(y), ...(inverse && { inverse }) } };
}

/** The pairs of such data; none where there are none. */
export function pairsOf(state: State | undefined, capacity: number, size: number, dtype: Dtype): CurvaturePairs {
  const empty = noPairs(capacity, size, dtype);
  if (!state?.scalars.count) return empty;
  const { s, y, inverse } = state.vectors;
  return withRows(empty, s, y, inverse && Float64Array.from(inverse));
}
