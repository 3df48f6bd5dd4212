/**
 * The singular values of a tall matrix, small ones included. A triangle by Householder's reflections, then one-sided
 * Jacobi rotations of its columns, which find even values far below rounding of the largest to their own accuracy.
 *
 *   M = Q[R; 0]      RV = UΣ      M = (QU)ΣVᵀ
 *
 * References: [GolubVanLoan2013, sections 5.2 and 8.6.3].
 */
import { axpy, dot, norm2 } from "../vector/kernels.ts";

export interface SingularFactors {
  /** Σ, [d], ascending. */
  readonly sigma: Float64Array;
  /** The columns of V in that order, each [d]. */
  readonly vectors: readonly Float64Array[];
  /** Uᵀb of the right-hand side, [d]. */
  readonly rotated: Float64Array;
}

const maxSweeps = 40;

/**
 * @param columns - of M, d of length n ≥ d; overwritten.
 * @param right - b, [n]; overwritten by Qᵀb.
 */
export function singularFactors(columns: Float64Array[], right: Float64Array): SingularFactors {
  const d = columns.length;
  triangularize(columns, right);
  return squareFactors(
    columns.map((column) => column.slice(0, d)),
    right.subarray(0, d),
  );
}

/** The same of a square matrix. */
export function squareFactors(R: Float64Array[], b: Float64Array): SingularFactors {
  const d = R.length;
  const V = R.map((_, j) => {
    const unit = new Float64Array(d);
    unit[j] = 1;
    return unit;
  });
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let rotations = 0;
    for (let p = 0; p < d; p++) for (let q = p + 1; q < d; q++) rotations += Number(rotate(R, V, p, q));
    if (rotations === 0) break;
  }
  const sizes = R.map((column) => norm2(column));
  const order = sizes.map((_, j) => j).sort((a, b) => sizes[a] - sizes[b]);
  const [sigma, rotated] = [new Float64Array(d), new Float64Array(d)];
  order.forEach((j, i) => {
    sigma[i] = sizes[j];
    rotated[i] = sizes[j] > 0 ? dot(R[j], b) / sizes[j] : 0;
  });
  return { sigma, vectors: order.map((j) => V[j]), rotated };
}

/** Householder's reflections, applied to the columns to the right and to b. */
function triangularize(columns: readonly Float64Array[], right: Float64Array): void {
  columns.forEach((column, k) => {
    const v = column.subarray(k);
    const size = norm2(v);
    if (size === 0) return;
    const alpha = v[0] > 0 ? -size : size;
    v[0] -= alpha;
    const square = dot(v, v);
    for (const other of [...columns.slice(k + 1), right]) {
      const tail = other.subarray(k);
      axpy((-2 * dot(v, tail)) / square, v, tail);
    }
    v.fill(0);
    v[0] = alpha;
  });
}

/** Makes two columns orthogonal; false if they are. */
function rotate(R: readonly Float64Array[], V: readonly Float64Array[], p: number, q: number): boolean {
  const [alpha, beta, gamma] = [dot(R[p], R[p]), dot(R[q], R[q]), dot(R[p], R[q])];
  if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha) * Math.sqrt(beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  for (const [x, y] of [
    [R[p], R[q]],
    [V[p], V[q]],
  ]) {
    for (let i = 0; i < x.length; i++) {
      const xi = x[i];
      x[i] = c * xi - s * y[i];
      y[i] = s * xi + c * y[i];
    }
  }
  return true;
}
