/**
 * The region of Newton's method for few parameters, ‖s‖_A ≤ Δ in the ellipsoid of the curvature's own diagonal:
 *
 *   A = diag(a)      a_j ← max(β·a_j, |B_jj|)      Δ₀ = reach·‖w₀‖_A
 *   ρ < ¼    Δ ← t·min(Δ, ‖s‖_A)      t from the parabola through f, f⁺ and the slope, in [0.1, 0.5]
 *   ρ ≥ ¾    Δ ← max(2‖s‖_A, Δ)       and to 2‖s‖_A after a whole step
 *
 * References: [More1978].
 */
import type { CurvatureKind } from "../../objective/objective.ts";
import type { EigenModel, EigenStep } from "../../subproblem/eigen-model.ts";
import { dot } from "../../vector/kernels.ts";
import type { State } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { ellipsoidOf } from "../convergence.ts";
import type { DensePoint } from "./dense-point.ts";

export interface DenseRegion {
  /** The diagonal of A, [d]. */
  readonly a: Float64Array;
  /** Δ; NaN until the first model. */
  readonly radius: number;
  /** Takes the curvature at a new point into A. */
  take(point: DensePoint, w: Vector): void;
  /** Makes Δ of the start, or of the model, if there is none. */
  begin(model: EigenModel, w: Vector): void;
  /** Whether A is that of the current point alone. */
  readonly isOwn: boolean;
  /** Makes it that, with a new Δ; false if it was the same already. */
  renew(point: DensePoint, w: Vector): boolean;
  /** Moves Δ after a step of this ρ. */
  follow(
    step: EigenStep,
    judged: { readonly accepted: boolean; readonly ratio: number; readonly decrease: number },
    gradient: Vector,
  ): void;
  /** Δ ← ‖s‖_A/4, after a step that the loss cannot judge and the gradient refuses. */
  retreat(step: EigenStep): void;
  /** The run goes to another point. */
  leave(): void;
  state(): State;
  restore(state: State): void;
}

export function denseRegion(kind: CurvatureKind, d: number): DenseRegion {
  const [forgetting, reach] = kind === "hessian" ? [0.25, 1] : [1, 10];
  let a: Float64Array = new Float64Array(d);
  let radius = Number.NaN;
  let [hasMoved, isOwn] = [false, false];

  const lengthOf = (v: Vector): number => Math.hypot(...a.map((x, j) => Math.sqrt(x) * v[j]));

  return {
    get a() {
      return a;
    },
    get radius() {
      return radius;
    },
    take({ diagonal, magnitude }, w) {
      const raised = a.map((known, j) => Math.max(forgetting * known, diagonal[j]));
      a = ellipsoidOf(raised, w, magnitude);
    },
    begin(model, w) {
      if (Number.isNaN(radius)) radius = reach * lengthOf(w) || model.naturalLength || 1;
    },
    get isOwn() {
      return isOwn;
    },
    renew({ diagonal, magnitude }, w) {
      isOwn = true;
      const own = ellipsoidOf(diagonal, w, magnitude);
      if (own.every((value, j) => value === a[j])) return false;
      [a, radius] = [own, Number.NaN];
      return true;
    },
    follow({ step, stepNorm, outcome }, { accepted, ratio, decrease }, gradient) {
      if (accepted && !hasMoved) radius = Math.min(radius, stepNorm);
      if (accepted && (ratio >= 0.75 || outcome === "interior")) {
        radius = Math.max(2 * stepNorm, ratio >= 0.25 ? 0 : radius);
      } else if (!accepted || ratio < 0.25) {
        radius = shrunk(radius, stepNorm, dot(gradient, step as Vector), decrease);
      }
    },
    retreat({ stepNorm }) {
      radius = stepNorm / 4;
    },
    leave() {
      [hasMoved, isOwn] = [true, false];
    },
    state: () => ({ scalars: { radius, hasMoved: Number(hasMoved) }, vectors: { a: a.slice() } }),
    restore({ scalars, vectors }) {
      radius = scalars.radius;
      hasMoved = scalars.hasMoved === 1;
      a = Float64Array.from(vectors.a);
    },
  };
}

/**
 * Δ after a step that was too bold: to the minimiser of the parabola through f, f⁺ and the slope, within [0.1, 0.5]
 * ([More1978]).
 */
function shrunk(radius: number, stepNorm: number, slope: number, decrease: number): number {
  const bend = -decrease - slope;
  const t = decrease === -Infinity || !(bend > 0) ? 0.1 : -slope / (2 * bend);
  return Math.min(0.5, Math.max(0.1, t)) * Math.min(radius, stepNorm);
}
