/**
 * What a fit learns at a point: f, and what its model is made of.
 *
 *   f = ½ Σ C²ρ(r_i²/C²)      J = Q[R; 0], b = Qᵀr, rows weighted as the loss does      ∇f = Rᵀb
 */
import { type Triangle, tallTriangle } from "../linalg/tall-triangle.ts";
import { allFinite, dot } from "../vector/kernels.ts";
import type { FitRegion } from "./fit-region.ts";
import type { ResidualSystem } from "./residual-system.ts";
import { leastWeight, type RobustLoss, robustness } from "./robust-loss.ts";
import { vectorOf } from "./small-vectors.ts";

/** A place and what is known of it. */
export interface Evaluation {
  readonly p: Float64Array;
  readonly r: Float64Array;
  readonly jacobian: Float64Array;
  /** Whether J is that of p. */
  hasJacobian: boolean;
}

export function evaluation(p: Float64Array, n: number): Evaluation {
  return { p, r: new Float64Array(n), jacobian: new Float64Array(p.length * n), hasJacobian: false };
}

const isDefined = ({ columns, right }: Triangle): boolean => columns.every(allFinite) && allFinite(right);

/** What is known at a point. */
export interface Point {
  readonly cost: number;
  readonly triangle: Triangle;
  /** ∇f, [d]. */
  readonly gradient: Float64Array;
  /** What rounding of the residuals and of the point makes of f. */
  readonly noise: number;
}

interface FitPoints {
  /** Calls for residuals alone, and together with J. */
  readonly counts: { readonly residuals: number; readonly jacobians: number };
  /** f at a place, ∞ if it is not defined; r and, if it is asked for, J stay there. */
  evaluate(place: Evaluation, withJacobian: boolean): number;
  /** What the model is made of; undefined where f or a derivative is not finite. D takes it in. */
  linearize(place: Evaluation, known?: number): Point | undefined;
}

/** @param region - whose D takes in the columns of J. */
export function fitPoints(
  system: ResidualSystem,
  { loss, lossScale }: { readonly loss: RobustLoss; readonly lossScale: number },
  region: FitRegion,
): FitPoints {
  const robust = robustness(loss, lossScale);
  const d = system.parameters;
  const counts = { residuals: 0, jacobians: 0 };
  let { magnitudes } = system;

  function evaluate(place: Evaluation, withJacobian: boolean): number {
    if (withJacobian) counts.jacobians++;
    else counts.residuals++;
    system.evaluate(place.p, place.r, withJacobian ? place.jacobian : undefined);
    place.hasJacobian = withJacobian;
    const cost = robust?.cost(place.r) ?? 0.5 * dot(place.r, place.r);
    return Number.isNaN(cost) ? Infinity : cost;
  }

  function linearize(place: Evaluation, known?: number): Point | undefined {
    const cost = place.hasJacobian && known !== undefined ? known : evaluate(place, true);
    if (!(cost < Infinity)) return undefined;
    const { p, r } = place;
    let triangle = triangleOf(place);
    if (!isDefined(triangle)) {
      system.mend?.(p, r, place.jacobian);
      triangle = triangleOf(place);
      if (!isDefined(triangle)) return undefined;
    }
    const { columns, right } = triangle;
    magnitudes ??= r.map(Math.abs);
    region.take(columns, p, cost);
    const gradient = vectorOf(d, (j) => dot(columns[j], right));
    return { cost, triangle, gradient, noise: noiseOf(r, magnitudes) + noiseOfPoint(p, gradient, region.scale) };
  }

  function triangleOf({ r, jacobian }: Evaluation): Triangle {
    if (robust === undefined) return tallTriangle(jacobian, r, d);
    const [right, weighted] = [r.slice(), jacobian.slice()];
    robust.reweigh(right, weighted, leastWeight);
    return tallTriangle(weighted, right, d);
  }

  return { counts, evaluate, linearize };
}

/** Σ of what an error ε(|y_i| + |r_i|) of every residual makes of f. */
function noiseOf(r: Float64Array, magnitudes: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < r.length; i++) {
    const size = Math.abs(r[i]);
    const delta = Number.EPSILON * (magnitudes[i] + size);
    sum += delta * (size + delta);
  }
  return sum;
}

/** Σ|g_j|δ_j + 2‖Dδ‖², δ = ε|p|: what the rounding of p itself makes of f. */
function noiseOfPoint(p: Float64Array, gradient: Float64Array, scale: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) {
    const delta = Number.EPSILON * Math.abs(p[j]);
    sum += Math.abs(gradient[j]) * delta + 2 * (scale[j] * delta) ** 2;
  }
  return sum;
}
