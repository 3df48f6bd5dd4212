/**
 * The Lanczos process in the A-inner product: an A-orthonormal basis in which B is tridiagonal.
 *
 *   QᵀAQ = I      QᵀBQ = T = tridiag(δ_0 … δ_k; γ_1 … γ_k)      BQ = AQT + γ_{k+1} A q_{k+1} e_kᵀ
 *
 * Symbols: t unnormalised dual vector (A times the next basis vector), y = A⁻¹t, γ = √⟨t, y⟩, q = y/γ, w = t/γ = Aq.
 * References: [GouldLucidiRomaToint1999], [ConnGouldToint2000, Alg. 5.2.1].
 */
import { requireLength } from "../check.ts";
import { axpby, axpy, dot, scale } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { tridiagonalEigen } from "./symmetric-eigen.ts";

/** A of the inner product ⟨u, v⟩_A = uᵀAv, such as a norm. */
export interface Metric {
  /** v ↦ Av, into `out` when given. */
  multiply(v: Vector, out?: Vector): Vector;
  /** v ↦ A⁻¹v, into `out` when given. */
  solve(v: Vector, out?: Vector): Vector;
}

export interface LanczosOptions {
  /** For messages of misuse. */
  readonly where: string;
  /** v ↦ Bv, symmetric. */
  multiply(v: Vector): Vector | Promise<Vector>;
  readonly metric: Metric;
  /** t, a dual vector such as the gradient; q_0 = A⁻¹t/γ_0. Only read. */
  readonly start: Vector;
  /**
   * Basis vectors so far, to which the new ones are kept A-orthogonal and appended. Absent: nothing is stored, O(d)
   * memory.
   */
  readonly basis?: Vector[];
}

export interface LanczosStep {
  /** q_k; new. */
  readonly vector: Vector;
  /** Bq_k. */
  readonly product: Vector;
  /** δ_k. */
  readonly diagonal: number;
  /** γ_{k+1}: 0 when the space is invariant. */
  readonly coupling: number;
}

export interface Lanczos {
  /** γ_0 = ‖start‖_{A⁻¹}. */
  readonly startNorm: number;
  /** One product. NaN or infinite numbers in the answer mean that the product was not finite. */
  step(): Promise<LanczosStep>;
}

export function lanczos({ where, multiply, metric, start, basis }: LanczosOptions): Lanczos {
  const t = start.slice();
  if (basis !== undefined) orthogonalize(t, basis, metric, 2);
  const y = metric.solve(t);
  let gamma = Math.sqrt(dot(t, y));
  let previous: Vector | undefined; // w_{k−1}

  return {
    startNorm: gamma,
    async step() {
      const q = y.slice();
      scale(1 / gamma, q);
      const w = t.slice();
      scale(1 / gamma, w);
      basis?.push(q);
      const product = await multiply(q);
      requireLength(where, "product Bv", product, t.length);
      const diagonal = dot(q, product);
      // t ← Bq − δw − γw₋₁
      t.set(product);
      axpy(-diagonal, w, t);
      if (previous !== undefined) axpy(-gamma, previous, t);
      if (basis !== undefined) orthogonalize(t, basis, metric, 1);
      previous = w;
      metric.solve(t, y);
      gamma = Math.sqrt(Math.max(0, dot(t, y)));
      return { vector: q, product, diagonal, coupling: gamma };
    },
  };
}

/** t ← t − A Σ ⟨q_i, t⟩ q_i. Classical Gram–Schmidt: one pass where t is nearly orthogonal already, two otherwise. */
function orthogonalize(t: Vector, basis: readonly Vector[], metric: Metric, passes: 1 | 2): void {
  for (let pass = 0; pass < passes && basis.length > 0; pass++) {
    const along = t.slice().fill(0);
    for (const q of basis) axpy(dot(q, t), q, along);
    axpby(-1, metric.multiply(along, along), 1, t);
  }
}

/** An approximate eigenpair of (B, A) from a Krylov space. */
export interface RitzPair {
  /** θ. */
  readonly value: number;
  /** First entry of the unit eigenvector of T: its share of the start vector. */
  readonly first: number;
  /** γ_{k+1} times the last entry: ‖Bu − θAu‖_{A⁻¹} up to its sign, so that some eigenvalue lies within. */
  readonly residual: number;
}

/** All k Ritz pairs, θ ascending, in O(k²); `couplings` holds γ_1 … γ_{k+1}. */
export function ritzPairs(diagonal: readonly number[], couplings: readonly number[]): RitzPair[] {
  const ends = new Float64Array(2 * diagonal.length);
  ends[0] = 1;
  ends[ends.length - 1] = 1;
  const { values, vectors } = tridiagonalEigen(diagonal, couplings, ends);
  const out = couplings[couplings.length - 1];
  return Array.from(values, (value, i) => ({ value, first: vectors[2 * i], residual: out * vectors[2 * i + 1] }));
}
