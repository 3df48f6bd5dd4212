/**
 * What a fit knows of its parameters:
 *
 *   Cov(z) = s²(JᵀJ)⁻¹ = s² D⁻¹VΣ⁻²VᵀD⁻¹       J = QR, RD⁻¹ = UΣVᵀ, D = diag(‖J_j‖)       Cov(p) = T Cov(z) Tᵀ
 *   s² = χ²/(n − rank), or 1 if σ are known as they are
 *
 * Singular values at the level of the noise of J belong to directions that the data do not determine. A parameter with
 * a part in them has an infinite error, the others keep the error that they have whatever it is. Parameters held at a
 * bound count as given. References: [BatesWatts1988, section 2.1].
 */
import { singularFactors } from "../linalg/singular-factors.ts";
import { norm2 } from "../vector/kernels.ts";

export interface ParameterCovariance {
  /**
   * (JᵀJ)⁻¹, [m × m] row-major, not yet times s²; Infinity on the diagonal of what is not determined, 0 of what is
   * held.
   */
  readonly matrix: Float64Array;
  /** Directions that the data determine. */
  readonly rank: number;
  /** Free parameters with a part in others. */
  readonly undetermined: readonly number[];
  /** Condition of JD⁻¹. */
  readonly condition: number;
}

/** The part of a parameter in a direction without data from which it counts as undetermined. */
const leastPart = 1e-6;

/** @param all - the columns of R, each [m]. */
export function parameterCovariance(
  all: readonly Float64Array[],
  { parameters: m, held, accuracy }: { parameters: number; held: readonly number[]; accuracy: number },
): ParameterCovariance {
  const free = Array.from({ length: m }, (_, j) => j).filter((j) => !held.includes(j));
  const matrix = new Float64Array(m * m);
  if (free.length === 0) return { matrix, rank: 0, undetermined: [], condition: 1 };
  const scale = free.map((j) => norm2(all[j]));
  const columns = free.map((j, k) => all[j].map((x) => (scale[k] > 0 ? x / scale[k] : x)));
  const { sigma, vectors } = singularFactors(columns, new Float64Array(m));
  const largest = sigma[sigma.length - 1];
  const noise = accuracy * largest;
  const isKnown = (i: number) => sigma[i] > noise;
  const undetermined = free.filter((_, k) => vectors.some((v, i) => !isKnown(i) && Math.abs(v[k]) > leastPart));
  free.forEach((j, k) => {
    free.forEach((l, h) => {
      let sum = 0;
      vectors.forEach((v, i) => {
        if (isKnown(i)) sum += (v[k] / sigma[i]) * (v[h] / sigma[i]);
      });
      matrix[j * m + l] = sum / (scale[k] * scale[h]);
    });
  });
  for (const j of undetermined) {
    for (const l of free) matrix[j * m + l] = matrix[l * m + j] = l === j ? Infinity : Number.NaN;
  }
  const rank = vectors.filter((_, i) => isKnown(i)).length;
  return { matrix, rank, undetermined, condition: largest / sigma[0] };
}

/** T C Tᵀ of C [m × m] and T [d × m]; what meets a parameter that is not determined is not determined. */
export function propagated(T: Float64Array, C: Float64Array, d: number, m: number): Float64Array {
  const result = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < m; k++) {
        if (T[i * m + k] === 0) continue;
        for (let l = 0; l < m; l++) if (T[j * m + l] !== 0) sum += T[i * m + k] * C[k * m + l] * T[j * m + l];
      }
      result[i * d + j] = result[j * d + i] = sum;
    }
  }
  return result;
}

/** Variances apart from their correlation: C_ij/√(C_ii C_jj); NaN where one of them is 0 or not finite. */
export function correlationOf(C: readonly (readonly number[])[]): number[][] {
  return C.map((row, i) => row.map((value, j) => (i === j ? 1 : value / Math.sqrt(C[i][i]) / Math.sqrt(C[j][j]))));
}
