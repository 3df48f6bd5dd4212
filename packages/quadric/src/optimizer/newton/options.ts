/** The options that trust regions and cubic regularisation share, in groups; defaults.ts has the defaults. */
import { requireKnown, requireOneOf } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import type { SubproblemOptions } from "../../subproblem/solver.ts";
import type { ScaleFreeTolerances } from "../convergence.ts";
import { type CurvatureChoice, requireCurvature } from "../curvature-choice.ts";
import { requireMomentum } from "../gradient-average.ts";
import { requireFraction } from "../sampled-curvature.ts";
import type { RatioBatch } from "./evaluation-batch.ts";

export interface AcceptanceOptions {
  /**
   * η₁: a step is accepted if ρ ≥ η₁, 0 < η₁ < η₂; defaults to 0.1 for a function and cubic regularisation, else to
   * 0.01.
   */
  readonly eta1?: number;
  /** η₂: the region grows if ρ ≥ η₂, η₁ < η₂ < 1; defaults to 0.9, 0.75 with full batches, 0.95 with mini-batches. */
  readonly eta2?: number;
  /**
   * Which examples evaluate a step: those of the model ("same", the default, as the paper), another batch of the same
   * size ("independent"), or all ("full").
   */
  readonly ratioBatch?: RatioBatch;
  /**
   * Error of one evaluation of the loss beyond rounding, ≥ 0 in loss units; or "standard-error", with which a step is
   * rejected only if the evaluated examples say so by two standard errors. Defaults to "standard-error" with an
   * independent batch, else to 0.
   */
  readonly noise?: number | "standard-error";
}

export interface ToleranceOptions {
  /** ε_g ≥ 0: the run has converged when ‖∇L_S‖₂ is at most this, in units of the loss; defaults to 0. */
  readonly gradient?: number;
  /**
   * ε ≥ 0: a run on a function has converged when the loss has at most the part ε² of itself left to lose, as Newton's
   * model says (convergence.ts), whatever the units. Defaults to 1e-8 in float64 and 1e-4 in float32.
   */
  readonly relativeGradient?: number;
  /** ε ≥ 0: and when a whole step changes no parameter by more than ε of itself; defaults to 1e-13 and 5e-7. */
  readonly step?: number;
  /**
   * ε_H ≥ 0: if the gradient is within its tolerance, continue along the leftmost eigenvector of the pencil (B, A)
   * unless its eigenvalue is ≥ −ε_H. Defaults to undefined: no such test.
   */
  readonly curvature?: number;
}

export interface SamplingOptions {
  /**
   * In (0, 1]: the part of a batch, its first examples, that B is taken on; the gradient and ρ see all of it. Defaults
   * to "auto": a quarter for batches of at most a tenth of the data, else 1.
   */
  readonly curvatureFraction?: number | "auto";
  /**
   * β₁ in [0, 1): the model's gradient is the bias-corrected average of the gradients of all batches so far, as in
   * Adam. Defaults to 0, the gradient of the batch.
   */
  readonly momentum?: number;
}

/** Settings of the subproblem solver. */
export type SolveOptions = Pick<SubproblemOptions, "tolerance" | "maxProducts" | "stoppingRule" | "memoryBudget">;

export interface NewtonOptions {
  /**
   * A; a copy is made for every run. Defaults to the Euclidean norm with at most 64 parameters, to
   * `norms.equilibrated()` for a function of more. For trust regions with full batches to a multiple of the Euclidean
   * norm with at most 128 and to the root of the Hessian's diagonal with more, in the parameters' own units; else to
   * `norms.rmsprop()`.
   */
  readonly norm?: Norm;
  /** B; defaults to "auto": "gauss-newton" if the problem gives model and convex loss, else "hessian". */
  readonly curvature?: CurvatureChoice;
  /** When a step is accepted, and when the region grows. */
  readonly acceptance?: AcceptanceOptions;
  /** When the run has converged. */
  readonly tolerances?: ToleranceOptions;
  /** What is taken from which examples. */
  readonly sampling?: SamplingOptions;
}

/** The options whose defaults are the same in every regime. */
export interface SharedSettings {
  readonly curvature: CurvatureChoice;
  readonly ratioBatch: RatioBatch;
  readonly noise: number | "standard-error";
  readonly tolerances: ToleranceOptions & { readonly gradient: number };
  readonly relative: ScaleFreeTolerances;
  readonly sampling: Required<SamplingOptions>;
}

const groups = {
  acceptance: ["eta1", "eta2", "ratioBatch", "noise"],
  tolerances: ["gradient", "relativeGradient", "step", "curvature"],
  sampling: ["curvatureFraction", "momentum"],
} satisfies { readonly [G in keyof NewtonOptions]?: readonly (keyof NonNullable<NewtonOptions[G]>)[] };

/** Refuses names that neither the shared options nor `own` have, in a group or outside. */
export function requireOptions(where: string, options: object, own: Readonly<Record<string, readonly string[]>>): void {
  const known: Readonly<Record<string, readonly string[]>> = { ...groups, ...own };
  requireKnown(where, options, ["norm", "curvature", ...Object.keys(known)]);
  for (const [group, value] of Object.entries(options)) {
    if (known[group] && typeof value === "object") requireKnown(`${where}: ${group}`, value, known[group]);
  }
}

/** Checks them and fills them in. */
export function sharedSettings(where: string, options: NewtonOptions): SharedSettings {
  const { curvature = "auto", acceptance = {}, tolerances = {}, sampling = {} } = options;
  const { ratioBatch = "same", noise = ratioBatch === "independent" ? "standard-error" : 0 } = acceptance;
  const { gradient = 0 } = tolerances;
  const { curvatureFraction = "auto", momentum = 0 } = sampling;
  requireCurvature(where, curvature);
  requireOneOf(where, "acceptance.ratioBatch", ratioBatch, ["same", "independent", "full"]);
  requireMomentum(where, momentum);
  if (curvatureFraction !== "auto") requireFraction(where, curvatureFraction);
  const limits = {
    "acceptance.noise": noise,
    "tolerances.gradient": gradient,
    "tolerances.curvature": tolerances.curvature,
    "tolerances.relativeGradient": tolerances.relativeGradient,
    "tolerances.step": tolerances.step,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number" && !(value >= 0 && value < Infinity)) {
      throw new RangeError(`${where}: ${name} must be >= 0, got ${value}.`);
    }
  }
  return {
    curvature,
    ratioBatch,
    noise,
    tolerances: { ...tolerances, gradient },
    relative: { gradient: tolerances.relativeGradient, step: tolerances.step },
    sampling: { curvatureFraction, momentum },
  };
}

/** The entries that were given: an option that is undefined is one that is absent. */
export function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Options as JSON: a norm or a solver by its name, absent ones left out. */
export function asJson(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given(options)).map(([key, value]) => {
      if (typeof value !== "object" || value === null) return [key, value];
      return [key, "name" in value ? value.name : asJson(value)];
    }),
  );
}
