/**
 * The trial of a step where the whole model is known: by the loss while it resolves the step, else by the gradient.
 *
 *   ρ = [f(w) − f(w + s)] / [m(0) − m(s)] ≥ 10⁻⁴      or      ½‖∇f(w + s)‖²_{B⁻¹} < ½‖∇f(w)‖²_{B⁻¹}
 */
import type { Objective } from "../../objective/objective.ts";
import type { EigenModel, EigenStep } from "../../subproblem/eigen-model.ts";
import { combineFinite } from "../../vector/kernels.ts";
import { type Vector, zeros } from "../../vector/vector.ts";
import { endings } from "../convergence.ts";
import { nonfiniteAround } from "../noise-floor.ts";
import type { Ending } from "../optimizer.ts";
import { noiseSafeRatio, pairedDecrease } from "../ratio.ts";
import { type StallPlace, stalled } from "../stall.ts";
import { type DensePoint, roundingOfPoint } from "./dense-point.ts";

export interface DenseTrial {
  /** w + s. */
  readonly there: Vector;
  readonly accepted: boolean;
  readonly ratio: number;
  readonly decrease: number;
  readonly standardError: number | undefined;
  /** Whether the gradient judged. */
  readonly isLevel: boolean;
  /** Whether it found ½‖g‖²_{B⁻¹} less than a quarter of what it was, as Newton steps make it. */
  readonly isQuartered: boolean;
  /** Whether predicted decrease is within the noise of the loss. */
  readonly isWithinNoise: boolean;
  /** Whether w + s is w, or both decreases are rounding. */
  readonly isTiny: boolean;
}

/** @param isNewton - whether s is a whole step of a convex model. */
export async function tryDenseStep(
  objective: Objective,
  { w, point, model }: { readonly w: Vector; readonly point: DensePoint; readonly model: EigenModel },
  { step, modelDecrease }: EigenStep,
  { isNewton, band }: { readonly isNewton: boolean; readonly band: number },
): Promise<DenseTrial> {
  const { loss, losses, batch } = point;
  const rounding = point.rounding + roundingOfPoint(w, point, objective.dtype);
  const there = zeros(w.length, objective.dtype);
  const usable = combineFinite(1, w, 1, step as Vector, there);
  const moves = there.some((x, j) => x !== w[j]);
  const after = usable && moves ? await objective.value(there, batch) : { value: usable ? loss : Number.NaN };
  const { decrease, standardError } = pairedDecrease({ value: loss, losses }, after);
  const { ratio } = noiseSafeRatio(decrease, modelDecrease, { rounding, noise: 0, eta1: 0.1 });
  const isWithinNoise = modelDecrease <= band * rounding;
  const isLevel = isNewton && moves && isWithinNoise && Math.abs(decrease) <= band * rounding;
  const isTiny = !moves || (modelDecrease <= rounding && Math.abs(decrease) <= rounding);
  const known = { there, ratio, decrease, standardError, isLevel, isWithinNoise, isTiny };
  if (!isLevel) return { ...known, accepted: moves && ratio >= 1e-4 && decrease >= -rounding, isQuartered: false };
  const { value, gradient } = await objective.gradient(there, batch);
  const [before, next] = [model.decrement(), model.decrement(gradient)];
  return { ...known, accepted: Number.isFinite(value) && next < before, isQuartered: next < before / 4 };
}

/**
 * How the run ends if nothing acceptable is left after the trial: near a minimum that is rounding, elsewhere a stall.
 */
export async function endingAfter(
  objective: Objective,
  { accepted, isLevel, isQuartered, isWithinNoise, isTiny, decrease }: DenseTrial,
  place: StallPlace,
  { isNear, isAtMinimum, hasRegion }: Readonly<Record<"isNear" | "isAtMinimum" | "hasRegion", boolean>>,
): Promise<Ending | undefined> {
  if (isLevel) return isNear && !isQuartered ? endings.rounding() : undefined;
  if (accepted) return undefined;
  if (isNear && isWithinNoise) return endings.rounding();
  if (!isTiny && hasRegion) return undefined;
  if (decrease === -Infinity) return nonfiniteAround;
  return isAtMinimum ? endings.rounding() : stalled(objective, place);
}
