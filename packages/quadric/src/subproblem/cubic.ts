/**
 * Cubic regularisation in the A-norm, over Krylov spaces.
 *
 *   min_s  m(s) = gᵀs + ½ sᵀBs + (σ/3)‖s‖³_A
 *   (B + λA)s = −g,   λ = σ‖s‖_A,   B + λA ⪰ 0
 *
 * The step is the trust-region step of radius λ/σ; σ plays the part of an inverse radius and needs no constraint.
 * References: [CartisGouldToint2011], [Kohler2020, section on related work].
 */
import { requireOneOf, requirePositive } from "../check.ts";
import { type KrylovOptions, krylovSettings } from "./gltr.ts";
import { minimizeInKrylovSpaces } from "./krylov.ts";
import type { Model, SubproblemOptions } from "./solver.ts";
import type { Step } from "./step.ts";

/**
 * When ‖∇m(s)‖_{A⁻¹} is small enough, with γ_0 = ‖g‖_{A⁻¹}: "gradient": min(κ, √γ_0)·γ_0, "step": min(κ, ‖s‖_A)·γ_0,
 * "step-over-sigma": min(κ, ‖s‖_A / max(1, σ))·γ_0 ([CartisGouldToint2011]).
 */
export type CubicRule = "gradient" | "step" | "step-over-sigma";

export interface CubicOptions extends Omit<SubproblemOptions, "radius" | "stoppingRule">, KrylovOptions {
  /** σ > 0, loss units per cubed length in ‖·‖_A. */
  readonly sigma: number;
  /** Defaults to "gradient". */
  readonly rule?: CubicRule;
}

/**
 * The minimiser of the cubic model within the tolerance; `atRadius` takes a larger σ.
 *
 * Cost: as `gltr`.
 *
 * @param options.tolerance - κ in (0, 1) of the rule; defaults to 0.1.
 * @param options.maxProducts - integer ≥ 1; defaults to 50.
 * @returns modelDecrease includes the cubic term; multiplier λ = σ‖s‖_A; outcome "interior", "hard-case" or what cut
 *   the process short.
 * @throws {RangeError} if an option is out of range; {ShapeError} if g, B and A disagree on d.
 * @example
 * const multiply = ([x, y, z]: Vector) => Float64Array.of(x + 4 * z, 2 * y, 4 * x + 3 * z);
 * await cubic({ gradient: Float64Array.of(5, 0, 4), multiply, norm: norms.euclidean(), sigma: 4, tolerance: 1e-10 });
 * // => step [-1, 0, 0], multiplier 4, modelDecrease 3.1667
 */
export async function cubic(options: Model & CubicOptions): Promise<Step> {
  const { sigma, rule = "gradient", reference = 1 } = options;
  requirePositive("cubic", "sigma", sigma);
  const settings = krylovSettings("cubic", options);
  requireOneOf("cubic", "rule", rule, ["gradient", "step", "step-over-sigma"]);
  return minimizeInKrylovSpaces(
    options,
    { sigma },
    {
      ...settings,
      converged(residual, { length }, gamma0, { sigma }) {
        const limit = {
          gradient: Math.sqrt(gamma0 / reference),
          step: length,
          "step-over-sigma": length / Math.max(1, sigma!),
        };
        return residual <= Math.min(settings.tolerance, limit[rule]) * gamma0;
      },
    },
  );
}
