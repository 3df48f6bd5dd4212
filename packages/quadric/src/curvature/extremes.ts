/**
 * The two ends of the spectrum by Lanczos from a random vector.
 *
 *   Bu = θAu,   ‖u‖_A = 1,   |θ − λ| ≤ ‖Bu − θAu‖_{A⁻¹} for some eigenvalue λ
 *
 * A random start has a component along every eigenvector, so no end is missed for want of one; how soon an end shows
 * depends on its distance to the rest.
 * References: [GolubVanLoan2013, section 10.1].
 */
import { requireBetween, requireInteger } from "../check.ts";
import { lanczos, ritzPairs } from "../linalg/lanczos.ts";
import { identity, tridiagonalEigen } from "../linalg/symmetric-eigen.ts";
import { euclidean } from "../norm/diagonal.ts";
import type { Norm } from "../norm/norm.ts";
import { axpy } from "../vector/kernels.ts";
import { makeRandom, normalVector } from "../vector/random.ts";
import { type Vector, zeros } from "../vector/vector.ts";
import type { LinearOperator } from "./operator.ts";

export interface ExtremesOptions {
  /** A; defaults to the Euclidean norm: the eigenvalues of B itself. */
  readonly norm?: Norm;
  /** Stops once both errors are at most this share of max |θ|; in (0, 1); defaults to 1e-3. */
  readonly tolerance?: number;
  /** Integer ≥ 1; defaults to 100. No more than d are needed. */
  readonly maxProducts?: number;
  /** Seed of the start vector; defaults to 0. */
  readonly seed?: number;
}

export interface Eigenpair {
  /** θ, an outermost Ritz value: never beyond the true end. */
  readonly value: number;
  /** ‖Bu − θAu‖_{A⁻¹}. */
  readonly error: number;
  /** u, [d], ‖u‖_A = 1. */
  readonly vector: Vector;
}

export interface Extremes {
  readonly min: Eigenpair;
  readonly max: Eigenpair;
  readonly outcome: "converged" | "max-products" | "nonfinite";
  readonly products: number;
}

/**
 * Smallest and largest eigenvalue of B, or of the pencil (B, A).
 *
 * Cost: one product per Lanczos vector, all of which are kept.
 *
 * @returns pairs of NaN with zero vectors if the very first product is not finite.
 * @throws {RangeError} if an option is out of range.
 */
export async function extremeEigenvalues(
  operator: LinearOperator,
  { norm = euclidean(), tolerance = 1e-3, maxProducts = 100, seed = 0 }: ExtremesOptions = {},
): Promise<Extremes> {
  requireBetween("extremeEigenvalues", "tolerance", tolerance, 0, 1);
  requireInteger("extremeEigenvalues", "maxProducts", maxProducts, 1);
  const { size, dtype = "float64" } = operator;
  const most = Math.min(size, maxProducts);
  const basis: Vector[] = [];
  const start = norm.root(normalVector(makeRandom(seed), size, dtype));
  const multiply = (v: Vector) => operator.multiply(v);
  const process = lanczos({ where: "extremeEigenvalues", multiply, metric: norm, start, basis });
  const diagonal: number[] = [];
  const couplings: number[] = [];
  let products = 0;
  let outcome: Extremes["outcome"] | undefined;

  while (outcome === undefined) {
    const step = await process.step();
    products++;
    if (!Number.isFinite(step.diagonal + step.coupling)) {
      outcome = "nonfinite";
      break;
    }
    diagonal.push(step.diagonal);
    couplings.push(step.coupling);
    const pairs = ritzPairs(diagonal, couplings);
    const [low, high] = [pairs[0], pairs[pairs.length - 1]];
    const scale = Math.max(Math.abs(low.value), Math.abs(high.value));
    const error = Math.max(Math.abs(low.residual), Math.abs(high.residual));
    if (products === size || error <= tolerance * scale) outcome = "converged";
    else if (products === most) outcome = "max-products";
  }

  const k = diagonal.length;
  const { values, vectors } = tridiagonalEigen(diagonal, couplings, identity(k));
  const pair = (i: number): Eigenpair => {
    const vector = zeros(size, dtype);
    for (let j = 0; j < k; j++) axpy(vectors[i * k + j], basis[j], vector);
    return {
      value: values[i] ?? Number.NaN,
      error: Math.abs((couplings[k - 1] ?? Number.NaN) * vectors[i * k + k - 1]),
      vector,
    };
  };
  return { min: pair(0), max: pair(Math.max(0, k - 1)), outcome, products };
}
