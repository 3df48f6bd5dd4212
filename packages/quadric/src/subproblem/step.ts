/** What a subproblem solver returns. */
import type { Vector } from "../vector/vector.ts";
import type { LbfgsMemory } from "./lbfgs-memory.ts";

export type Outcome = "interior" | "boundary" | "negative-curvature" | "hard-case" | "max-products" | "nonfinite";

export interface Step {
  /** s, [d]; finite always (zero if nothing better is known). */
  readonly step: Vector;
  /** ‖s‖_A. */
  readonly stepNorm: number;
  /** λ of the optimality system (B + λA)s = −g; undefined if the solver does not know it. */
  readonly multiplier: number | undefined;
  /** m(0) − m(s) ≥ 0, in loss units; the cubic term included for cubic regularisation. */
  readonly modelDecrease: number;
  readonly outcome: Outcome;
  /** Curvature products of this step. */
  readonly products: number;
  /**
   * The step for a smaller radius (or a larger σ) of the same model, from what the solver kept; undefined when nothing
   * was kept or the kept part does not determine it. The answer's `products` are those that it cost: none, except after
   * a preconditioned solve.
   */
  readonly atRadius?: (radiusOrSigma: number) => Promise<Step | undefined>;
  /** The correction pairs that preconditioned the solve, followed by its own directions. */
  readonly preconditioner?: LbfgsMemory;
}
