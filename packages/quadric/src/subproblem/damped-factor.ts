/**
 * The damped Gauss–Newton system factored at one λ, in the space of the smaller matrix:
 *
 *   x = argmin ½‖r + Jx‖² + pᵀx + ½xᵀDx + ½λ‖x‖²_A
 *
 * Parameter space factors JᵀJ + D + λA, [d, d]. Sample space factors a matrix of [n, n]:
 *   M = λA + D,   (I + JM⁻¹Jᵀ)y = r − JM⁻¹p,   x = −M⁻¹(Jᵀy + p)
 * The product of J with itself is made once; another λ costs one factorisation, another r and p a solve.
 *
 * Symbols: J Jacobian [n, d], r residuals [n], p and D gradient and curvature of a regularizer, A ellipsoid [d]
 * (positive).
 */
import { type BlockedCholesky, blockedCholesky } from "../linalg/blocked-cholesky.ts";
import { gramOfColumns, gramOfRows } from "../linalg/gram.ts";
import type { MatrixEngine } from "../linalg/matrix-engine.ts";
import { axpy, dot } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import type { GaussNewtonModel, ResidualModel } from "./gauss-newton.ts";

/** What pulls x away from 0; each space reads its own part. */
export interface Pull {
  /** r, [n]; undefined where J is not kept. */
  readonly residuals: Vector | undefined;
  /** p, [d]; undefined without a regularizer. */
  readonly slope: Vector | undefined;
  /** Jᵀr + p, [d]. */
  readonly gradient: Float64Array;
}

export interface DampedFactor {
  /** Of the matrix that was factored. */
  readonly rank: number;
  /** x, [d]. */
  descend(pull: Pull): Float64Array;
  /** (As)ᵀ(JᵀJ + D + λA)⁻¹(As). */
  sensitivity(As: Float64Array): number;
}

export type FactorAt = (lambda: number) => Promise<DampedFactor>;

export async function inParameterSpace(model: GaussNewtonModel, engine: MatrixEngine): Promise<FactorAt> {
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
      rank,
      descend: ({ gradient }) => solve(gradient.map((x) => -x)),
      sensitivity(As) {
        const half = solveTransposed(As);
        return dot(half, half);
      },
    };
  };
}

export async function inSampleSpace(model: GaussNewtonModel<ResidualModel>, engine: MatrixEngine): Promise<FactorAt> {
  const { jacobian, residuals, diagonal, penalty } = model;
  const [n, d] = [residuals.length, diagonal.length];
  const D = penalty?.curvature;

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
    return {
      rank: factored.rank,
      descend({ residuals, slope: p }) {
        const y = Float64Array.from(residuals!);
        if (p !== undefined) axpy(-share, times(jacobian, scaled(p)), y);
        factored.solve(y);
        const total = transposedTimes(jacobian, y, d);
        if (p !== undefined) axpy(share, p, total);
        return scaled(total).map((x) => -x);
      },
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
export function times(jacobian: Vector, v: Vector): Float64Array {
  const d = v.length;
  return Float64Array.from({ length: jacobian.length / d }, (_, i) => dot(jacobian.subarray(i * d, (i + 1) * d), v));
}

/** Jᵀu, [d]. */
export function transposedTimes(jacobian: Vector, u: Vector, d: number): Float64Array {
  const sum = new Float64Array(d);
  for (let i = 0; i < u.length; i++) axpy(u[i], jacobian.subarray(i * d, (i + 1) * d), sum);
  return sum;
}

/** Gv for a symmetric G [d, d] of which the upper triangle is read. */
export function symmetricTimes(G: Vector, v: Vector): Float64Array {
  const d = v.length;
  const product = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    product[i] += G[i * d + i] * v[i];
    for (let j = i + 1; j < d; j++) {
      product[i] += G[i * d + j] * v[j];
      product[j] += G[i * d + j] * v[i];
    }
  }
  return product;
}

/** J·diag(scale). */
function scaledColumns(jacobian: Vector, scale: Float64Array): Vector {
  const d = scale.length;
  const X = jacobian.slice();
  for (let from = 0; from < X.length; from += d) for (let j = 0; j < d; j++) X[from + j] *= scale[j];
  return X;
}
