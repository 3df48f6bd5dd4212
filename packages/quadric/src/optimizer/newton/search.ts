/**
 * The search of a regularized Newton method: it turns ρ into acceptance and the next size of the region, and knows
 * nothing of Krylov spaces. The size is Δ for trust regions and σ for cubic regularisation.
 */
import type { Norm } from "../../norm/norm.ts";
import type { Step } from "../../subproblem/step.ts";
import type { Vector } from "../../vector/vector.ts";

export interface Search {
  readonly initial: number;
  /** Least ρ of an accepted step. */
  readonly eta1: number;
  /** The size after a step of this ρ; −Infinity stands for a non-finite trial. */
  next(current: number, ratio: number, step: Step): number;
  /** True when no useful step of this size is left. */
  isExhausted(current: number): boolean;
  /**
   * For searches whose size follows the norm when it changes: a length in it, given the last accepted step, and the size
   * when that length became `factor` times what it was. Absent: the size keeps its number.
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

export function requireFactor(where: string, name: string, factor: number): void {
  if (!(factor > 1 && factor < Infinity)) throw new RangeError(`${where}: ${name} must be > 1, got ${factor}.`);
}
