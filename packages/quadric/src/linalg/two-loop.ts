/**
 * The inverse matrix of BFGS from pairs of a step and what the matrix makes of it, without the matrix:
 *
 *   H_i = (I − ρ s_i y_iᵀ)H_{i−1}(I − ρ y_i s_iᵀ) + ρ s_i s_iᵀ     ρ = 1/⟨s_i, y_i⟩
 *
 * References: [NocedalWright2006, Algorithm 7.4].
 */
import { axpy, dot } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";

export interface SecantPair {
  readonly s: Vector;
  readonly y: Vector;
  /** ⟨s, y⟩ > 0. */
  readonly sy: number;
}

/**
 * r ← H_m r.
 *
 * @param pairs - the newest last.
 * @param applyFirst - q ← H₀q.
 * Cost: 4m inner products and updates.
 */
export function twoLoop(pairs: readonly SecantPair[], applyFirst: (q: Vector) => void, r: Vector): void {
  const alphas: number[] = [];
  for (const { s, y, sy } of pairs.toReversed()) {
    const alpha = dot(s, r) / sy;
    alphas.push(alpha);
    axpy(-alpha, y, r);
  }
  applyFirst(r);
  for (const { s, y, sy } of pairs) axpy(alphas.pop()! - dot(y, r) / sy, s, r);
}
