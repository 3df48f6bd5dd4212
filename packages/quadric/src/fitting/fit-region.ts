/**
 * The region of a fit, ‖Dv‖ ≤ Δ, in the ellipsoid of the largest column norms so far:
 *
 *   d_j ← max(d_j, ‖J_j‖)      Δ₀ = 10‖Dp₀‖
 *   ρ < ¼    Δ ← t·min(Δ, ‖Dv‖)     t from the parabola through f, f⁺ and the slope, in [0.1, 0.5]
 *   ρ ≥ ¾    Δ ← 2‖Dv‖              and after a whole step
 *
 * References: [More1978].
 */
import { norm2 } from "../vector/kernels.ts";
import type { BoxModel, BoxStep } from "./box-step.ts";
import { lengthIn, vectorOf } from "./small-vectors.ts";

/** Moré's factor of the first radius. */
const firstReach = 10;

export interface FitRegion {
  /** D. */
  readonly scale: Float64Array;
  /** Δ; NaN until the first model. */
  readonly radius: number;
  lengthOf(v: Float64Array): number;
  /** Takes in the columns at a point. */
  take(columns: readonly Float64Array[], p: Float64Array, cost: number): void;
  /** Makes Δ of the start, or of the model, if there is none. */
  begin(p: Float64Array, model: BoxModel): void;
  /** D of this point alone, with a new Δ; false if it was that already. */
  renew(): boolean;
  /** Moves Δ after a step of this ρ. */
  follow(step: BoxStep, judged: Judged, slope: number): void;
  /** Δ ← ‖Dv‖/4. */
  retreat(step: BoxStep): void;
}

interface Judged {
  readonly isAccepted: boolean;
  readonly isNewton: boolean;
  readonly ratio: number;
  readonly decrease: number;
}

export function fitRegion(d: number): FitRegion {
  let scale: Float64Array = new Float64Array(d);
  let own = scale;
  let radius = Number.NaN;
  let hasMoved = false;
  const lengthOf = (v: Float64Array): number => lengthIn(scale, v);
  return {
    get scale() {
      return scale;
    },
    get radius() {
      return radius;
    },
    lengthOf,
    take(columns, p, cost) {
      own = vectorOf(d, (j) => {
        const size = norm2(columns[j]);
        if (size > 0) return size;
        const ofItself = Math.sqrt(2 * cost) / Math.abs(p[j]);
        return ofItself > 0 && ofItself < Infinity ? ofItself : 1;
      });
      const known = scale;
      scale = vectorOf(d, (j) => Math.max(known[j], own[j]));
    },
    begin(p, model) {
      if (Number.isNaN(radius)) radius = firstReach * lengthOf(p) || model.within(Number.MAX_VALUE).stepNorm || 1;
    },
    renew() {
      if (own.every((x, j) => x === scale[j])) return false;
      [scale, radius, hasMoved] = [own, Number.NaN, false];
      return true;
    },
    follow({ stepNorm }, { isAccepted, isNewton, ratio, decrease }, slope) {
      if (isAccepted && !hasMoved) [radius, hasMoved] = [Math.min(radius, stepNorm), true];
      if (isAccepted && (ratio >= 0.75 || isNewton)) {
        radius = Math.max(2 * stepNorm, ratio >= 0.25 ? 0 : radius);
      } else if (ratio < 0.25) {
        const bend = -decrease - slope;
        const t = decrease === -Infinity || !(bend > 0) ? 0.1 : -slope / (2 * bend);
        radius = Math.min(0.5, Math.max(0.1, t)) * Math.min(radius, stepNorm);
      }
    },
    retreat({ stepNorm }) {
      radius = stepNorm / 4;
    },
  };
}

/** max |s_j|/|p_j|; a parameter does not count whose part of the step is below the rounding of p as a whole. */
export function relativeStep(step: Float64Array, p: Float64Array, scale: Float64Array): number {
  const negligible = 4 * Number.EPSILON * lengthIn(scale, p);
  let largest = 0;
  for (let j = 0; j < p.length; j++) {
    const size = Math.abs(step[j]);
    if (size * scale[j] > negligible) largest = Math.max(largest, size / Math.abs(p[j]));
  }
  return largest;
}
