/**
 * The Lanczos process in the A-inner product: an A-orthonormal basis in which B is tridiagonal.
 *
 *   QᵀAQ = I      QᵀBQ = T = tridiag(δ_0 … δ_k; γ_1 … γ_k)      BQ = AQT + γ_{k+1} A q_{k+1} e_kᵀ
 *
 * Symbols: t unnormalised dual vector (A times the next basis vector), y = A⁻¹t, γ = √⟨t, y⟩, q = y/γ, w = t/γ = Aq.
 * References: [GouldLucidiRomaToint1999], [ConnGouldToint2000, Alg. 5.2.1].
 */
import { requireLength } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import { axpby, axpy, dot, scale } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";

export interface LanczosOptions {
  /** For messages of misuse. */
  readonly where: string;
  /** v ↦ Bv, symmetric. */
  multiply(v: Vector): Vector | Promise<Vector>;
  readonly norm: Norm;
  /** t, a dual vector such as the gradient; q_0 = A⁻¹t/γ_0. Only read. */
  readonly start: Vector;
  /** Basis vectors so far, to which the new ones are kept A-orthogonal and appended. Absent: nothing is stored, O(d) memory. */
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

export function lanczos({ where, multiply, norm, start, basis }: LanczosOptions): Lanczos {
  const t = start.slice();
  if (basis !== undefined) orthogonalize(t, basis, norm, 2);
  const y = norm.solve(t);
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
      if (basis !== undefined) orthogonalize(t, basis, norm, 1);
      previous = w;
      norm.solve(t, y);
      gamma = Math.sqrt(Math.max(0, dot(t, y)));
      return { vector: q, product, diagonal, coupling: gamma };
    },
  };
}

/** t ← t − A Σ ⟨q_i, t⟩ q_i. Classical Gram–Schmidt: one pass where t is nearly orthogonal already, two otherwise. */
function orthogonalize(t: Vector, basis: readonly Vector[], norm: Norm, passes: 1 | 2): void {
  for (let pass = 0; pass < passes && basis.length > 0; pass++) {
    const along = t.slice().fill(0);
    for (const q of basis) axpy(dot(q, t), q, along);
    axpby(-1, norm.multiply(along, along), 1, t);
  }
}
