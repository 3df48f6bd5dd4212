/** The seam between search and descent: a solver turns a radius into a step and knows nothing of acceptance. */
import type { Norm } from "../norm/norm.ts";
import type { Vector } from "../vector/vector.ts";
import type { Step } from "./step.ts";

/** The quadratic model m(s) = gᵀs + ½sᵀBs in the norm A. */
export interface Model {
  /** g, [d]. Only read. */
  readonly gradient: Vector;
  /** v ↦ Bv, symmetric. */
  multiply(v: Vector): Vector | Promise<Vector>;
  readonly norm: Norm;
}

export type StoppingRule = "residual" | "decrease";

export interface SubproblemOptions {
  /** Δ > 0, a length in ‖·‖_A. */
  readonly radius: number;
  /** κ in (0, 1); defaults to 0.1 ([Kohler2020], released settings). */
  readonly tolerance?: number;
  /** Integer ≥ 1; defaults to 50 ([Kohler2020], released settings). */
  readonly maxProducts?: number;
  /** Rule R or rule D of the method; defaults to "decrease" ([Kohler2020], released settings). */
  readonly stoppingRule?: StoppingRule;
  /** Bytes the solver may keep so that a rejection costs no product; defaults to 0: nothing is kept. */
  readonly memoryBudget?: number;
}

/** A subproblem solver with its own settings bound; `trustRegion({ subproblem })` takes one. */
export interface SubproblemSolver {
  readonly name: string;
  solve(model: Model, options: SubproblemOptions): Promise<Step>;
}
