/**
 * Precision matrices H = βG + diag(a), of which evidence asks the determinant, the variances and solves:
 *
 *   H = LLᵀ      log det H = 2 Σ log L_ii      (H⁻¹)_jj = Σ_i X_ij², X = L⁻¹      jᵀH⁻¹j = ‖Xj‖²
 *
 *   L_ij = (H_ij − Σ_{k<j} L_ik L_jk)/L_jj      X_ij = −(Σ_{j≤k<i} L_ik X_kj)/L_ii
 *
 * Both sums are products of rows, of L and of Xᵀ, taken for 4 × 4 entries at a time; what lies within such a tile
 * follows entry by entry. Matrices are row-major [d, d].
 * References: [GolubVanLoan2013, section 4.2].
 */
import { dotAt } from "../vector/kernels.ts";
import { tile, tileProducts } from "./products.ts";

/** L of scale·M + diag(shift), of M the lower triangle; undefined unless it is positive definite. */
export function factorize(M: Float64Array, scale: number, shift: Float64Array): Float64Array | undefined {
  const d = shift.length;
  const L = new Float64Array(d * d);
  const sums = new Float64Array(tile * tile);
  for (let I = 0; I < d; I += tile) {
    const rows = Math.min(tile, d - I);
    for (let J = 0; J <= I; J += tile) {
      const columns = Math.min(tile, d - J);
      tileProducts(L, I, rows, L, J, columns, d, 0, J, sums);
      for (let i = I; i < I + rows; i++) {
        for (let j = J; j < J + columns && j <= i; j++) {
          let value = scale * M[i * d + j] - sums[(i - I) * tile + j - J];
          for (let k = J; k < j; k++) value -= L[i * d + k] * L[j * d + k];
          if (i > j) {
            L[i * d + j] = value / L[j * d + j];
            continue;
          }
          if (!(value + shift[i] > 0)) return undefined;
          L[i * d + i] = Math.sqrt(value + shift[i]);
        }
      }
    }
  }
  return L;
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
  const X = new Float64Array(d * d);
  const sums = new Float64Array(tile * tile);
  for (let I = 0; I < d; I += tile) {
    const rows = Math.min(tile, d - I);
    for (let J = 0; J <= I; J += tile) {
      const columns = Math.min(tile, d - J);
      tileProducts(L, I, rows, X, J, columns, d, J, I, sums);
      for (let j = J; j < J + columns; j++) {
        for (let i = Math.max(I, j); i < I + rows; i++) {
          let value = i === j ? 1 : -sums[(i - I) * tile + j - J];
          for (let k = Math.max(I, j); k < i; k++) value -= L[i * d + k] * X[j * d + k];
          X[j * d + i] = value / L[i * d + i];
        }
      }
    }
  }
  return X;
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
  const variances = new Float64Array(m);
  const sums = new Float64Array(tile * tile);
  for (let R = 0; R < m; R += tile) {
    const rows = Math.min(tile, m - R);
    for (let I = 0; I < d; I += tile) {
      const columns = Math.min(tile, d - I);
      tileProducts(J, R, rows, X, I, columns, d, 0, I + columns, sums);
      for (let r = 0; r < rows; r++) {
        for (let i = 0; i < columns; i++) variances[R + r] += sums[r * tile + i] ** 2;
      }
    }
  }
  return variances;
}
