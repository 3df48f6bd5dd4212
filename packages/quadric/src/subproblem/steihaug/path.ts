/**
 * From the end of conjugate gradients to a step, and from what they kept to the step of another region.
 *
 *   s + τp,   τ = γ/κ inside the region, 0 without a finite curvature, else the way to ‖s + τp‖_A = Δ
 *   m(0) − m(s + τp) = m(0) − m(s) + τγ − ½τ²κ
 *
 * Symbols as in recurrence.ts. The last direction is known anyway and answers every radius that cuts it. The whole
 * path, if it is kept, answers every smaller one.
 */
import { axpy } from "../../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import type { LbfgsMemory } from "../lbfgs-memory.ts";
import type { StoppingRule } from "../solver.ts";
import type { Outcome, Step } from "../step.ts";
import type { CgNumbers, CgSettings, Direction } from "./recurrence.ts";

/** Regions larger than this are treated as this large, so that Δ² stays far from overflow. */
export const largestRadius = 1e10;

/** A direction of the path with its numbers. */
export type Segment = Direction & { readonly p: Vector };

/** Where conjugate gradients stopped. */
export interface CgEnd extends CgNumbers<number> {
  /** s, [d]; its memory becomes that of the step. */
  readonly step: Vector;
  readonly p: Vector;
  /** The first segments of the path, as many as were kept. */
  readonly path?: () => readonly Segment[];
  /** Whether the last direction counts as kept. */
  readonly keepsLast: boolean;
  /** What preconditions the next solve, if this one was preconditioned. */
  readonly preconditioner?: LbfgsMemory;
}

/** The full CG step γ/κ along p, or the way to the boundary if p has no minimum in the region. */
export function advance(direction: Direction, radius: number): { tau: number; exit: Outcome | undefined } {
  const { gamma, kappa, ss, sp, pp } = direction;
  const alpha = gamma / kappa;
  if (kappa > 0 && ss + 2 * alpha * sp + alpha * alpha * pp < radius * radius) return { tau: alpha, exit: undefined };
  return { tau: toBoundary(direction, radius), exit: kappa > 0 ? "boundary" : "negative-curvature" };
}

/** The positive root of ‖s + τp‖_A = Δ, without cancellation. 0 if rounding has s beyond. */
function toBoundary({ ss, sp, pp }: Direction, radius: number): number {
  const room = Math.max(radius * radius - ss, 0);
  const root = Math.sqrt(sp * sp + pp * room);
  return sp < 0 ? (root - sp) / pp : room / (sp + root);
}

/** Why the loop was left, by the tests that it makes. */
function outcomeOf(end: CgEnd, { radius, stop, gradientNorm }: CgSettings, rule: StoppingRule): Outcome {
  const { products, gamma, kappa, ssNext, gammaNext, measure, decrease } = end;
  if (products === 0) return gamma === 0 ? "interior" : "nonfinite";
  if (!Number.isFinite(kappa)) return "nonfinite";
  if (!(kappa > 0)) return "negative-curvature";
  if (!(ssNext < radius * radius)) return "boundary";
  if (!Number.isFinite(gammaNext)) return "nonfinite";
  const target = stop * gradientNorm;
  const limit = rule === "residual" ? target * target : stop * decrease;
  return gammaNext > 0 && measure > limit ? "max-products" : "interior";
}

export function stepOf(end: CgEnd, settings: CgSettings, rule: StoppingRule): Step {
  const { p, gamma, kappa, decrease, ss, sp, pp, preconditioner, keepsLast } = end;
  const outcome = outcomeOf(end, settings, rule);
  const stays = end.products === 0 || !Number.isFinite(kappa);
  const leaves = outcome === "boundary" || outcome === "negative-curvature";
  const tau = stays ? 0 : leaves ? toBoundary(end, settings.radius) : gamma / kappa;
  if (tau !== 0) axpy(tau, p, end.step);
  const step = at(tau, outcome, end.products);
  const isKept = keepsLast || (end.path?.().length ?? 0) > 0;
  return { ...step, ...(!isKept && { atRadius: undefined }), ...(preconditioner && { preconditioner }) };

  /** The step s + τ′p. */
  function at(length: number, outcome: Outcome, products: number): Step {
    const isInside = outcome === "interior" || outcome === "max-products";
    return {
      step: length === tau ? end.step : end.step.map((x, i) => x + (length - tau) * p[i]),
      stepNorm: length === 0 && ss === 0 ? 0 : Math.sqrt(ss + length * (2 * sp + length * pp)),
      multiplier: isInside ? 0 : undefined,
      modelDecrease: length === 0 ? decrease : decrease + length * (gamma - 0.5 * length * kappa),
      outcome,
      products,
      atRadius: async (radius) => cut(Math.min(radius, largestRadius)),
    };
  }

  function cut(radius: number): Step | undefined {
    if (end.path) {
      const step = zeros(p.length, dtypeOf(p));
      const { modelDecrease, exit } = follow(end.path(), radius, step);
      if (exit !== undefined) {
        const atRadius = async (radius: number) => cut(Math.min(radius, largestRadius));
        return { step, stepNorm: radius, multiplier: undefined, modelDecrease, outcome: exit, products: 0, atRadius };
      }
    }
    if (!keepsLast) return undefined;
    if (ss >= radius * radius) return undefined;
    if (stays) return at(0, outcome, 0);
    const { tau, exit } = advance(end, radius);
    if (exit !== undefined) return at(tau, exit, 0);
    // Beyond the boundary the loop has seen nothing.
    return leaves ? undefined : at(tau, outcome, 0);
  }
}

/** How far a path goes in a region: s, its model decrease, and where it was cut; no exit if it ends inside. */
function follow(
  path: readonly Segment[],
  radius: number,
  step: Vector,
): { readonly modelDecrease: number; readonly exit: Outcome | undefined } {
  let modelDecrease = 0;
  for (const { p, ...direction } of path) {
    const { tau, exit } = advance(direction, radius);
    axpy(tau, p, step);
    modelDecrease += tau * direction.gamma - 0.5 * tau * tau * direction.kappa;
    if (exit !== undefined) return { modelDecrease, exit };
  }
  return { modelDecrease, exit: undefined };
}
