/**
 * The trace of an operator from products with random signs.
 *
 *   Hutchinson   tr B ≈ mean of zᵀBz                                         standard error √(2/m)·‖offdiag B‖_F
 *   Hutch++      tr B = tr QᵀBQ + tr (I−QQᵀ)B(I−QQᵀ),  Q = orth(BS)          error O(1/m)·tr B for B ⪰ 0
 *
 * Symbols: z, S random signs, m products. Hutch++ takes what a third of the products can span out of the sum exactly
 * and leaves only the rest to chance. In the A-norm: `estimateTrace(whitened(B, A))`, the trace of A⁻¹B.
 * References: [Hutchinson1990], [Meyer2021, Hutch++].
 */
import { requireInteger, requireOneOf } from "../check.ts";
import { axpy, dot, norm2, scale } from "../vector/kernels.ts";
import { makeRandom, signVector } from "../vector/random.ts";
import type { Vector } from "../vector/vector.ts";
import type { LinearOperator } from "./operator.ts";

export interface TraceOptions {
  /** m; integer ≥ 3 for Hutch++, ≥ 1 for Hutchinson; defaults to 30. */
  readonly products?: number;
  /** Defaults to "hutch++". */
  readonly method?: "hutchinson" | "hutch++";
  /** Seed of the signs; defaults to 0. */
  readonly seed?: number;
}

export interface TraceEstimate {
  /** NaN if a product was not finite. */
  readonly value: number;
  /** Of the random part, from the spread of its samples; NaN for a single one, 0 when nothing is left to chance. */
  readonly standardError: number;
  readonly products: number;
}

/**
 * tr B for a symmetric B.
 *
 * @throws {RangeError} if an option is out of range.
 */
export async function estimateTrace(
  operator: LinearOperator,
  { products = 30, method = "hutch++", seed = 0 }: TraceOptions = {},
): Promise<TraceEstimate> {
  requireOneOf("estimateTrace", "method", method, ["hutchinson", "hutch++"]);
  requireInteger("estimateTrace", "products", products, method === "hutch++" ? 3 : 1);
  const { size, dtype = "float64" } = operator;
  let spent = 0;
  const product = (v: Vector) => {
    spent++;
    return operator.multiply(v);
  };
  const signs = () => signVector(makeRandom(seed, spent), size, dtype);

  const basis: Vector[] = [];
  let known = 0;
  if (method === "hutch++") {
    for (let k = Math.min(size, Math.floor(products / 3)); k > 0; k--) {
      const y = await product(signs());
      const length = norm2(y);
      remove(basis, y);
      if (norm2(y) <= 1e-6 * length) continue; // in the span already, to the precision of float32
      scale(1 / norm2(y), y);
      basis.push(y);
    }
    for (const q of basis) known += dot(q, await product(q));
  }
  if (basis.length === size) return { value: known, standardError: 0, products: spent };

  const samples: number[] = [];
  while (spent < products) {
    const z = signs();
    remove(basis, z);
    samples.push(dot(z, await product(z)));
  }
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  const spread = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const standardError = Math.sqrt(spread / (samples.length * (samples.length - 1)));
  return { value: known + mean, standardError, products: spent };
}

/** v ← (I − QQᵀ)v, twice. */
function remove(basis: readonly Vector[], v: Vector): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) axpy(-dot(q, v), q, v);
}
