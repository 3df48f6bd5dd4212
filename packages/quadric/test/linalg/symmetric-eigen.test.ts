import { describe, expect, test } from "vitest";
import { identity, symmetricEigen, tridiagonalEigen } from "../../src/linalg/symmetric-eigen.ts";
import { makeRandom } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

function randomSymmetric(d: number, seed: number): Float64Array {
  const random = makeRandom(seed);
  const M = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) M[i * d + j] = M[j * d + i] = random.normal();
  return M;
}

/** max |MV − VΘ| and max |VᵀV − I| for eigenvectors in rows. */
function defects(
  M: Float64Array,
  values: Float64Array,
  vectors: Float64Array,
): { residual: number; orthogonality: number } {
  const d = values.length;
  let [residual, orthogonality] = [0, 0];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let [product, overlap] = [0, 0];
      for (let k = 0; k < d; k++) {
        product += M[j * d + k] * vectors[i * d + k];
        overlap += vectors[i * d + k] * vectors[j * d + k];
      }
      residual = Math.max(residual, Math.abs(product - values[i] * vectors[i * d + j]));
      orthogonality = Math.max(orthogonality, Math.abs(overlap - (i === j ? 1 : 0)));
    }
  }
  return { residual, orthogonality };
}

describe("symmetricEigen()", () => {
  test.each([1, 2, 3, 7, 40, 150])("diagonalises a random matrix of size %i to rounding, values ascending", (d) => {
    const M = randomSymmetric(d, d);
    const before = M.slice();
    const { values, vectors } = symmetricEigen(M, d);
    expect(M).toEqual(before);
    const { residual, orthogonality } = defects(M, values, vectors);
    const size = Math.sqrt(M.reduce((sum, x) => sum + x * x, 0));
    expect(residual).toBeLessThan(1e-14 * size);
    expect(orthogonality).toBeLessThan(1e-13);
    expect(values).toEqual(values.slice().sort());
  });

  test("is right for multiple eigenvalues, zero rows, diagonal and rank-one matrices", () => {
    const ones = new Float64Array(25).fill(1);
    expect(symmetricEigen(ones, 5).values).toBeAllclose([0, 0, 0, 0, 5], { relative: 1e-15 });
    expect(symmetricEigen(new Float64Array(9), 3).values).toEqual(new Float64Array(3));
    expect(symmetricEigen(identity(4), 4).values).toEqual(new Float64Array(4).fill(1));
    const diagonal = Float64Array.of(3, 0, 0, 0, -1, 0, 0, 0, 2);
    expect(symmetricEigen(diagonal, 3)).toEqual({
      values: Float64Array.of(-1, 2, 3),
      vectors: expect.anything(),
    });
  });

  test("keeps small eigenvalues of a graded matrix in proportion to its norm", () => {
    const d = 12;
    const random = makeRandom(3);
    const scale = Float64Array.from({ length: d }, (_, i) => 10 ** -i);
    const M = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) M[i * d + j] = M[j * d + i] = scale[i] * scale[j] * (i === j ? 2 : random.uniform());
    }
    const { values, vectors } = symmetricEigen(M, d);
    expect(defects(M, values, vectors).residual).toBeLessThan(1e-15 * 2);
  });
});

describe("tridiagonalEigen()", () => {
  test("has the eigenvalues 2 − 2cos(jπ/(k+1)) of the second difference", () => {
    for (const k of [1, 2, 5, 64, 300]) {
      const exact = Float64Array.from({ length: k }, (_, j) => 2 - 2 * Math.cos(((j + 1) * Math.PI) / (k + 1)));
      const diagonal = new Float64Array(k).fill(2);
      const { values } = tridiagonalEigen(diagonal, new Float64Array(k - 1).fill(-1), identity(k));
      expect(values).toBeAllclose(exact, { relative: 1e-14 });
    }
  });

  test("tracks single entries of the eigenvectors as it would all of them", () => {
    const k = 30;
    const random = makeRandom(1);
    const diagonal = Float64Array.from({ length: k }, () => random.normal());
    const off = Float64Array.from({ length: k - 1 }, () => random.normal());
    const all = tridiagonalEigen(diagonal, off, identity(k));
    const ends = new Float64Array(2 * k);
    ends[0] = 1;
    ends[2 * k - 1] = 1;
    const tracked = tridiagonalEigen(diagonal, off, ends);
    expect(tracked.values).toEqual(all.values);
    for (let i = 0; i < k; i++) {
      expect(tracked.vectors[2 * i]).toBe(all.vectors[i * k]);
      expect(tracked.vectors[2 * i + 1]).toBe(all.vectors[i * k + k - 1]);
    }
  });

  test("splits where a coupling is zero", () => {
    const { values } = tridiagonalEigen([1, 2, 5, 5], [1, 0, 2], identity(4));
    expect(values).toBeAllclose(
      [1.5 - Math.sqrt(1.25), 1.5 + Math.sqrt(1.25), 3, 7].sort((a, b) => a - b),
      { relative: 1e-15 },
    );
  });
});
