/**
 * The diagonal of an operator from products with random signs.
 *
 *   diag(B) ≈ mean of z ⊙ (Bz),   standard error of entry i: √(Σ_{j≠i} B_ij² / m)
 *
 * Symbols: z random signs, m products. In the A-norm: `estimateDiagonal(whitened(B, A))`.
 * References: [Bekas2007], [Hutchinson1990].
 */
import { requireInteger } from "../check.ts";
import { makeRandom, signVector } from "../vector/random.ts";
import type { LinearOperator } from "./operator.ts";

export interface DiagonalOptions {
  /** m, integer ≥ 1; defaults to 30. */
  readonly products?: number;
  /** Seed of the signs; defaults to 0. */
  readonly seed?: number;
}

export interface DiagonalEstimate {
  /** [d]. */
  readonly values: Float64Array;
  /** Of every entry, from the spread of its samples; NaN for m = 1. */
  readonly standardErrors: Float64Array;
  readonly products: number;
}

/**
 * diag(B) by Hutchinson's estimate.
 *
 * @throws {RangeError} if an option is out of range.
 */
export async function estimateDiagonal(
  operator: LinearOperator,
  { products = 30, seed = 0 }: DiagonalOptions = {},
): Promise<DiagonalEstimate> {
  requireInteger("estimateDiagonal", "products", products, 1);
  const { size, dtype = "float64" } = operator;
  const values = new Float64Array(size);
  const squares = new Float64Array(size); // Σ (sample − mean)², updated along with the mean
  for (let k = 1; k <= products; k++) {
    const z = signVector(makeRandom(seed, k), size, dtype);
    const Bz = await operator.multiply(z);
    for (let i = 0; i < size; i++) {
      const change = z[i] * Bz[i] - values[i];
      values[i] += change / k;
      squares[i] += change * (z[i] * Bz[i] - values[i]);
    }
  }
  return { values, standardErrors: squares.map((sum) => Math.sqrt(sum / (products * (products - 1)))), products };
}
