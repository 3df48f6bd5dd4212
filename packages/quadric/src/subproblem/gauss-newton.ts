/**
 * The Gauss–Newton model solved exactly from an explicit Jacobian, in any diagonal norm:
 *
 *   m(s) = ½‖r + Js‖² + pᵀs + ½sᵀDs       s(λ) = argmin m(s) + ½λ‖s − c‖²_A       g = Jᵀr + p = ∇m(0)
 *
 *   step         (JᵀJ + D + λA)(s − c) = −(g + (JᵀJ + D)c)
 *   decrease     m(0) − m(s) = ½(λsᵀA(s − c) − gᵀs)
 *   correction   (JᵀJ + D + λA)s₂ = −Jᵀ(r(w + s) − r − Js): residuals that leave their tangent are brought back to it
 *
 * A λ costs one factorisation (damped-factor.ts) and no derivative, a correction a solve. A radius is a λ with
 * ‖s(λ)‖_A = Δ, c = 0, found by Newton's method on 1/‖s‖ − 1/Δ, whose derivative needs (As)ᵀ(JᵀJ + D + λA)⁻¹(As).
 *
 * Symbols: J Jacobian [n, d], r residuals [n], p and D gradient and curvature of a regularizer, A ellipsoid [d]
 * (positive), c its centre [d].
 * References: [More1978], [ConnGouldToint2000, section 7.3], [TranstrumSethna2012].
 */
import { requireLength, requireOneOf, requirePositive } from "../check.ts";
import { type MatrixEngine, plainEngine } from "../linalg/matrix-engine.ts";
import { columnSquares } from "../norm/column-norms.ts";
import { allFinite, axpy, dot, weightedDot } from "../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import {
  type DampedFactor,
  inParameterSpace,
  inSampleSpace,
  type Pull,
  symmetricTimes,
  times,
  transposedTimes,
} from "./damped-factor.ts";
import type { Step } from "./step.ts";

/** What an objective tells of itself at a point. */
export interface ResidualModel {
  /** J, row-major [n, d]; kept, not written to. */
  readonly jacobian: Vector;
  /** r, [n]. */
  readonly residuals: Vector;
  /** A regularizer's gradient p, [d], and curvature D: [d] if diagonal, else row-major [d, d]. Defaults to none. */
  readonly penalty?: { readonly gradient: Vector; readonly curvature?: Vector };
}

/** The same by its normal equations, where J is too large to be kept: parameter space only. */
export interface NormalEquations extends Pick<ResidualModel, "penalty"> {
  /** JᵀJ, row-major [d, d], of which the upper triangle is read; kept, not written to. */
  readonly gram: Vector;
  /** Jᵀr, [d]. */
  readonly projection: Float64Array;
}

export type GaussNewtonModel<M extends ResidualModel | NormalEquations = ResidualModel | NormalEquations> = M & {
  /** A, [d], positive. */
  readonly diagonal: Float64Array;
};

/** The diagonal of JᵀJ, [d]. */
export function squaredColumns(model: ResidualModel | NormalEquations, d: number): Float64Array {
  if ("jacobian" in model) return columnSquares(model.jacobian, d);
  return Float64Array.from({ length: d }, (_, j) => model.gram[j * d + j]);
}

export type GaussNewtonSpace = "parameters" | "samples";

export interface DenseGaussNewtonOptions {
  /** Who multiplies matrices; defaults to plain loops. */
  readonly engine?: MatrixEngine;
  /** Defaults to the smaller matrix; "samples" is refused if D is a matrix. */
  readonly space?: GaussNewtonSpace;
}

export interface RadiusOptions {
  /** How far ‖s‖_A may be from Δ, relative; in (0, 1), defaults to 0.1 ([More1978]). */
  readonly tolerance?: number;
  /** Where to look first, such as the λ of the previous step. */
  readonly start?: number;
}

export interface DenseGaussNewton {
  readonly space: GaussNewtonSpace;
  /** g, [d]. */
  readonly gradient: Float64Array;
  /**
   * s(λ) for λ > 0 and a centre c, [d], that defaults to 0. One factorisation. Outcome "interior", or "nonfinite" with
   * a zero step.
   */
  solve(lambda: number, centre?: Vector): Promise<GaussNewtonStep>;
  /** The minimiser of m within ‖s‖_A ≤ Δ, to the tolerance. Outcome "boundary", "interior" or "nonfinite". */
  solveWithin(radius: number, options?: RadiusOptions): Promise<GaussNewtonStep>;
}

export interface GaussNewtonStep extends Step {
  readonly multiplier: number;
  /** Of the matrix that was factored. */
  readonly rank: number;
  /**
   * s₂, [d], from Sᵀ(z(w + s) − z(w)) or, of residuals, r(w + s) − r, [n]: of a step that has been corrected, the next
   * part. Undefined where J is not kept.
   */
  correction?(change: Vector): Float64Array;
}

/**
 * λ of a radius that is not reached, as a share of the largest c_j/a_j, c the squared columns of J. It is large enough
 * for a singular JᵀJ to give the shortest of its solutions.
 */
const leastShare = 1e-12;

/**
 * Prepares the model for solves: one product of matrices, n·d·min(n, d) multiply-adds.
 *
 * @throws {ShapeError} if J, r, A and the penalty disagree on n and d.
 * @example
 * const model = { jacobian: Float64Array.of(2, 0, 0, 1), residuals: Float64Array.of(2, 1), diagonal: Float64Array.of(1, 1) };
 * (await (await denseGaussNewton(model)).solve(1)).step; // => [-0.8, -0.5]
 */
export async function denseGaussNewton(
  model: GaussNewtonModel,
  options: DenseGaussNewtonOptions = {},
): Promise<DenseGaussNewton> {
  const { diagonal, penalty } = model;
  const { engine = plainEngine } = options;
  const d = diagonal.length;
  const n = "gram" in model ? Infinity : model.residuals.length;
  if ("gram" in model) requireLength("denseGaussNewton", "gram", model.gram, d * d);
  else requireLength("denseGaussNewton", "jacobian", model.jacobian, n * d);
  if (penalty !== undefined) requireLength("denseGaussNewton", "penalty.gradient", penalty.gradient, d);
  const dense = penalty?.curvature !== undefined && penalty.curvature.length !== d;
  if (dense) requireLength("denseGaussNewton", "penalty.curvature", penalty.curvature!, d * d);
  const space = options.space ?? (dense || d <= n ? "parameters" : "samples");
  const onlyParameters = dense || "gram" in model;
  requireOneOf("denseGaussNewton", "space", space, onlyParameters ? ["parameters"] : ["parameters", "samples"]);

  const gradient = "gram" in model ? model.projection.slice() : transposedTimes(model.jacobian, model.residuals, d);
  if (penalty !== undefined) axpy(1, penalty.gradient, gradient);
  const factorAt =
    "gram" in model || space === "parameters"
      ? await inParameterSpace(model, engine)
      : await inSampleSpace(model, engine);
  const D = penalty?.curvature;
  const residuals = "gram" in model ? undefined : model.residuals;
  const still: Pull = { residuals, slope: penalty?.gradient, gradient };
  const dualNorm = Math.sqrt(gradient.reduce((sum, x, j) => sum + (x * x) / diagonal[j], 0));

  /** The pull at a centre: r + Jc, p + Dc. */
  function pullAt(centre: Vector): Pull {
    const ofPenalty = D && (dense ? symmetricTimes(D, centre) : Float64Array.from(D, (x, j) => x * centre[j]));
    const slope = ofPenalty ? ofPenalty.map((x, j) => x + penalty!.gradient[j]) : penalty?.gradient;
    const bent = gradient.slice();
    if (ofPenalty) axpy(1, ofPenalty, bent);
    if ("gram" in model) {
      axpy(1, symmetricTimes(model.gram, centre), bent);
      return { residuals: undefined, slope, gradient: bent };
    }
    const moved = times(model.jacobian, centre);
    axpy(1, transposedTimes(model.jacobian, moved, d), bent);
    axpy(1, model.residuals, moved);
    return { residuals: moved, slope, gradient: bent };
  }
  let known: { readonly centre: Vector; readonly pull: Pull } | undefined;
  function pullOf(centre: Vector | undefined): Pull {
    if (centre === undefined) return still;
    if (known?.centre !== centre) known = { centre, pull: pullAt(centre) };
    return known.pull;
  }

  function measured(
    s: Float64Array,
    { rank, descend }: DampedFactor,
    { lambda, outcome, centre }: { lambda: number; outcome: Step["outcome"]; centre?: Vector },
  ): GaussNewtonStep {
    const step = zeros(d, dtypeOf("gram" in model ? model.gram : model.jacobian));
    const finite = allFinite(s);
    if (finite) step.set(s);
    const square = finite ? weightedDot(diagonal, s, s) : 0;
    const toCentre = centre && finite ? weightedDot(diagonal, s, centre) : 0;
    let image: Float64Array | undefined;
    return {
      step,
      stepNorm: Math.sqrt(square),
      multiplier: lambda,
      modelDecrease: finite ? 0.5 * (lambda * (square - toCentre) - dot(gradient, s)) : 0,
      outcome: finite ? outcome : "nonfinite",
      products: 0,
      rank,
      ...(!("gram" in model) && {
        correction(change: Vector) {
          image ??= times(model.jacobian, s);
          const bend = image.map((x, i) => change[i] - x);
          const pulled = space === "samples" ? gradient : transposedTimes(model.jacobian, bend, d);
          return descend({ residuals: bend, slope: undefined, gradient: pulled });
        },
      }),
    };
  }

  return {
    space,
    gradient,

    async solve(lambda, centre) {
      requirePositive("denseGaussNewton", "lambda", lambda);
      const factor = await factorAt(lambda);
      const s = factor.descend(pullOf(centre));
      if (centre) axpy(1, centre, s);
      return measured(s, factor, { lambda, outcome: "interior", centre });
    },

    async solveWithin(radius, { tolerance = 0.1, start } = {}) {
      requirePositive("denseGaussNewton", "radius", radius);
      // ‖s(λ)‖_A ≤ ‖g‖_{A⁻¹}/λ
      let [low, high] = [0, dualNorm / radius];
      const largest = squaredColumns(model, d).reduce((max, c, j) => Math.max(max, c / diagonal[j]), 0);
      const least = leastShare * largest;
      let lambda = Math.min(start ?? 1e-3 * high, high);
      for (let pass = 0; ; pass++) {
        lambda = Math.max(lambda, least);
        const factor = await factorAt(lambda);
        const s = factor.descend(still);
        const length = Math.sqrt(weightedDot(diagonal, s, s));
        const isWhole = high === 0 || (length < radius && lambda <= least);
        if (!Number.isFinite(length) || isWhole) return measured(s, factor, { lambda, outcome: "interior" });
        if (Math.abs(length - radius) <= tolerance * radius || pass === 50)
          return measured(s, factor, { lambda, outcome: "boundary" });
        if (length > radius) low = lambda;
        else high = lambda;
        // φ = 1/‖s‖ − 1/Δ, φ′ = q/‖s‖³: concave, so from the left Newton's steps never pass the root.
        const q = factor.sensitivity(s.map((x, j) => diagonal[j] * x));
        lambda += ((length * length) / q) * (length / radius - 1);
        if (!(lambda > low && lambda < high)) lambda = Math.max(Math.sqrt(low * high), 1e-3 * high);
      }
    },
  };
}
