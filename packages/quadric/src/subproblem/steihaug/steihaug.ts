/**
 * Steihaug–Toint truncated conjugate gradients for the ellipsoidal trust-region subproblem.
 *
 *   min_s  m(s) = gᵀs + ½ sᵀBs    subject to    ‖s‖_A = √(sᵀAs) ≤ Δ
 *
 * Symbols: g gradient [d], B curvature operator [d → d], A ellipsoid, Δ radius in ‖·‖_A, s step [d]. The iteration:
 * recurrence.ts.
 * Differs from scipy's trust-ncg in three things.
 * (1) The A-norm, and P = A or a limited-memory preconditioner from A and the directions of previous solves.
 * (2) The stopping rules. (3) A path can be cut again at a smaller radius without a product.
 * References: [Kohler2020, Algorithm 1], [ConnGouldToint2000, Alg. 7.5.1], [Steihaug1983], [Toint1981].
 */
import type { Model, SubproblemOptions } from "../solver.ts";
import type { Step } from "../step.ts";
import { eagerSteihaug } from "./eager.ts";
import { solveSteihaug } from "./solve.ts";

/**
 * Approximate minimiser of the trust-region model; B may be indefinite.
 *
 * Leaves on the boundary when an iterate would leave the region or when pᵀBp ≤ 0. Preconditioned with A, ‖s‖_A grows
 * from one iterate to the next and the first exit is the last. The first direction is −A⁻¹g, so the step is never worse
 * than the Cauchy point; if B ⪰ 0, run to its exit, it gets at least half of the optimal decrease. With a
 * `preconditioner` the first direction is −P⁻¹g and these bounds hold with the condition of P in A as a factor. At g =
 * 0 the step is zero.
 * Cost: one curvature product per iteration, and one the first time that the step is cut at another radius.
 * Memory: five vectors of length d, and one per iteration kept within `memoryBudget`; two more with a preconditioner.
 *
 * @param options.gradient - g, shape [d]; loss units per unit of parameter, mean over the batch.
 * @param options.multiply - v ↦ Bv, [d] → [d], symmetric, same batch as g.
 * @param options.norm - A, positive definite, size d.
 * @param options.radius - Δ > 0, a length in ‖·‖_A; treated as 1e10 when larger.
 * @param options.tolerance - κ in (0, 1), dimensionless; defaults to 0.1.
 * @param options.stoppingRule - "decrease" (default): stop once the last gain in model decrease is at most min(κ, √‖g‖)
 *   of the gains before it, first tested at the second product. "residual": once ‖r‖₂ ≤ min(κ, √‖g‖)·‖g‖₂.
 * @param options.maxProducts - integer ≥ 1; defaults to 50.
 * @param options.preconditioner - correction pairs of previous solves (lbfgs-memory.ts); the step has them with its
 *   own. Defaults to none.
 * @param options.memoryBudget - bytes for the path that lets `atRadius` cut the step at another radius; defaults to 0.
 * @returns step s [d], modelDecrease m(0) − m(s) ≥ 0 in loss units, outcome, products used; multiplier 0 inside the
 *   region, undefined on its boundary.
 * @throws {ShapeError} if g, B and A disagree on d.
 * @throws {RangeError} if Δ ≤ 0 or κ is outside (0, 1).
 * @example
 * const multiply = ([x, y]: Vector) => Float64Array.of(2 * x, 3 * y);
 * const model = { gradient: Float64Array.of(4, 6), multiply, norm: norms.euclidean() };
 * await steihaug({ ...model, radius: 10 });
 * // => step [-2, -2], modelDecrease 10, outcome "interior", 2 products
 * await steihaug({ ...model, radius: 1 });
 * // => step [-0.5547, -0.8321], modelDecrease 5.8649, outcome "boundary", 1 product
 */
export function steihaug(options: Model & SubproblemOptions): Promise<Step> {
  const { gradient, norm, memoryBudget = 0 } = options;
  const model: Model = { gradient, norm, multiply: (v, out) => options.multiply(v, out) };
  const keep = Math.floor(memoryBudget / gradient.byteLength);
  return solveSteihaug(
    {
      gradient,
      run: (settings, rule, preconditioner) => eagerSteihaug(model, settings, { rule, keep, preconditioner }),
      model: () => model,
    },
    options,
  );
}
