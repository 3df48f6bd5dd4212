/**
 * Eigenvalues and eigenvectors of symmetric matrices, float64, d up to about a thousand.
 *
 *   M = Q T Qᵀ (Householder)      T = U Θ Uᵀ (implicit QL with Wilkinson's shift)      M = (QU) Θ (QU)ᵀ
 *
 * Dense matrices are row-major Float64Arrays of d² entries; eigenvectors are the *rows* of what is returned, so that a
 * rotation of two eigenvectors runs along memory.
 * References: [GolubVanLoan2013, sections 8.3 and 8.5].
 */

/** θ_0 ≤ θ_1 ≤ … and the eigenvectors row by row (or the tracked entries of each). */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Eigensystem of the tridiagonal matrix with the given diagonal [k] and off-diagonal [k − 1].
 *
 * @param basis - k rows of `width` numbers: row i is the i-th column of an orthogonal Q of which some rows are tracked
 *   (the identity for the eigenvectors themselves; only its first and last entries for those of each eigenvector, which
 *   costs O(k²) instead of O(k³)). Overwritten.
 * @returns values ascending; row i of vectors holds the tracked entries of Q u_i.
 */
export function tridiagonalEigen(
  diagonal: ArrayLike<number>,
  offDiagonal: ArrayLike<number>,
  basis: Float64Array,
): SymmetricEigen {
  const k = diagonal.length;
  const width = basis.length / k;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(k);
  for (let i = 0; i < k - 1; i++) e[i] = offDiagonal[i];

  for (let low = 0; low < k; low++) {
    for (;;) {
      let high = low;
      while (high < k - 1 && Math.abs(e[high]) > Number.EPSILON * (Math.abs(d[high]) + Math.abs(d[high + 1]))) high++;
      if (high === low) break;
      // Wilkinson's shift from the leading 2 × 2 block, then one QL sweep chasing the bulge upwards.
      const half = (d[low + 1] - d[low]) / (2 * e[low]);
      const shift = d[low] - e[low] / (half + Math.sign(half || 1) * Math.sqrt(1 + half * half));
      let [sine, cosine, carried] = [1, 1, 0];
      let g = d[high] - shift;
      let i = high - 1;
      for (; i >= low; i--) {
        const f = sine * e[i];
        const b = cosine * e[i];
        const radius = Math.sqrt(f * f + g * g);
        e[i + 1] = radius;
        if (radius === 0) {
          d[i + 1] -= carried;
          e[high] = 0;
          break;
        }
        sine = f / radius;
        cosine = g / radius;
        g = d[i + 1] - carried;
        const t = (d[i] - g) * sine + 2 * cosine * b;
        carried = sine * t;
        d[i + 1] = g + carried;
        g = cosine * t - b;
        rotate(basis, i * width, width, cosine, sine);
      }
      if (i >= low) continue;
      d[low] -= carried;
      e[low] = g;
      e[high] = 0;
    }
  }

  const order = Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
  const vectors = new Float64Array(basis.length);
  order.forEach((from, to) => {
    vectors.set(basis.subarray(from * width, (from + 1) * width), to * width);
  });
  return { values: Float64Array.from(order, (i) => d[i]), vectors };
}

/** Rotates row at `start` against the one below it. */
function rotate(basis: Float64Array, start: number, width: number, cosine: number, sine: number): void {
  for (let j = start; j < start + width; j++) {
    const below = basis[j + width];
    basis[j + width] = sine * basis[j] + cosine * below;
    basis[j] = cosine * basis[j] - sine * below;
  }
}

/** The k × k identity. */
export function identity(k: number): Float64Array {
  const matrix = new Float64Array(k * k);
  for (let i = 0; i < k; i++) matrix[i * k + i] = 1;
  return matrix;
}

/** Eigensystem of a dense symmetric matrix [d × d]; the input is left alone. Cost about 9d³ operations. */
export function symmetricEigen(matrix: Float64Array, d: number): SymmetricEigen {
  const M = matrix.slice();
  const reflectors: Float64Array[] = [];
  const offDiagonal = new Float64Array(Math.max(0, d - 1));
  const p = new Float64Array(d);
  for (let k = 0; k < d - 1; k++) {
    // v = x + sign(x₁)‖x‖e₁ annihilates the column x below its first entry; H = I − 2vvᵀ with ‖v‖ = 1.
    const v = new Float64Array(d);
    for (let i = k + 1; i < d; i++) v[i] = M[i * d + k];
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    const sign = v[k + 1] < 0 ? -1 : 1;
    offDiagonal[k] = -sign * length;
    if (length === 0) continue;
    v[k + 1] += sign * length;
    const scale = 1 / Math.sqrt(2 * length * Math.abs(v[k + 1]));
    for (let i = k + 1; i < d; i++) v[i] *= scale;
    reflectors[k] = v;
    // HMH = M − vqᵀ − qvᵀ with p = 2Mv, q = p − (vᵀp)v
    let vp = 0;
    for (let i = k + 1; i < d; i++) {
      let sum = 0;
      for (let j = k + 1; j < d; j++) sum += M[i * d + j] * v[j];
      p[i] = 2 * sum;
      vp += v[i] * p[i];
    }
    for (let i = k + 1; i < d; i++) p[i] -= vp * v[i];
    for (let i = k + 1; i < d; i++) {
      for (let j = k + 1; j < d; j++) M[i * d + j] -= v[i] * p[j] + p[i] * v[j];
    }
  }

  // Row i of the basis is column i of Q = H_0 H_1 …, that is e_i reflected by the last reflector first.
  const basis = identity(d);
  for (let i = 0; i < d; i++) {
    const row = basis.subarray(i * d, (i + 1) * d);
    for (let k = Math.min(i, d - 1) - 1; k >= 0; k--) {
      const v = reflectors[k];
      if (v === undefined) continue;
      let along = 0;
      for (let j = k + 1; j < d; j++) along += v[j] * row[j];
      for (let j = k + 1; j < d; j++) row[j] -= 2 * along * v[j];
    }
  }
  return tridiagonalEigen(
    Float64Array.from({ length: d }, (_, i) => M[i * d + i]),
    offDiagonal,
    basis,
  );
}
