/**
 * The method of Levenberg and Marquardt as a trust region, with bounds, robust losses and geodesic acceleration:
 *
 *   min_p  f(p) = ½ Σ C²ρ(r_i²/C²)   subject to l ≤ p ≤ u
 *
 *   J = Q[R; 0]                       once a point                       fit-point.ts
 *   d_j ← max(d_j, ‖J_j‖), D = diag(d)                                   fit-region.ts
 *   v ← argmin ‖Jv + r‖, ‖Dv‖ ≤ Δ, l ≤ p + v ≤ u                         box-step.ts
 *   a ← −(JᵀJ + λD²)⁻¹Jᵀr″[v, v]      taken as v + ½a if 2‖Da‖ ≤ α‖Dv‖   the second order of the path of steps
 *   p ← p + s if ρ ≥ 10⁻⁴, Δ by ρ                                        fit-region.ts
 *
 * A run ends when the predicted decrease is at most ε² of f (the relative offset of Bates and Watts). It also ends when
 * whole steps change only last digits, or f cannot resolve the steps and they stop shrinking. None of this knows units.
 *
 * Symbols: p parameters [d], r residuals [n], J Jacobian [n × d], D ellipsoid, Δ radius, λ multiplier of the region.
 * References: [More1978], [TranstrumSethna2012], [BatesWatts1981].
 */
import type { Triangle } from "../linalg/tall-triangle.ts";
import { axpy, dot } from "../vector/kernels.ts";
import { type BoxModel, type BoxStep, boxModel } from "./box-step.ts";
import type { Bounds } from "./differences.ts";
import { evaluation, fitPoints, type Point } from "./fit-point.ts";
import { fitRegion, relativeStep } from "./fit-region.ts";
import { columnsOf, type ResidualSystem } from "./residual-system.ts";
import type { RobustLoss } from "./robust-loss.ts";
import { vectorOf } from "./small-vectors.ts";

export interface FitSettings {
  readonly bounds?: Bounds;
  /** ρ; defaults to "linear". */
  readonly loss?: RobustLoss;
  /** C > 0; defaults to 1. */
  readonly lossScale?: number;
  /** Trial points after which to give up; defaults to 1000. */
  readonly maxIterations?: number;
  /** ε, of the relative offset; defaults to 1e-10. */
  readonly tolerance?: number;
}

export type FitStatus = "converged" | "stalled" | "max-iterations" | "nonfinite";

export interface Solution {
  readonly status: FitStatus;
  readonly reason?: "gradient" | "step" | "rounding";
  readonly message: string;
  /** p, [d]; finite. */
  readonly parameters: Float64Array;
  /** r(p), [n]. */
  readonly residuals: Float64Array;
  /** J(p) by columns, [d × n]. */
  readonly jacobian: Float64Array;
  /** R of J(p), its rows weighted as the loss does; undefined if J is not finite. */
  readonly triangle: Triangle | undefined;
  /** f(p). */
  readonly cost: number;
  /** Parameters held at a bound by the gradient. */
  readonly atBound: readonly number[];
  /** Trial points. */
  readonly iterations: number;
  /** Calls for residuals alone, and together with J. */
  readonly evaluations: { readonly residuals: number; readonly jacobians: number };
}

/** α of the acceleration: [TranstrumSethna2012]. */
const maxAcceleration = 0.75;
/** The part of a step over which its second order is measured: [TranstrumSethna2012]. */
const probe = 0.1;
/** Changes of f within so many roundings may be noise. */
const band = 100;
/** A whole step by less than this of every parameter changes last digits only. */
const lastDigits = 1e-14;
/** How small the offset must be for a run that cannot go on to have converged. */
const level = 1e-5;

export function levenbergMarquardt(system: ResidualSystem, start: Float64Array, settings: FitSettings = {}): Solution {
  const { bounds, loss = "linear", lossScale = 1, maxIterations = 1000, tolerance = 1e-10 } = settings;
  const { residuals: n, parameters: d } = system;
  const region = fitRegion(d);
  const { counts, evaluate, linearize } = fitPoints(system, { loss, lossScale }, region);
  let here = evaluation(start.slice(), n);
  let there = evaluation(start.slice(), n);
  let iterations = 0;
  let point: Point | undefined;

  const modelOf = ({ triangle }: Point): BoxModel =>
    boxModel(triangle, { p: here.p, scale: region.scale, bounds, accuracy: system.accuracy });

  /** v + ½a, or v if the path of steps bends too much for its second order to be trusted. */
  function accelerated({ step, stepNorm, solve }: BoxStep): Float64Array {
    for (let j = 0; j < d; j++) there.p[j] = here.p[j] + probe * step[j];
    if (!(evaluate(there, false) < Infinity)) return step;
    const columns = columnsOf(here.jacobian, d);
    const change = there.r;
    for (let i = 0; i < n; i++) change[i] = (change[i] - here.r[i]) / probe;
    step.forEach((x, j) => {
      axpy(-x, columns[j], change);
    });
    const bend = vectorOf(d, (j) => (-2 / probe) * dot(columns[j], change)); // −Jᵀr″
    const a = solve(bend);
    if (!(2 * region.lengthOf(a) <= maxAcceleration * stepNorm)) return step;
    return step.map((x, j) => x + 0.5 * a[j]);
  }

  function finish(status: FitStatus, message: string, reason?: Solution["reason"]): Solution {
    const { p, r, jacobian } = here;
    const atBound = bounds === undefined || !point ? [] : heldOf(p, point.gradient, bounds);
    const cost = point?.cost ?? Number.NaN;
    return {
      ...{ status, reason, message, parameters: p, residuals: r, jacobian, triangle: point?.triangle, cost },
      ...{ atBound, iterations, evaluations: counts },
    };
  }

  point = linearize(here);
  if (!point) return finish("nonfinite", "The residuals, or their derivatives, are not finite at the start.");
  let model = modelOf(point);
  let [lastLevelStep, isEasy] = [Infinity, false];
  for (;;) {
    const { cost, noise, gradient } = point;
    const offset = model.decrement > 0 ? Math.sqrt(model.decrement / cost) : 0;
    if (offset <= tolerance) {
      // In an ellipsoid of derivatives that are past, what is left of a column may look like none.
      if (!region.renew()) return finish("converged", endings.gradient(offset), "gradient");
      model = modelOf(point);
      continue;
    }
    if (iterations >= maxIterations) return finish("max-iterations", endings.iterations(maxIterations, offset));
    region.begin(here.p, model);
    const solution = model.within(region.radius);
    const isNewton = solution.multiplier === 0;
    const length = relativeStep(solution.step, here.p, region.scale);
    if (isNewton && length <= lastDigits) return finish("converged", endings.step, "step");
    iterations++;
    const usesSecondOrder = loss === "linear" && offset > level && !(isNewton && isEasy);
    const s = usesSecondOrder ? accelerated(solution) : solution.step;
    for (let j = 0; j < d; j++) there.p[j] = clipped(here.p[j] + s[j], j, bounds);
    // A step that will be taken needs J as well, which comes with r for little.
    const after = evaluate(there, system.givesBoth && (isEasy || isNewton));
    const [decrease, predicted] = [cost - after, solution.modelDecrease];
    const isLevel = isNewton && predicted <= band * noise && Math.abs(decrease) <= band * noise;
    if (isLevel && !(solution.stepNorm < 0.95 * lastLevelStep))
      return finish("converged", endings.rounding, "rounding");
    const ratio = (decrease + noise) / (predicted + noise);
    const isAccepted = isLevel || ratio >= 1e-4;
    isEasy = isLevel || ratio >= 0.75;
    if (isLevel) lastLevelStep = solution.stepNorm;
    else region.follow(solution, { isAccepted, isNewton, ratio, decrease }, dot(gradient, solution.step));
    if (isAccepted) {
      [here, there] = [there, here];
      const next = linearize(here, after);
      if (next) {
        [point, model] = [next, modelOf(next)];
        continue;
      }
      // f is finite there but a derivative is not: as a step that is refused.
      [here, there] = [there, here];
      region.retreat(solution);
    }
    if (length > 1e-15) continue;
    if (offset <= level) return finish("converged", endings.rounding, "rounding");
    return finish("stalled", endings.stalled);
  }
}

const part = (offset: number): string => (offset === 0 ? "1e-300" : (offset * offset).toExponential(0));

const endings = {
  gradient: (offset: number) =>
    `The gradient is small: less than ${part(offset)} of the sum of squares is left to lose.`,
  step: "A whole step changes no parameter beyond its last digits.",
  rounding: "The sum of squares cannot tell a further step from rounding.",
  stalled: "No step lowers the sum of squares, however short, although the gradient is not small.",
  iterations: (count: number, offset: number) =>
    `All ${count} iterations are taken; the model still promises ${part(offset)} of the sum of squares.`,
} as const;

/** Parameters at a bound that the gradient pushes against. */
function heldOf(p: Float64Array, gradient: Float64Array, { lower, upper }: Bounds): number[] {
  return Array.from(p.keys()).filter(
    (j) => (p[j] <= lower[j] && gradient[j] >= 0) || (p[j] >= upper[j] && gradient[j] <= 0),
  );
}

function clipped(x: number, j: number, bounds?: Bounds): number {
  return bounds === undefined ? x : Math.min(Math.max(x, bounds.lower[j]), bounds.upper[j]);
}
