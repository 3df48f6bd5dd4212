/**
 * The ellipsoidal trust region: the quadratic model of the loss, minimised in ‖s‖_A ≤ Δ, with A shaped by the gradients of
 * the points visited and Δ steered by how well the model foretold the decrease.
 *
 * This file wires the search (radius.ts) and the descent (a subproblem solver) into the shared loop
 * (regularized-newton.ts). References: [Kohler2020, Algorithm 1].
 */
import { requireOneOf } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import { norms } from "../norm/norms.ts";
import type { CurvatureKind } from "../objective/objective.ts";
import { requireSubproblem, type SubproblemOptions, type SubproblemSolver } from "../subproblem/solver.ts";
import { subproblems } from "../subproblem/subproblems.ts";
import type { RatioBatch } from "./comparison.ts";
import type { Optimizer } from "./optimizer.ts";
import { type PivotOptions, pivoted } from "./pivot.ts";
import { type RadiusOptions, radiusSearch } from "./radius.ts";
import { type RadiusOnNormChange, startRegularizedNewton } from "./regularized-newton.ts";
import { type WarmStartOptions, warmStarted } from "./warm-start.ts";

export interface RegularizedNewtonOptions extends Omit<SubproblemOptions, "radius"> {
  /** A; a copy is made for every run. Defaults to `norms.rmsprop()`. */
  readonly norm?: Norm;
  /** B; defaults to "hessian". */
  readonly curvature?: CurvatureKind;
  /**
   * Whether a rejected step is tried again on the same batch, with what the solver kept of its model, so that it costs one
   * value and no product. Defaults to true; the paper draws a new batch.
   */
  readonly keepBatchOnReject?: boolean;
  /** Which examples judge a step; defaults to "same", as the paper. */
  readonly ratioBatch?: RatioBatch;
  /** ε_f ≥ 0: error of one evaluation of the loss beyond rounding, in loss units; defaults to 0. */
  readonly noise?: number;
  /** ε_g ≥ 0: the run has converged when ‖∇L_S‖₂ is at most this; defaults to 0. */
  readonly gradientTolerance?: number;
  /**
   * ε_H ≥ 0: where the gradient is within its tolerance, go on along the leftmost eigenvector of (B, A) unless its
   * eigenvalue is ≥ −ε_H. Defaults to undefined: no such test.
   */
  readonly curvatureTolerance?: number;
  /** Another method for the first epochs; defaults to none. */
  readonly warmStart?: WarmStartOptions;
  /** Every few epochs, keep or undo the period by the loss on all data; defaults to none. */
  readonly pivot?: PivotOptions;
  /** Bytes the solver may keep so that a rejection costs no product; defaults to 256 MiB. */
  readonly memoryBudget?: number;
}

export interface TrustRegionOptions extends RegularizedNewtonOptions, RadiusOptions {
  /** Defaults to `subproblems.steihaug()`. */
  readonly subproblem?: SubproblemSolver;
  /**
   * Δ is a length in a norm that changes. "keep" (default, as the paper) leaves the number; "rescale" keeps the region's
   * extent along the last step, Δ ← Δ·‖s_t‖_{A_{t+1}}/‖s_t‖_{A_t}; "trace" in the mean, Δ ← Δ·√(tr A_{t+1}/tr A_t).
   */
  readonly radiusOnNormChange?: RadiusOnNormChange;
}

/**
 * A trust-region method. Every option has a default that trains; `norm` is the choice that matters most.
 *
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: trustRegion({ norm: norms.adagrad() }), epochs: 10 });
 */
export function trustRegion(options: TrustRegionOptions = {}): Optimizer {
  const where = "trustRegion";
  const { norm = norms.rmsprop(), curvature = "hessian", subproblem = subproblems.steihaug() } = options;
  const { radiusOnNormChange = "keep", keepBatchOnReject = true, ratioBatch = "same", noise = 0 } = options;
  const { gradientTolerance = 0, curvatureTolerance, warmStart, pivot } = options;
  const { tolerance, maxProducts, stoppingRule, memoryBudget = 2 ** 28 } = options;
  requireSubproblem(where, { tolerance, maxProducts, stoppingRule, memoryBudget });
  requireOneOf(where, "curvature", curvature, ["hessian", "gauss-newton"]);
  requireOneOf(where, "radiusOnNormChange", radiusOnNormChange, ["keep", "rescale", "trace"]);
  requireOneOf(where, "ratioBatch", ratioBatch, ["same", "independent", "full"]);
  for (const [name, value] of Object.entries({
    noise,
    gradientTolerance,
    curvatureTolerance: curvatureTolerance ?? 0,
  })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`${where}: ${name} must be >= 0, got ${value}.`);
  }
  const search = radiusSearch(where, options);
  const inner = { tolerance, maxProducts, stoppingRule, memoryBudget: keepBatchOnReject ? memoryBudget : 0 };
  const common = { radiusOnNormChange, keepBatchOnReject, ratioBatch, noise, gradientTolerance, curvatureTolerance };
  const name = `tr-${norm.name}`;

  let optimizer: Optimizer = {
    name,
    settings: { norm: norm.name, curvature, subproblem: subproblem.name, ...search.settings, ...inner, ...common },
    start: (objective, parameters) =>
      startRegularizedNewton(objective, parameters, {
        name,
        norm,
        curvature,
        search,
        ...common,
        descend(linearization, norm, radius) {
          const { gradient, curvature: operator } = linearization;
          if (linearization.solve && norm.diagonal && subproblem.name === "steihaug") {
            return linearization.solve(norm.diagonal, { radius, ...inner });
          }
          return subproblem.solve({ gradient, multiply: (v) => operator.multiply(v), norm }, { radius, ...inner });
        },
        descendCurvature({ gradient, curvature: operator }, norm, radius) {
          const model = { gradient: gradient.map(() => 0), multiply: operator.multiply, norm };
          return subproblems.gltr().solve(model, { radius, ...inner });
        },
      }),
  };
  if (pivot) optimizer = pivoted(optimizer, pivot);
  return warmStart ? warmStarted(optimizer, warmStart) : optimizer;
}
