/** What a subproblem solver returns. */
import type { Vector } from "../vector/vector.ts";
import type { CurvaturePairs } from "./curvature-pairs.ts";

export type Outcome = "interior" | "boundary" | "negative-curvature" | "hard-case" | "max-products" | "nonfinite";

export interface Step {
  /** s, [d]; finite always (zero if nothing better is known). */
  readonly step: Vector;
  /** ‖s‖_A. */
  readonly stepNorm: number;
  /** λ of the optimality system (B + λA)s = −g; undefined where the solver does not know it. */
  readonly multiplier: number | undefined;
  /** m(0) − m(s) ≥ 0, in loss units; the cubic term included for cubic regularisation. */
  readonly modelDecrease: number;
  readonly outcome: Outcome;
  /** Curvature products spent on this step. */
  readonly products: number;
  /** The part of them that only computed the Krylov basis a second time, where memory was saved that way. */
  readonly secondPassProducts?: number;
  /**
   * The step for a smaller radius (or a larger σ) from what the solver kept, at zero products; undefined when nothing was
   * kept or the kept part does not determine it. The answer's `products` is 0.
   */
  readonly resolve?: (radiusOrSigma: number) => Step | undefined;
  /** The pairs that preconditioned the solve with its own directions behind them. */
  readonly pairs?: CurvaturePairs;
}
