/**
 * The search of a regularized Newton method: it turns ρ into acceptance and the next size of the region, and knows
 * nothing of Krylov spaces. The size is Δ for trust regions and σ for cubic regularisation.
 */
import type { Norm } from "../../norm/norm.ts";
import type { Model } from "../../subproblem/solver.ts";
import type { Step } from "../../subproblem/step.ts";
import { dot } from "../../vector/kernels.ts";
import type { Vector } from "../../vector/vector.ts";

export interface Search {
  /** The size at the start; absent: `first` makes it. */
  readonly initial?: number;
  /** The size at the start from a length ℓ in the norm and γ = ‖g‖_{A⁻¹}: whatever the units. */
  first?(length: number, gamma: number): number;
  /** Least ρ of an accepted step. */
  readonly eta1: number;
  /** The size after a step of this ρ; −Infinity stands for a non-finite trial. */
  next(current: number, ratio: number, step: Step): number;
  /** True when no useful step of this size is left. */
  isExhausted(current: number): boolean;
  /**
   * For searches whose size follows the norm when it changes: a length in it, given the last accepted step, and the
   * size when that length became `factor` times what it was. Absent: the size keeps its number.
   */
  readonly onNormChange?: {
    lengthIn(norm: Norm, lastStep: Vector | undefined): number | undefined;
    rescaled(current: number, factor: number): number;
  };
}

export function requireThresholds(where: string, eta1: number, eta2: number): void {
  if (!(0 < eta1 && eta1 < eta2 && eta2 < 1)) {
    throw new RangeError(`${where}: need 0 < eta1 < eta2 < 1, got eta1 = ${eta1}, eta2 = ${eta2}.`);
  }
}

/**
 * A length in the units of the problem: ‖w₀‖_A, or that of the Cauchy step, γ³/|κ|, from zero.
 *
 *   γ² = gᵀA⁻¹g      κ = (A⁻¹g)ᵀBA⁻¹g
 */
export async function lengthOfStart(
  { gradient, multiply, norm }: Model,
  w: Vector,
): Promise<{ readonly length: number; readonly gamma: number; readonly products: number }> {
  const direction = norm.solve(gradient);
  const gamma = Math.sqrt(Math.max(0, dot(gradient, direction)));
  const length = norm.norm(w);
  if (length > 0 && length < Infinity) return { length, gamma, products: 0 };
  const kappa = Math.abs(dot(direction, await multiply(direction)));
  const cauchy = (gamma / kappa) * gamma * gamma;
  return { length: cauchy > 0 && cauchy < Infinity ? cauchy : 1, gamma, products: 1 };
}
