/**
 * Precision matrices H = βG + diag(a), of which evidence asks the determinant, the variances and solves:
 *
 *   H = LLᵀ      log det H = 2 Σ log L_ii      (H⁻¹)_jj = Σ_i X_ij², X = L⁻¹      jᵀH⁻¹j = ‖Xj‖²
 *
 *   L_ij = (H_ij − Σ_{k<j} L_ik L_jk)/L_jj      X_ij = −(Σ_{j≤k<i} L_ik X_kj)/L_ii
 *
 * Both sums are products of rows, of L and of Xᵀ, subtracted from 4 × 4 entries at a time; what lies within such a tile
 * follows entry by entry. Matrices are row-major [d, d].
 * References: [GolubVanLoan2013, section 4.2].
 */
import { dotAt } from "../vector/kernels.ts";
import { addTile, paddedMatrices, tile } from "./products.ts";

/** L of scale·M + diag(shift), of M the lower triangle; undefined unless it is positive definite. */
export function factorize(M: Float64Array, scale: number, shift: Float64Array): Float64Array | undefined {
  const d = shift.length;
  const [padded] = paddedMatrices([d, d]);
  const { data: L, stride } = padded;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) L[i * stride + j] = scale * M[i * d + j];
    L[i * stride + i] += shift[i];
  }
  for (let I = 0; I < d; I += tile) {
    for (let J = 0; J <= I; J += tile) {
      addTile(-1, padded, I, padded, J, 0, J, padded, I, J);
      for (let i = I; i < Math.min(I + tile, d); i++) {
        for (let j = J; j < J + tile && j <= i; j++) {
          let value = L[i * stride + j];
          for (let k = J; k < j; k++) value -= L[i * stride + k] * L[j * stride + k];
          if (i === j && !(value > 0)) return undefined;
          L[i * stride + j] = i === j ? Math.sqrt(value) : value / L[j * stride + j];
        }
      }
    }
  }
  const factor = new Float64Array(d * d);
  for (let i = 0; i < d; i++) factor.set(L.subarray(i * stride, i * stride + i + 1), i * d);
  return factor;
}

/** x with LLᵀx = b. */
export function solveFactor(L: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const x = b.slice();
  for (let i = 0; i < d; i++) x[i] = (x[i] - dotAt(L, i * d, x, 0, i)) / L[i * d + i];
  for (let i = d - 1; i >= 0; i--) {
    x[i] /= L[i * d + i];
    for (let k = 0; k < i; k++) x[k] -= L[i * d + k] * x[i];
  }
  return x;
}

export function logDeterminant(L: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += 2 * Math.log(L[i * d + i]);
  return sum;
}

/** Xᵀ = L⁻ᵀ, upper triangle. */
export function invertFactor(L: Float64Array, d: number): Float64Array {
  const [factor, inverse] = paddedMatrices([d, d], [d, d]);
  const { data: X, stride } = inverse;
  for (let i = 0; i < d; i++) factor.data.set(L.subarray(i * d, i * d + i + 1), i * stride);
  for (let I = 0; I < d; I += tile) {
    for (let J = 0; J <= I; J += tile) {
      addTile(-1, inverse, J, factor, I, J, I, inverse, J, I);
      for (let j = J; j < Math.min(J + tile, d); j++) {
        for (let i = Math.max(I, j); i < Math.min(I + tile, d); i++) {
          let value = i === j ? 1 : X[j * stride + i];
          for (let k = Math.max(I, j); k < i; k++) value -= L[i * d + k] * X[j * stride + k];
          X[j * stride + i] = value / L[i * d + i];
        }
      }
    }
  }
  const result = new Float64Array(d * d);
  for (let j = 0; j < d; j++) result.set(X.subarray(j * stride + j, j * stride + d), j * d + j);
  return result;
}

/** The diagonal of H⁻¹ from Xᵀ. */
export function inverseDiagonal(X: Float64Array, d: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => dotAt(X, j * d + j, X, j * d + j, d - j));
}

/** The transpose of a square matrix. */
export function transposed(X: Float64Array, d: number): Float64Array {
  const T = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) T[j * d + i] = X[i * d + j];
  return T;
}

/** ‖Xj‖² for the rows j of J [m, d], X lower triangular. */
export function variancesOf(X: Float64Array, J: Float64Array, m: number, d: number): Float64Array {
  const [factor, rows, products] = paddedMatrices([d, d], [m, d], [tile, tile]);
  for (let i = 0; i < d; i++) factor.data.set(X.subarray(i * d, i * d + i + 1), i * factor.stride);
  for (let r = 0; r < m; r++) rows.data.set(J.subarray(r * d, (r + 1) * d), r * rows.stride);
  const variances = new Float64Array(m);
  for (let R = 0; R < m; R += tile) {
    for (let I = 0; I < d; I += tile) {
      products.data.fill(0);
      addTile(1, rows, R, factor, I, 0, I + tile, products, 0, 0);
      for (let r = R; r < Math.min(R + tile, m); r++) {
        for (let i = 0; i < tile; i++) variances[r] += products.data[(r - R) * tile + i] ** 2;
      }
    }
  }
  return variances;
}
