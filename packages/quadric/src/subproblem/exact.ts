/**
 * The subproblem solved densely: the reference for all other solvers, d up to about 500.
 *
 *   A = CCᵀ,   B̃ = C⁻¹BC⁻ᵀ,   g̃ = C⁻¹g,   s = C⁻ᵀs̃       (C = A^{1/2} when A is diagonal)
 *   min  g̃ᵀs̃ + ½ s̃ᵀB̃s̃  subject to ‖s̃‖ ≤ Δ,   or  + (σ/3)‖s̃‖³
 *
 * In the new variables the norm is Euclidean and λ is unchanged. B̃ is diagonalised, after which any radius is solved
 * at once.
 * References: [ConnGouldToint2000, section 7.3].
 */
import { requireInteger, requirePositive } from "../check.ts";
import { assemble } from "../curvature/dense.ts";
import { cholesky, solveLower, solveUpper } from "../linalg/cholesky.ts";
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";
import type { Norm } from "../norm/norm.ts";
import { allFinite, axpy, dot } from "../vector/kernels.ts";
import { dtypeOf, zeros } from "../vector/vector.ts";
import { type Region, solveSecular } from "./secular.ts";
import type { Model } from "./solver.ts";
import type { Outcome, Step } from "./step.ts";

export type ExactOptions = {
  /** At least d, which is what the answer costs; defaults to no limit. */
  readonly maxProducts?: number;
  /** Bytes that may be kept for `atRadius` (8d² are needed); defaults to 0. */
  readonly memoryBudget?: number;
} & Region;

/**
 * The global minimiser for d products and about 10d³ operations.
 *
 * @param options - `radius`, Δ > 0; or `sigma`, σ > 0, for the cubic model.
 * @returns the step with its multiplier λ; outcome "interior", "boundary", "hard-case" or "nonfinite" (zero step).
 * @throws {RangeError} if an option is out of range; {ShapeError} if g, B and A disagree on d.
 */
export async function exact(options: Model & ExactOptions): Promise<Step> {
  const { gradient, norm, radius, sigma, memoryBudget = 0 } = options;
  const size = gradient.length;
  if (radius !== undefined) requirePositive("exact", "radius", radius);
  else requirePositive("exact", "sigma", sigma as number);
  requireInteger("exact", "maxProducts", options.maxProducts ?? size, size);
  const region: Region = radius !== undefined ? { radius } : { sigma: sigma as number };

  const B = await assemble({ size, dtype: dtypeOf(gradient), multiply: (v) => options.multiply(v) }, "exact");
  const answer = (s: Float64Array, multiplier: number | undefined, modelDecrease: number, outcome: Outcome): Step => {
    const step = zeros(size, dtypeOf(gradient));
    step.set(s);
    return { step, stepNorm: norm.norm(step), multiplier, modelDecrease, outcome, products: size };
  };
  if (!allFinite(B) || !allFinite(gradient)) return answer(new Float64Array(size), undefined, 0, "nonfinite");

  const { whiten, unwhiten } = await whitening(norm, size);
  const g = whiten(Float64Array.from(gradient));
  const { values, vectors } = symmetricEigen(congruence(B, size, whiten), size);
  const vector = (i: number) => vectors.subarray(i * size, (i + 1) * size);
  const c = values.map((_, i) => dot(vector(i), g));
  const solve = (region: Region): Step => {
    const { coordinates, multiplier, decrease, outcome } = solveSecular(values, c, region);
    const s = new Float64Array(size);
    coordinates.forEach((x, i) => {
      axpy(x, vector(i), s);
    });
    return answer(unwhiten(s), multiplier, decrease, outcome);
  };
  const kept = 8 * size * size <= memoryBudget;
  const atRadius = async (value: number): Promise<Step> => ({
    ...solve(radius !== undefined ? { radius: value } : { sigma: value }),
    products: 0,
    atRadius,
  });
  return { ...solve(region), ...(kept && { atRadius }) };
}

/** C⁻¹ and C⁻ᵀ, in place, for A = CCᵀ. */
async function whitening(
  norm: Norm,
  size: number,
): Promise<Record<"whiten" | "unwhiten", (v: Float64Array) => Float64Array>> {
  norm.norm(new Float64Array(size)); // binds a norm that no layout has bound yet
  const { diagonal } = norm;
  if (diagonal !== undefined) {
    const divide = (v: Float64Array) => {
      for (let i = 0; i < size; i++) v[i] /= Math.sqrt(diagonal[i]);
      return v;
    };
    return { whiten: divide, unwhiten: divide };
  }
  const A = await assemble({ size, multiply: (v) => norm.multiply(v) });
  const { factor, failure } = cholesky(A, size);
  if (failure) throw new RangeError(`exact: norm must be positive definite, failed at pivot ${failure.pivot}.`);
  return { whiten: (v) => solveLower(factor, size, v), unwhiten: (v) => solveUpper(factor, size, v) };
}

/** C⁻¹MC⁻ᵀ of a symmetric M: C⁻¹ applied to all rows, transposed, and once more; made exactly symmetric. */
function congruence(M: Float64Array, size: number, whiten: (v: Float64Array) => Float64Array): Float64Array {
  let result = M;
  for (let side = 0; side < 2; side++) {
    const next = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const row = whiten(result.slice(i * size, (i + 1) * size));
      for (let j = 0; j < size; j++) next[j * size + i] = row[j];
    }
    result = next;
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const mean = 0.5 * (result[i * size + j] + result[j * size + i]);
      result[i * size + j] = mean;
      result[j * size + i] = mean;
    }
  }
  return result;
}
