/**
 * Generalised Lanczos trust region: the trust-region subproblem over Krylov spaces, the hard case included.
 *
 *   min_s  m(s) = gᵀs + ½ sᵀBs    subject to    ‖s‖_A ≤ Δ
 *   (B + λA)s = −g,   B + λA ⪰ 0,   λ ≥ 0,   λ(Δ − ‖s‖_A) = 0
 *
 * Where Steihaug–Toint CG stops at the boundary, this continues to the best step of the same Krylov space. In its
 * Krylov space the answer is global; see `Restart` for what lies outside.
 * References: [GouldLucidiRomaToint1999], [ConnGouldToint2000, section 7.5].
 */
import { requireBetween, requireOneOf } from "../check.ts";
import { type KrylovSettings, minimizeInKrylovSpaces, type Restart } from "./krylov.ts";
import { type Model, requireSubproblem, type SubproblemOptions } from "./solver.ts";
import type { Step } from "./step.ts";

export interface KrylovOptions {
  /**
   * When to look beyond the Krylov space of g: "never", "invariant" (when that space is exhausted) or "certify"
   * (always: up to d products more). Defaults to "certify" where full accuracy is asked for and can be had (tolerance ≤
   * 1e-6, d ≤ maxProducts, d ≤ 500), else to "invariant".
   */
  readonly restart?: Restart;
  /** Seed of the restart vector; defaults to 0. */
  readonly seed?: number;
}

export interface GltrOptions extends Omit<SubproblemOptions, "stoppingRule">, KrylovOptions {
  /** κ for steps that end on the boundary; in (0, 1); defaults to `tolerance`. */
  readonly boundaryTolerance?: number;
}

/**
 * The step within the tolerance of the global one.
 *
 * Cost: one product per iteration; k vectors of length d and 4k²d operations for k products.
 *
 * @param options.tolerance - κ in (0, 1); defaults to 0.1. With γ_0 = ‖g‖_{A⁻¹} the residual ‖Bs + λAs + g‖_{A⁻¹} ends
 *   below min(κ, √γ)·γ_0 inside the region and min(κ, γ)·γ_0 on its boundary, γ = γ_0/γ_*.
 * @param options.maxProducts - integer ≥ 1; defaults to 50.
 * @param options.memoryBudget - bytes the basis may take for `atRadius` to be offered; defaults to 0.
 * @returns the step with its multiplier λ; outcome "interior", "boundary", "hard-case" or what cut the process short.
 * @throws {RangeError} if an option is out of range; {ShapeError} if g, B and A disagree on d.
 * @example
 * const multiply = ([x, y, z]: Vector) => Float64Array.of(x + 4 * z, 2 * y, 4 * x + 3 * z);
 * await gltr({ gradient: Float64Array.of(5, 0, 4), multiply, norm: norms.euclidean(), radius: 1, tolerance: 1e-10 });
 * // => step [-1, 0, 0], multiplier 4, modelDecrease 4.5, outcome "boundary"
 */
export async function gltr(options: Model & GltrOptions): Promise<Step> {
  const settings = krylovSettings("gltr", options);
  const { tolerance } = settings;
  const { radius, boundaryTolerance = tolerance, reference = 1 } = options;
  requireBetween("gltr", "boundaryTolerance", boundaryTolerance, 0, 1);
  return minimizeInKrylovSpaces(
    options,
    { radius },
    {
      ...settings,
      converged: (residual, { outcome }, gamma0) =>
        outcome === "interior"
          ? residual <= Math.min(tolerance, Math.sqrt(gamma0 / reference)) * gamma0
          : residual <= Math.min(boundaryTolerance, gamma0 / reference) * gamma0,
    },
  );
}

/** Checks and defaults of what gltr and cubic share. */
export function krylovSettings(
  where: string,
  options: Model & KrylovOptions & Omit<SubproblemOptions, "radius" | "stoppingRule"> & { readonly radius?: number },
): Omit<KrylovSettings, "converged"> {
  const { tolerance, maxProducts, memoryBudget } = requireSubproblem(where, options);
  const { gradient, seed = 0 } = options;
  const affordable = tolerance <= 1e-6 && gradient.length <= Math.min(maxProducts, 500);
  const { restart = affordable ? "certify" : "invariant" } = options;
  requireOneOf(where, "restart", restart, ["never", "invariant", "certify"]);
  return { where, maxProducts, tolerance, restart, memoryBudget, seed };
}
