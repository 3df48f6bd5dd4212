/**
 * The Gauss–Newton model solved exactly from an explicit Jacobian, in any diagonal norm:
 *
 *   m(s) = ½‖r + Js‖² + pᵀs + ½sᵀDs       s(λ) = argmin m(s) + ½λ‖s‖²_A,   (JᵀJ + D + λA)s = −g,   g = Jᵀr + p
 *
 * Parameter space factors JᵀJ + D + λA, [d, d]. Sample space factors a matrix of [n, n]:
 *   M = λA + D,   (I + JM⁻¹Jᵀ)y = r − JM⁻¹p,   s = −M⁻¹(Jᵀy + p)
 * Either is made once; another λ costs one factorisation and no derivative. A radius is a λ with ‖s(λ)‖_A = Δ, found by
 * Newton's method on 1/‖s‖ − 1/Δ, whose derivative needs (As)ᵀ(JᵀJ + D + λA)⁻¹(As).
 *
 * Symbols: J Jacobian [n, d], r residuals [n], p and D gradient and curvature of a regularizer, A ellipsoid [d]
 * (positive).
 * References: [More1978], [ConnGouldToint2000, section 7.3].
 */
import { requireLength, requireOneOf, requirePositive } from "../check.ts";
import { type BlockedCholesky, blockedCholesky } from "../linalg/blocked-cholesky.ts";
import { gramOfColumns, gramOfRows } from "../linalg/gram.ts";
import { type MatrixEngine, plainEngine } from "../linalg/matrix-engine.ts";
import { columnSquares } from "../norm/column-norms.ts";
import { allFinite, axpy, dot, weightedDot } from "../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
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
  /** s(λ) for λ > 0. One factorisation. Outcome "interior", or "nonfinite" with a zero step. */
  solve(lambda: number): Promise<GaussNewtonStep>;
  /** The minimiser of m within ‖s‖_A ≤ Δ, to the tolerance. Outcome "boundary", "interior" or "nonfinite". */
  solveWithin(radius: number, options?: RadiusOptions): Promise<GaussNewtonStep>;
}

export interface GaussNewtonStep extends Step {
  readonly multiplier: number;
  /** Of the matrix that was factored. */
  readonly rank: number;
}

/** s(λ) before it is measured. */
interface Solution {
  readonly s: Float64Array;
  readonly rank: number;
  /** (As)ᵀ(JᵀJ + D + λA)⁻¹(As). */
  sensitivity(As: Float64Array): number;
}

/**
 * A radius that is not reached takes so little of λ, as a part of the largest c_j/a_j, c the squared columns of J:
 * enough for a singular JᵀJ to give the shortest of its solutions.
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
  const solutionAt =
    "gram" in model || space === "parameters"
      ? await inParameterSpace(model, gradient, engine)
      : await inSampleSpace(model, engine);
  const dualNorm = Math.sqrt(gradient.reduce((sum, x, j) => sum + (x * x) / diagonal[j], 0));

  /** m(0) − m(s) = ½(−gᵀs + λ‖s‖²_A). */
  function measured({ s, rank }: Solution, lambda: number, outcome: Step["outcome"]): GaussNewtonStep {
    const step = zeros(d, dtypeOf("gram" in model ? model.gram : model.jacobian));
    const finite = allFinite(s);
    if (finite) step.set(s);
    const square = finite ? weightedDot(diagonal, s, s) : 0;
    return {
      step,
      stepNorm: Math.sqrt(square),
      multiplier: lambda,
      modelDecrease: finite ? 0.5 * (lambda * square - dot(gradient, s)) : 0,
      outcome: finite ? outcome : "nonfinite",
      products: 0,
      rank,
    };
  }

  return {
    space,
    gradient,

    async solve(lambda) {
      requirePositive("denseGaussNewton", "lambda", lambda);
      return measured(await solutionAt(lambda), lambda, "interior");
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
        const solution = await solutionAt(lambda);
        const length = Math.sqrt(weightedDot(diagonal, solution.s, solution.s));
        if (!Number.isFinite(length) || high === 0) return measured(solution, lambda, "interior");
        if (length < radius && lambda <= least) return measured(solution, lambda, "interior");
        if (Math.abs(length - radius) <= tolerance * radius || pass === 50)
          return measured(solution, lambda, "boundary");
        if (length > radius) low = lambda;
        else high = lambda;
        // φ = 1/‖s‖ − 1/Δ, φ′ = q/‖s‖³: concave, so from the left Newton's steps never pass the root.
        const q = solution.sensitivity(solution.s.map((x, j) => diagonal[j] * x));
        lambda += ((length * length) / q) * (length / radius - 1);
        if (!(lambda > low && lambda < high)) lambda = Math.max(Math.sqrt(low * high), 1e-3 * high);
      }
    },
  };
}

type SolutionAt = (lambda: number) => Promise<Solution>;

async function inParameterSpace(
  model: GaussNewtonModel,
  gradient: Float64Array,
  engine: MatrixEngine,
): Promise<SolutionAt> {
  const { diagonal, penalty } = model;
  const d = diagonal.length;
  const curvature = penalty?.curvature;
  const dense = curvature !== undefined && curvature.length !== d;
  const gram = "gram" in model ? model.gram.slice() : await gramOfColumns(model.jacobian, d, engine);
  if (dense) axpy(1, curvature, gram);
  return async (lambda) => {
    const shift = diagonal.map((a, j) => lambda * a + (curvature !== undefined && !dense ? curvature[j] : 0));
    const { rank, solve, solveTransposed } = await blockedCholesky(gram, d, { engine, shift });
    return {
      s: solve(gradient.map((x) => -x)),
      rank,
      sensitivity(As) {
        const half = solveTransposed(As);
        return dot(half, half);
      },
    };
  };
}

async function inSampleSpace(model: GaussNewtonModel<ResidualModel>, engine: MatrixEngine): Promise<SolutionAt> {
  const { jacobian, residuals, diagonal, penalty } = model;
  const [n, d] = [residuals.length, diagonal.length];
  const D = penalty?.curvature;
  const p = penalty?.gradient;

  /** J·diag(inverse)·Jᵀ. */
  function gramOf(inverse: Float64Array): Promise<Vector> {
    return gramOfRows(scaledColumns(jacobian, inverse.map(Math.sqrt)), n, engine);
  }
  // Without D: (λI + JA⁻¹Jᵀ)(y/λ) = r − JA⁻¹p/λ, s = −A⁻¹(Jᵀ(y/λ) + p/λ), of one matrix for all λ.
  const inverseOfA = diagonal.map((a) => 1 / a);
  const gram = D === undefined ? await gramOf(inverseOfA) : undefined;

  return async (lambda) => {
    const inverse = D === undefined ? inverseOfA : diagonal.map((a, j) => 1 / (lambda * a + D[j]));
    const [shift, share] = D === undefined ? [lambda, 1 / lambda] : [1, 1];
    const factored: BlockedCholesky = await blockedCholesky(gram ?? (await gramOf(inverse)), n, { engine, shift });
    const scaled = (v: Vector) => inverse.map((x, j) => x * v[j]);
    const y = Float64Array.from(residuals);
    if (p !== undefined) axpy(-share, times(jacobian, scaled(p)), y);
    factored.solve(y);
    const total = transposedTimes(jacobian, y, d);
    if (p !== undefined) axpy(share, p, total);
    return {
      s: scaled(total).map((x) => -x),
      rank: factored.rank,
      sensitivity(As) {
        // H⁻¹v = M⁻¹v − M⁻¹Jᵀ(I + JM⁻¹Jᵀ)⁻¹JM⁻¹v
        const v = scaled(As);
        const half = factored.solveTransposed(times(jacobian, v));
        return share * (dot(As, v) - dot(half, half));
      },
    };
  };
}

/** Jv, [n]. */
function times(jacobian: Vector, v: Vector): Float64Array {
  const d = v.length;
  return Float64Array.from({ length: jacobian.length / d }, (_, i) => dot(jacobian.subarray(i * d, (i + 1) * d), v));
}

/** Jᵀu, [d]. */
export function transposedTimes(jacobian: Vector, u: Vector, d: number): Float64Array {
  const sum = new Float64Array(d);
  for (let i = 0; i < u.length; i++) axpy(u[i], jacobian.subarray(i * d, (i + 1) * d), sum);
  return sum;
}

/** J·diag(scale). */
function scaledColumns(jacobian: Vector, scale: Float64Array): Vector {
  const d = scale.length;
  const X = jacobian.slice();
  for (let from = 0; from < X.length; from += d) for (let j = 0; j < d; j++) X[from + j] *= scale[j];
  return X;
}
