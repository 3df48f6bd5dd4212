import { describe, expect, test } from "vitest";
import { cholesky, smallestDirection, solveLower, solveUpper } from "../../src/linalg/cholesky.ts";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.ts";
import { makeRandom } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

/** GGᵀ of a random d × d G. */
function randomDefinite(d: number, seed: number): Float64Array {
  const random = makeRandom(seed);
  const G = Float64Array.from({ length: d * d }, () => random.normal());
  const M = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) M[i * d + j] += G[i * d + k] * G[j * d + k];
  }
  return M;
}

describe("cholesky()", () => {
  test("factors M + shift·I and solves with it", () => {
    const d = 20;
    const M = randomDefinite(d, 1);
    const { factor: L, failure } = cholesky(M, d, 0.5);
    expect(failure).toBeUndefined();
    const back = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) back[i * d + j] += L[i * d + k] * L[j * d + k];
    }
    expect(back).toBeAllclose(
      M.map((x, i) => x + (i % (d + 1) === 0 ? 0.5 : 0)),
      { relative: 1e-14 },
    );
    const x = Float64Array.from({ length: d }, (_, i) => i - 7);
    const b = x.map((_, i) => x.reduce((sum, value, j) => sum + back[i * d + j] * value, 0));
    expect(solveUpper(L, d, solveLower(L, d, b))).toBeAllclose(x, { relative: 1e-10 }); // conditioned like 1e3
  });

  test("says at which pivot and by how much M is not positive definite", () => {
    const M = Float64Array.of(4, 2, 0, 2, 1, 0, 0, 0, 1); // the leading 2 × 2 block is singular
    expect(cholesky(M, 3).failure?.pivot).toBe(1);
    expect(cholesky(M, 3).failure?.deficit).toBeAllclose(0);
    const indefinite = Float64Array.of(4, 2, 0, 2, -2, 0, 0, 0, 1);
    expect(cholesky(indefinite, 3).failure).toEqual({ pivot: 1, deficit: 3 });
    expect(cholesky(Float64Array.of(Number.NaN), 1).failure?.pivot).toBe(0);
  });
});

describe("smallestDirection()", () => {
  test("comes within a small factor of the smallest eigenvalue", () => {
    for (let seed = 0; seed < 50; seed++) {
      const d = 2 + (seed % 15);
      const M = randomDefinite(d, seed);
      const z = smallestDirection(cholesky(M, d).factor, d);
      const curvature = z.reduce((sum, x, i) => sum + x * z.reduce((row, y, j) => row + M[i * d + j] * y, 0), 0);
      expect(z.reduce((sum, x) => sum + x * x, 0)).toBeAllclose(1);
      const [smallest] = symmetricEigen(M, d).values;
      expect(curvature).toBeGreaterThanOrEqual(smallest * (1 - 1e-9));
      expect(curvature).toBeLessThanOrEqual(20 * smallest); // an estimate: usually within a factor of 3
    }
  });
});
