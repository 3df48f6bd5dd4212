/**
 * The trust-region ratio, safe against rounding and noise of the loss.
 *
 *   ρ = (f − f⁺ + δ + r·ε) / (dec + δ + r·ε)      δ = 10·ε_mach·|f|₁      r = 2/(1 − η₁)
 *
 * Symbols: f, f⁺ loss before and after the step, dec predicted decrease, η₁ acceptance threshold.
 * ε_mach is the unit roundoff of the run's precision, ε the error of one evaluation (0 if none).
 * |f|₁ is the sum of the absolute terms of f if they are known, else |f|. r is the least factor with which a step whose
 * model is exact is accepted, whatever errors up to ε the two evaluations carry. With the standard error of f − f⁺ for ε, a step is rejected when it is an
 * ascent by two standard errors or more.
 *
 * Differences of losses are sums of the examples' own differences, never the difference of two means.
 * References: [ConnGouldToint2000, section 17.4.2], [SunNocedal2022].
 */
import type { Evaluation } from "../objective/objective.ts";
import type { Dtype } from "../vector/vector.ts";

export interface Decrease {
  /** f − f⁺; −Infinity when f⁺ is not finite. */
  readonly decrease: number;
  /** sd(d_i)/√b of the paired differences d_i = ℓ_i(w) − ℓ_i(w + s); undefined without losses of examples. */
  readonly standardError: number | undefined;
}

export function pairedDecrease(before: Evaluation, after: Evaluation): Decrease {
  if (!Number.isFinite(after.value)) return { decrease: -Infinity, standardError: undefined };
  const [l, lAfter] = [before.losses, after.losses];
  if (!l || !lAfter) return { decrease: before.value - after.value, standardError: undefined };
  const b = l.length;
  let [sum, squares, sumBefore, sumAfter] = [0, 0, 0, 0];
  for (let i = 0; i < b; i++) {
    const d = l[i] - lAfter[i];
    sum += d;
    squares += d * d;
    sumBefore += l[i];
    sumAfter += lAfter[i];
  }
  // What is left of the two values once the means are taken off is the regularizer.
  const regularizer = before.value - sumBefore / b - (after.value - sumAfter / b);
  const variance = b > 1 ? Math.max(0, squares - (sum * sum) / b) / (b - 1) : 0;
  return { decrease: sum / b + regularizer, standardError: Math.sqrt(variance / b) };
}

/** δ: what rounding makes of the loss; not 0, so that steps on a loss of zero have a ratio. */
export function roundingOf({ value, magnitude = Math.abs(value) }: Evaluation, dtype: Dtype): number {
  return Math.max(10 * (dtype === "float32" ? 2 ** -23 : 2 ** -52) * magnitude, Number.MIN_VALUE);
}

export interface RatioOptions {
  /** δ. */
  readonly rounding: number;
  /** Error of one evaluation of the loss, ≥ 0, below which steps cannot be distinguished. */
  readonly noise: number;
  /** Standard error of the decrease, if it counts as ε; it says nothing of what the loss can resolve. */
  readonly standardError?: number;
  readonly eta1: number;
}

export interface Ratio {
  /** ρ; −Infinity for a non-finite trial. */
  readonly ratio: number;
  /** What the loss can tell from nothing, rounding and the noise given. */
  readonly resolution: number;
  /** The actual decrease is below it. */
  readonly isBelowResolution: boolean;
  /** So do both decreases. */
  readonly atNoiseFloor: boolean;
}

export function noiseSafeRatio(decrease: number, modelDecrease: number, options: RatioOptions): Ratio {
  const { rounding, noise, standardError = 0, eta1 } = options;
  const r = 2 / (1 - eta1);
  const resolution = rounding + r * noise;
  const delta = resolution + r * standardError;
  const isBelowResolution = Math.abs(decrease) <= resolution;
  return {
    ratio: (decrease + delta) / (modelDecrease + delta),
    resolution,
    isBelowResolution,
    atNoiseFloor: isBelowResolution && modelDecrease <= resolution,
  };
}
