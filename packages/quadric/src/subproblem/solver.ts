/** The seam between search and descent: a solver turns a radius into a step and knows nothing of acceptance. */
import { requireBetween, requireInteger, requireOneOf, requirePositive } from "../check.ts";
import type { Norm } from "../norm/norm.ts";
import type { Vector } from "../vector/vector.ts";
import type { LbfgsMemory } from "./lbfgs-memory.ts";
import type { Step } from "./step.ts";

/** The quadratic model m(s) = gᵀs + ½sᵀBs in the norm A. */
export interface Model {
  /** g, [d]. Only read. */
  readonly gradient: Vector;
  /** v ↦ Bv, symmetric; into `out` if it likes. */
  multiply(v: Vector, out?: Vector): Vector | Promise<Vector>;
  readonly norm: Norm;
}

export type StoppingRule = "residual" | "decrease";

export interface SubproblemOptions {
  /** Δ > 0, a length in ‖·‖_A. */
  readonly radius: number;
  /** κ in (0, 1); defaults to 0.1 ([Kohler2020], released settings). */
  readonly tolerance?: number;
  /**
   * γ_* > 0: a tolerance that falls with the gradient's length γ measures it by this, min(κ, √(γ/γ_*)); defaults to 1.
   */
  readonly reference?: number;
  /** Integer ≥ 1; defaults to 50 ([Kohler2020], released settings). */
  readonly maxProducts?: number;
  /** Rule R or rule D of the method; defaults to "decrease" ([Kohler2020], released settings). */
  readonly stoppingRule?: StoppingRule;
  /** Bytes the solver may keep so that a rejection costs no product; defaults to 0: nothing is kept. */
  readonly memoryBudget?: number;
  /** Correction pairs of previous solves that precondition this one; only "steihaug" reads them. Defaults to none. */
  readonly preconditioner?: LbfgsMemory;
}

/** A subproblem solver with its own settings bound; `trustRegion({ subproblem })` takes one. */
export interface SubproblemSolver {
  readonly name: string;
  solve(model: Model, options: SubproblemOptions): Promise<Step>;
}

/** The settings released with [Kohler2020]; nothing is kept. */
const defaults = { tolerance: 0.1, maxProducts: 50, stoppingRule: "decrease", memoryBudget: 0 } as const;

export type SubproblemSettings = Required<Pick<SubproblemOptions, keyof typeof defaults>>;

/** Checks the options that all solvers share; returns them with their defaults. */
export function requireSubproblem(
  where: string,
  options: Omit<SubproblemOptions, "radius"> & { readonly radius?: number },
): SubproblemSettings {
  const { radius, tolerance = defaults.tolerance, maxProducts = defaults.maxProducts } = options;
  const { stoppingRule = defaults.stoppingRule, memoryBudget = defaults.memoryBudget } = options;
  if (radius !== undefined) requirePositive(where, "radius", radius);
  requireBetween(where, "tolerance", tolerance, 0, 1);
  requireInteger(where, "maxProducts", maxProducts, 1);
  requireOneOf(where, "stoppingRule", stoppingRule, ["residual", "decrease"]);
  if (!(memoryBudget >= 0)) throw new RangeError(`${where}: memoryBudget must be >= 0, got ${memoryBudget}.`);
  return { tolerance, maxProducts, stoppingRule, memoryBudget };
}
