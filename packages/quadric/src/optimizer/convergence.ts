/**
 * When a run on exact values has converged, whatever the units of the loss and of the parameters:
 *
 *   gradient   ½‖g‖²_{B⁻¹} ≤ ε_g²·|f|₁          the decrease that Newton's model still promises, of the loss's own size
 *   step       |s_j| ≤ ε_s·|w_j| for every j    Newton's step, of each parameter's own size
 *   rounding   the loss cannot tell the next step from none, steps no longer halve ½‖g‖²_{B⁻¹}, and both are small at √ε_mach
 *
 * For residuals the first is the squared sine of the angle between r and the space orthogonal to the columns of J: the
 * relative offset of Bates and Watts. All three are judged for whole Newton steps only: a short step of a small region
 * proves nothing.
 *
 * Symbols: f loss, |f|₁ the sum of its absolute terms, g gradient, B curvature, s step, w parameters.
 * References: [BatesWatts1981], [DennisSchnabel1996, section 7.2], [HagerZhang2005].
 */
import { norm2 } from "../vector/kernels.ts";
import type { State } from "../vector/state.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import type { Ending } from "./optimizer.ts";

export interface ScaleFreeTolerances {
  /** ε_g ≥ 0; defaults to 1e-8 in float64 and 1e-4 in float32. */
  readonly gradient?: number;
  /** ε_s ≥ 0; defaults to 1e-13 in float64 and 5e-7 in float32. */
  readonly step?: number;
}

/** What precision makes of the tests. */
export interface Resolution {
  readonly gradient: number;
  readonly step: number;
  /** How near a minimum a run must be to have converged "rounding": of the offset, and of the step. */
  readonly level: number;
  /** Changes of the loss within so many roundings may be noise. */
  readonly band: number;
  /** Eigenvalues of the scaled curvature above its negative are not proof of a direction of descent. */
  readonly curvature: number;
}

export function resolutionOf(dtype: Dtype, { gradient, step }: ScaleFreeTolerances = {}): Resolution {
  return dtype === "float64"
    ? { gradient: gradient ?? 1e-8, step: step ?? 1e-13, level: 1e-6, band: 100, curvature: 1e-9 }
    : { gradient: gradient ?? 1e-4, step: step ?? 5e-7, level: 2e-2, band: 100, curvature: 1e-4 };
}

/** √(decrease / |f|₁): 0 where the loss itself is zero and has nothing left to lose. */
export function offsetOf(decrement: number, magnitude: number): number {
  return decrement > 0 ? Math.sqrt(decrement / magnitude) : 0;
}

/**
 * max |s_j|/|w_j|; entries whose length in the norm diag(a), all together, is below the rounding of w as a whole do not
 * count.
 */
export function relativeStep(step: Vector, w: Vector, a: Float64Array | undefined, dtype: Dtype): number {
  const weight = (j: number) => Math.sqrt(a?.[j] ?? 1);
  const epsilon = dtype === "float64" ? 2 ** -52 : 2 ** -23;
  const negligible = (4 * epsilon * norm2(w.map((x, j) => weight(j) * x) as Vector)) / Math.sqrt(w.length);
  let largest = 0;
  for (let j = 0; j < step.length; j++) {
    const size = Math.abs(step[j]);
    if (size * weight(j) > negligible) largest = Math.max(largest, size / Math.abs(w[j]));
  }
  return largest;
}

/**
 * Minima where loss and curvature vanish together, as that of x⁴, are approached for ever by steps of the same part of
 * what is left. A run is at its end there when the loss is 10⁻⁴⁰ of what it was and steps are 10⁻¹⁰ of where it has
 * been.
 */
export interface Extent {
  /** The largest |f|₁ of a point. */
  readonly largest: number;
  hasVanished(magnitude: number, stepNorm: number): boolean;
  /** Takes in a point. */
  visit(magnitude: number, length: number): void;
  state(): State;
  restore(state: State | undefined): void;
}

export function extent(): Extent {
  let [loss, length] = [0, 0];
  return {
    get largest() {
      return loss;
    },
    hasVanished: (magnitude, stepNorm) => magnitude <= 1e-40 * loss && stepNorm <= 1e-10 * length,
    visit(magnitude, size) {
      [loss, length] = [Math.max(loss, magnitude), Math.max(length, size)];
    },
    state: () => ({ scalars: { loss, length }, vectors: {} }),
    restore(state) {
      if (state) [loss, length] = [state.scalars.loss, state.scalars.length];
    },
  };
}

export const endings = {
  gradient: (offset: number): Ending => ({
    status: "converged",
    reason: "gradient",
    message: `The gradient is small: the loss has less than ${digits(offset * offset)} of itself left to lose.`,
  }),
  step: (): Ending => ({
    status: "converged",
    reason: "step",
    message: "Newton's step changes no parameter beyond its last digits.",
  }),
  loss: (): Ending => ({ status: "converged", reason: "loss", message: "The loss has fallen to nothing." }),
  rounding: (): Ending => ({
    status: "converged",
    reason: "rounding",
    message: "The gradient is small and the loss cannot tell a further step from rounding.",
  }),
};

const digits = (value: number): string => (value === 0 ? "1e-300" : value.toExponential(0));

/** The diagonal of A from |B_jj|; a parameter without curvature so far is measured by its own size. */
export function ellipsoidOf(diagonal: Float64Array, w: Vector, magnitude: number): Float64Array {
  return diagonal.map((value, j) => {
    if (value > 0) return value;
    const own = (2 * magnitude) / (w[j] * w[j]);
    return own > 0 && own < Infinity ? own : 1;
  });
}
