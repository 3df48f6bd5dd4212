/** What trust regions and cubic regularisation have in common: options, their checks and defaults, and the wrappers. */
import { requireOneOf } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import { norms } from "../../norm/norms.ts";
import { type PivotOptions, pivoted } from "../../paper/pivot.ts";
import { type WarmStartOptions, warmStarted } from "../../paper/warm-start.ts";
import { requireSubproblem, type SubproblemOptions } from "../../subproblem/solver.ts";
import { requireMomentum } from "../gradient-average.ts";
import type { Optimizer } from "../optimizer.ts";
import type { RatioBatch } from "./comparison.ts";
import { type CurvatureChoice, requireCurvature } from "./curvature-choice.ts";
import { requireFraction } from "./sampled-curvature.ts";

export interface NewtonOptions extends Omit<SubproblemOptions, "radius" | "pairs"> {
  /**
   * A; a copy is made for every run. Defaults to `norms.rmsprop()`; for trust regions where batches are all the data, to
   * `norms.hutchinson({ beta: 0.99, exponent: 0.5, probes: 1 })`: gradients vanish there and take the axes of their averages with them,
   * curvature stays; to the ball where there are at most 128 parameters (docs/decisions/defaults.md).
   */
  readonly norm?: Norm;
  /**
   * B; defaults to "auto": "gauss-newton" where the problem gives model and loss apart, which is cheaper, never indefinite, and
   * was ahead or level where it was timed; else "hessian" (docs/decisions/defaults.md).
   */
  readonly curvature?: CurvatureChoice;
  /**
   * In (0, 1]: the part of a batch, its first examples, that B is taken on; the gradient and ρ see all of it. Defaults to "auto": a
   * quarter where a batch is at most a tenth of the data, which took a median of 0.6 of the time to the same loss on four
   * networks, else 1 (docs/decisions/defaults.md).
   */
  readonly curvatureFraction?: number | "auto";
  /**
   * β₁ in [0, 1): the model's gradient is the bias-corrected average of the gradients of all batches so far, as in Adam.
   * Defaults to 0, the gradient of the batch.
   */
  readonly momentum?: number;
  /**
   * Whether a rejected step is tried again on the same batch, with what the solver kept of its model, so that it costs one
   * value and no product. Once only where other examples judge it, or with momentum. Defaults to true; the paper draws a new batch.
   */
  readonly keepBatchOnReject?: boolean;
  /** Which examples judge a step; defaults to "same", as the paper. */
  readonly ratioBatch?: RatioBatch;
  /**
   * Error of one evaluation of the loss beyond rounding, ≥ 0 in loss units; or "standard-error", with which a step is
   * refused only if the judging examples say so by two standard errors. Defaults to "standard-error" where an
   * independent batch judges, else to 0.
   */
  readonly noise?: number | "standard-error";
  /** ε_g ≥ 0: the run has converged when ‖∇L_S‖₂ is at most this; defaults to 0. */
  readonly gradientTolerance?: number;
  /**
   * ε_H ≥ 0: where the gradient is within its tolerance, go on along the leftmost eigenvector of the pencil (B, A) unless
   * its eigenvalue is ≥ −ε_H. Defaults to undefined: no such test.
   */
  readonly curvatureTolerance?: number;
  /** Another method for the first epochs; defaults to none. */
  readonly warmStart?: WarmStartOptions;
  /** Every few epochs, keep or undo the period by the loss on all data; defaults to none. */
  readonly pivot?: PivotOptions;
  /** Bytes the solver may keep so that a rejection costs no product, with pairs one; defaults to 256 MiB. */
  readonly memoryBudget?: number;
}

export interface ResolvedNewtonOptions {
  readonly norm: Norm;
  readonly curvature: CurvatureChoice;
  /** For the subproblem solver. */
  readonly inner: Omit<SubproblemOptions, "radius" | "pairs">;
  readonly loop: {
    readonly curvatureFraction: number | "auto";
    readonly momentum: number;
    readonly keepBatchOnReject: boolean;
    readonly ratioBatch: RatioBatch;
    readonly noise: number | "standard-error";
    readonly gradientTolerance: number;
    readonly curvatureTolerance: number | undefined;
  };
}

export function resolveNewtonOptions(where: string, options: NewtonOptions): ResolvedNewtonOptions {
  const { norm = norms.rmsprop(), curvature = "auto", keepBatchOnReject = true, ratioBatch = "same" } = options;
  const { noise = ratioBatch === "independent" ? "standard-error" : 0 } = options;
  const { gradientTolerance = 0, curvatureTolerance, momentum = 0, curvatureFraction = "auto" } = options;
  const { tolerance, maxProducts, stoppingRule, memoryBudget = 2 ** 28 } = options;
  requireSubproblem(where, { tolerance, maxProducts, stoppingRule, memoryBudget });
  requireCurvature(where, curvature);
  requireOneOf(where, "ratioBatch", ratioBatch, ["same", "independent", "full"]);
  requireMomentum(where, momentum);
  if (curvatureFraction !== "auto") requireFraction(where, curvatureFraction);
  for (const [name, value] of Object.entries({ noise, gradientTolerance, curvatureTolerance })) {
    if (typeof value === "number" && !(value >= 0 && value < Infinity)) {
      throw new RangeError(`${where}: ${name} must be >= 0, got ${value}.`);
    }
  }
  return {
    norm,
    curvature,
    inner: { tolerance, maxProducts, stoppingRule, memoryBudget: keepBatchOnReject ? memoryBudget : 0 },
    loop: { curvatureFraction, momentum, keepBatchOnReject, ratioBatch, noise, gradientTolerance, curvatureTolerance },
  };
}

/** The method within its warm start and pivots. */
export function wrapped(method: Optimizer, { warmStart, pivot }: NewtonOptions): Optimizer {
  const checked = pivot ? pivoted(method, pivot) : method;
  return warmStart ? warmStarted(checked, warmStart) : checked;
}
