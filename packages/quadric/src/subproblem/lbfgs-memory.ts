/**
 * Limited-memory BFGS preconditioner: what one subproblem has learnt about B preconditions the next, where B is nearly
 * the same.
 *
 *   H₀ = γA⁻¹     H_i = (I − s_i y_iᵀ)H_{i−1}(I − y_i s_iᵀ) + s_i s_iᵀ     P⁻¹ = H_m     γ = 10·max_i 1/⟨y_i, A⁻¹y_i⟩
 *
 * Symbols: s_i = p/√⟨p, Bp⟩ of a direction p of previous solves, the newest last, y_i = Bs_i as it was then, so that
 * ⟨s_i, y_i⟩ = 1; A ellipsoid, m correction pairs. P⁻¹ satisfies the secant equation P⁻¹y = s for the newest pair and
 * nearly so for older ones, so the preconditioned B has eigenvalues near 1 on their span. On the complement it equals
 * γA⁻¹; γ makes the preconditioner independent of the scale of the loss. The factor 10 is empirical
 * (docs/decisions/defaults.md).
 * Cost: 4m inner products and updates of length d for an application, 4md numbers of memory. A program applies the same
 * matrix in its compact form (compiler/staged-lbfgs.ts), since products with [m × d] matrices are what an engine is
 * fast at; on the host the two-loop recursion needs no R⁻¹.
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

/** Correction pairs. A value: a solve returns new ones. */
export interface LbfgsMemory {
  /** m. */
  readonly memory: number;
  /** Rows s_i, [m × d], the newest last. Those not filled yet are zero and come first. */
  readonly s: Vector;
  /** Rows y_i, likewise. */
  readonly y: Vector;
  /**
   * R⁻¹, [m × m], of the upper triangle R of ⟨s_i, y_j⟩ with ones for empty rows; if a compiled solve has needed it.
   */
  readonly inverse?: Float64Array;
  /** Where the rows lie. */
  readonly buffer: RowBuffer;
  /** The row of the buffer after the newest. */
  readonly head: number;
}

/** Space for 2m rows, through which the m newest slide, so that a new row copies no old ones. */
interface RowBuffer {
  readonly s: Vector;
  readonly y: Vector;
  /** Rows that are written. */
  used: number;
}

/** γ over the largest 1/⟨y, A⁻¹y⟩. */
export const initialScaling = 10;

/** 16 MB of float32 rows fit a cache; with fewer than 64 of them a preconditioner costs more than it saves. */
const [cachedNumbers, fewest] = [2 ** 21, 64];

/**
 * How many correction pairs of d parameters to keep: at most `most`, and no more than a cache holds; 0 if too few fit. At
 * most d, since older ones than the d newest say nothing new.
 */
export function fittingMemory(size: number, most: number): number {
  const fits = Math.floor(cachedNumbers / size);
  return fits > fewest ? Math.min(most, size, fits) : 0;
}

/**
 * What the first of several solves starts with; each step's `preconditioner` is that of the next.
 *
 * @param memory - m ≥ 1, how many correction pairs are kept.
 * @throws {RangeError} if the memory is not a positive integer.
 */
export function emptyMemory(memory: number, size: number, dtype: Dtype): LbfgsMemory {
  requireInteger("emptyMemory", "memory", memory, 1);
  const buffer = { s: zeros(2 * memory * size, dtype), y: zeros(2 * memory * size, dtype), used: memory };
  return upTo(buffer, memory, memory);
}

/** One of the same size that holds no pairs. */
export function emptied({ memory, s }: LbfgsMemory): LbfgsMemory {
  return emptyMemory(memory, s.length / memory, dtypeOf(s));
}

/** The m rows of a buffer that end before row `head`. */
function upTo(buffer: RowBuffer, memory: number, head: number): LbfgsMemory {
  const size = buffer.s.length / (2 * memory);
  const rows = (of: Vector) => of.subarray((head - memory) * size, head * size);
  return { memory, s: rows(buffer.s), y: rows(buffer.y), buffer, head };
}

/** With k more rows, [k × d] each, k ≤ m, the oldest left out. */
export function append(pairs: LbfgsMemory, s: Vector, y: Vector, inverse?: Float64Array): LbfgsMemory {
  const { memory } = pairs;
  const size = pairs.s.length / memory;
  let { buffer, head } = pairs;
  const count = s.length / size;
  if (head !== buffer.used || head + count > 2 * memory) {
    const fresh = emptied(pairs).buffer;
    fresh.s.set(pairs.s);
    fresh.y.set(pairs.y);
    [buffer, head] = [fresh, memory];
  }
  buffer.s.set(s, head * size);
  buffer.y.set(y, head * size);
  buffer.used = head + count;
  return { ...upTo(buffer, memory, head + count), ...(inverse && { inverse }) };
}

/** R⁻¹, computed again if the pairs do not have it. */
export function inverseOf(pairs: LbfgsMemory): Float64Array {
  if (pairs.inverse) return pairs.inverse;
  const { memory } = pairs;
  const count = countPairs(pairs);
  const columns = Float64Array.from({ length: count * memory }, (_, k) =>
    dot(rowOf(pairs, "s", k % memory), rowOf(pairs, "y", memory - count + Math.floor(k / memory))),
  );
  return shiftedInverse(identity(memory), memory, columns);
}

/** s_i or y_i. */
function rowOf(pairs: LbfgsMemory, of: "s" | "y", i: number): Vector {
  const size = pairs.s.length / pairs.memory;
  return pairs[of].subarray(i * size, (i + 1) * size);
}

/** How many rows are filled. */
export function countPairs(pairs: LbfgsMemory): number {
  const { memory } = pairs;
  let empty = 0;
  while (empty < memory && rowOf(pairs, "y", empty).every((x) => x === 0)) empty++;
  return memory - empty;
}

/** A direction p with κ = ⟨p, Bp⟩ > 0. */
export interface CgDirection {
  readonly p: Vector;
  readonly Bp: Vector;
  readonly kappa: number;
}

/** The pairs followed by those of a solve. */
export function appendDirections(pairs: LbfgsMemory, directions: readonly CgDirection[]): LbfgsMemory {
  const size = pairs.s.length / pairs.memory;
  const newest = directions.slice(-pairs.memory);
  const rows = (of: "p" | "Bp"): Vector => {
    const all = zeros(newest.length * size, dtypeOf(pairs.s));
    newest.forEach((direction, i) => {
      const row = all.subarray(i * size, (i + 1) * size);
      row.set(direction[of]);
      scale(1 / Math.sqrt(direction.kappa), row);
    });
    return all;
  };
  return append(pairs, rows("p"), rows("Bp"));
}

/** @throws {ShapeError} if the pairs are not of length `size`. */
export function requireMemoryOf({ memory, s }: LbfgsMemory, size: number): void {
  if (s.length === memory * size) return;
  throw new ShapeError(`steihaug: preconditioner must hold pairs of length ${size}, got ${s.length / memory}.`);
}

/** r ↦ P⁻¹r, into `out`. @throws {ShapeError} if the pairs are not of length `size`. */
export function lbfgsPreconditioner(pairs: LbfgsMemory, norm: Norm, size: number): (r: Vector, out?: Vector) => Vector {
  requireMemoryOf(pairs, size);
  const { memory } = pairs;
  const count = countPairs(pairs);
  if (count === 0) return (r, out) => norm.solve(r, out);
  const list = Array.from({ length: count }, (_, i) => {
    return { s: rowOf(pairs, "s", memory - count + i), y: rowOf(pairs, "y", memory - count + i), sy: 1 };
  });
  const gamma = initialScaling * Math.max(...list.map(({ y }) => 1 / dot(y, norm.solve(y))));
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
export function memoryState(pairs: LbfgsMemory): State {
  const { memory, s, y, inverse } = pairs;
  const count = countPairs(pairs);
  const filled = (rows: Vector) => rows.subarray(rows.length - (count * s.length) / memory);
  if (count === 0) return { scalars: { count }, vectors: {} };
  return { scalars: { count }, vectors: { s: filled(s), y: filled(y), ...(inverse && { inverse }) } };
}

/** The memory of such data; an empty one if there are none. */
export function memoryOf(state: State | undefined, memory: number, size: number, dtype: Dtype): LbfgsMemory {
  const empty = emptyMemory(memory, size, dtype);
  if (!state?.scalars.count) return empty;
  const { s, y, inverse } = state.vectors;
  return append(empty, s, y, inverse && Float64Array.from(inverse));
}
