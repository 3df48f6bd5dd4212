/**
 * The method of Moré and Sorensen for the Euclidean ball: Newton on 1/‖s(λ)‖ = 1/Δ with Cholesky factors of M + λI.
 *
 *   s(λ) = −(M + λI)⁻¹g,   λ⁺ = λ + (‖s‖/‖y‖)²·(‖s‖ − Δ)/Δ,   Ly = s,   LLᵀ = M + λI
 *
 * Every factorisation moves an end of [λ_L, λ_U] ∋ λ*: failure and ‖s‖ > Δ the lower, ‖s‖ < Δ the upper. When ‖s‖ < Δ,
 * a unit z with zᵀ(M + λI)z small carries s to the boundary; if that costs little, it is the answer (hard case).
 * References: [MoreSorensen1983], [ConnGouldToint2000, Alg. 7.3.4].
 */
import { cholesky, smallestDirection, solveLower, solveUpper } from "../../src/linalg/cholesky.ts";
import type { SecularSolution } from "../../src/subproblem/secular.ts";
import type { Step } from "../../src/subproblem/step.ts";
import { axpy, dot, norm2 } from "../../src/vector/kernels.ts";
import type { KnownProblem } from "./random-problems.ts";

export interface DenseSolution extends Pick<SecularSolution, "multiplier" | "decrease" | "outcome"> {
  readonly step: Float64Array;
}

/**
 * The minimiser of gᵀs + ½sᵀMs in ‖s‖ ≤ Δ, to a relative accuracy κ of ‖s‖ = Δ and, in the hard case, of the decrease.
 * Undefined when the bracket of λ has closed without an answer, which extreme hard cases do.
 *
 * @param M - row-major symmetric matrix, d² numbers.
 */
export function moreSorensen(
  M: Float64Array,
  g: Float64Array,
  radius: number,
  kappa: number,
): DenseSolution | undefined {
  const d = g.length;
  const row = (i: number) => M.subarray(i * d, (i + 1) * d);
  const answer = (step: Float64Array, multiplier: number, outcome: DenseSolution["outcome"]): DenseSolution => {
    const decrease = -dot(g, step) - 0.5 * step.reduce((sum, x, i) => sum + x * dot(row(i), step), 0);
    return { step, multiplier, decrease: Math.max(0, decrease), outcome };
  };

  // λ lies between ‖g‖/Δ − λ_max(M) and ‖g‖/Δ − λ_min(M), whose bounds are Gershgorin's, the Frobenius and the ∞-norm.
  let [lowest, highest, widest, least] = [Infinity, -Infinity, 0, Infinity];
  for (let i = 0; i < d; i++) {
    const sum = row(i).reduce((sum, x) => sum + Math.abs(x), 0);
    const diagonal = row(i)[i];
    const off = sum - Math.abs(diagonal);
    lowest = Math.min(lowest, diagonal - off);
    highest = Math.max(highest, diagonal + off);
    widest = Math.max(widest, sum);
    least = Math.min(least, diagonal);
  }
  const size = Math.min(widest, norm2(M));
  const pull = norm2(g) / radius;
  let low = Math.max(0, -least, pull - Math.min(highest, size));
  let high = Math.max(0, pull + Math.min(-lowest, size));
  const between = () => Math.max(Math.sqrt(low * high), low + 0.01 * (high - low));
  let lambda = low === 0 ? 0 : between();

  for (let pass = 0; pass < 50; pass++) {
    if (pass > 0 && high - low <= 4 * Number.EPSILON * high) return undefined;
    const { factor, failure } = cholesky(M, d, lambda);
    if (failure !== undefined) {
      // v with (M + λI + δe_ke_kᵀ)v = 0 and v_k = 1 has vᵀ(M + λI)v = −δ, so −λ_min ≥ λ + δ/‖v‖².
      const { pivot, deficit } = failure;
      const v = factor.slice(pivot * d, pivot * d + pivot);
      solveUpper(factor, d, v, pivot);
      low = Math.max(low, lambda, lambda + deficit / (1 + dot(v, v)));
      lambda = between();
      continue;
    }
    const s = solveUpper(
      factor,
      d,
      solveLower(
        factor,
        d,
        g.map((x) => -x),
      ),
    );
    const length = norm2(s);
    if (lambda === 0 && length <= radius) return answer(s, 0, "interior");
    if (Math.abs(length - radius) <= kappa * radius) return answer(s, lambda, "boundary");

    const y = solveLower(factor, d, s.slice());
    let next = lambda + ((length - radius) / radius) * (dot(s, s) / dot(y, y));
    if (length > radius) low = lambda;
    else {
      high = lambda;
      const z = smallestDirection(factor, d);
      const curvature = z.reduce((sum, x, i) => sum + x * dot(row(i), z), 0) + lambda; // zᵀ(M + λI)z
      // The root of ‖s + az‖ = Δ of smaller size: on the boundary it has the lower model value.
      const along = dot(s, z);
      const room = (radius - length) * (radius + length);
      const a = room / (along + (along < 0 ? -1 : 1) * Math.sqrt(along * along + room));
      if (a * a * curvature <= kappa * (-dot(g, s) + lambda * radius * radius)) {
        axpy(a, z, s);
        return answer(s, lambda, "hard-case");
      }
      low = Math.max(low, lambda - curvature);
      if (next >= low && next <= high && cholesky(M, d, next).failure !== undefined) {
        low = Math.max(low, next);
        next = Number.NaN;
      }
    }
    lambda = next >= low && next <= high ? next : between();
  }
  return undefined;
}

/** The step of a problem with a diagonal A, in the variables A^{1/2}s; undefined as above. */
export function stepByCholesky(
  { rows, gradient, metric }: Pick<KnownProblem, "rows" | "gradient" | "metric">,
  radius: number,
  kappa: number,
): Omit<Step, "products"> | undefined {
  const root = Array.from(metric, Math.sqrt);
  const M = Float64Array.from(rows.flatMap((row, i) => row.map((x, j) => x / (root[i] * root[j]))));
  const solution = moreSorensen(
    M,
    gradient.map((x, i) => x / root[i]),
    radius,
    kappa,
  );
  if (!solution) return undefined;
  const { step, decrease, ...rest } = solution;
  return { ...rest, step: step.map((x, i) => x / root[i]), stepNorm: norm2(step), modelDecrease: decrease };
}
