import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockedCholesky } from "../../src/linalg/blocked-cholesky.ts";
import { cholesky, solveLower, solveUpper } from "../../src/linalg/cholesky.ts";
import { type MatrixEngine, plainEngine } from "../../src/linalg/matrix-engine.ts";
import { makeRandom } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

/** XᵀX of a random X [rows, size]. */
function gram(rows: number, size: number, seed = 1): Float64Array {
  const X = random(rows * size, seed);
  return plainEngine.multiply(X, X, { m: size, k: rows, n: size, transposeA: true }) as Float64Array;
}

function random(length: number, seed: number): Float64Array {
  const { normal } = makeRandom(seed);
  return Float64Array.from({ length }, () => normal());
}

function timesMatrix(M: ArrayLike<number>, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, i) => x.reduce((sum, xj, j) => sum + M[i * n + j] * xj, 0));
}

describe("blockedCholesky()", () => {
  test("solves as the plain factorisation does, whatever the size and the leaf", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), async (size, leaf) => {
        const M = gram(size + 5, size, size);
        const b = random(size, leaf);
        const { factor } = cholesky(M, size, 0.3);
        const expected = solveUpper(factor, size, solveLower(factor, size, b.slice()));
        const blocked = await blockedCholesky(M, size, { leaf, shift: 0.3 });
        expect(blocked.rank).toBe(size);
        // The condition of these matrices is below 1e6.
        expect(blocked.solve(b.slice())).toBeAllclose(expected, { relative: 1e-9 });
      }),
      { numRuns: 60 },
    );
  });

  test("above the size at which squares are cut in two the residual is rounding", async () => {
    const size = 600;
    const M = gram(size, size);
    const shift = random(size, 3).map((x) => 1 + x * x);
    const x = random(size, 4);
    const b = timesMatrix(M, x).map((value, i) => value + shift[i] * x[i]);
    const { solve } = await blockedCholesky(M, size, { shift });
    expect(solve(b)).toBeAllclose(x, { relative: 1e-11 });
  });

  test("a residual is rounding of the matrix, however badly conditioned its leaves are", async () => {
    const size = 48;
    const M = gram(12, size);
    const x = random(size, 8);
    const b = timesMatrix(M, x).map((value, i) => value + 1e-11 * x[i]);
    const { solve, rank } = await blockedCholesky(M, size, { leaf: 16, shift: 1e-11 });
    expect(rank).toBe(size);
    const y = solve(b.slice());
    const left = timesMatrix(M, y).map((value, i) => value + 1e-11 * y[i] - b[i]);
    // ‖M‖‖y‖ is about 3,000; a product with the inverse of a leaf alone leaves 1e-7.
    expect(Math.max(...left.map(Math.abs))).toBeLessThan(1e-11);
  });

  test("bᵀM⁻¹b is the square of what solveTransposed returns", async () => {
    const M = gram(30, 20);
    const b = random(20, 5);
    const factored = await blockedCholesky(M, 20, { leaf: 4 });
    const half = factored.solveTransposed(b.slice());
    const whole = factored.solve(b.slice());
    expect(half.reduce((sum, y) => sum + y * y, 0)).toBeAllclose(
      b.reduce((sum, y, i) => sum + y * whole[i], 0),
      { relative: 1e-10 },
    );
  });

  test("tells the rank of a singular matrix and solves what is in its range", async () => {
    for (const rank of [1, 5, 16, 23]) {
      const size = 24;
      const M = gram(rank, size, rank);
      const b = timesMatrix(M, random(size, 7));
      const factored = await blockedCholesky(M, size, { leaf: 5 });
      expect(factored.rank).toBe(rank);
      const x = factored.solve(b.slice());
      expect(x.filter((value) => value !== 0)).toHaveLength(rank);
      // Left-out columns: the residual is relative to a basis that no pivoting chose.
      expect(timesMatrix(M, x)).toBeAllclose(b, { relative: 1e-8 });
    }
  });

  test("a zero matrix has rank 0 and solves to 0", async () => {
    const factored = await blockedCholesky(new Float64Array(9), 3);
    expect(factored.rank).toBe(0);
    expect(factored.solve(Float64Array.of(1, 2, 3))).toEqual(new Float64Array(3));
  });

  test("scaling rows and columns changes the unknowns by the scale and the rank not at all", async () => {
    const size = 20;
    const M = gram(12, size);
    const scale = Float64Array.from({ length: size }, (_, i) => 10 ** ((i % 7) - 3));
    const scaled = M.map((value, i) => value * scale[Math.floor(i / size)] * scale[i % size]);
    // What is left of a dependent column is rounding times the condition of those before it.
    expect((await blockedCholesky(scaled, size, { leaf: 3, tolerance: 1e-12 })).rank).toBe(12);
  });

  test("float32 matrices are factored in float32", async () => {
    const size = 50;
    const M = Float32Array.from(gram(80, size));
    const kinds = new Set<string>();
    const engine: MatrixEngine = {
      name: "counting",
      multiply(A, B, shape) {
        kinds.add(A.constructor.name).add(B.constructor.name);
        return plainEngine.multiply(A, B, shape);
      },
      solveTransposed(R, X, B, k, n) {
        for (const matrix of [R, X, B]) kinds.add(matrix.constructor.name);
        return plainEngine.solveTransposed(R, X, B, k, n);
      },
    };
    const x = random(size, 2);
    const { solve } = await blockedCholesky(M, size, { engine, leaf: 8 });
    // Condition about 100 times the rounding of float32.
    expect(solve(timesMatrix(M, x))).toBeAllclose(x, { relative: 1e-4 });
    expect([...kinds]).toEqual(["Float32Array"]);
  });

  test("refuses a matrix or a shift of another size", async () => {
    await expect(blockedCholesky(new Float64Array(8), 3)).rejects.toThrow(
      "blockedCholesky: matrix must have shape [9], got [8].",
    );
    await expect(blockedCholesky(new Float64Array(9), 3, { shift: new Float64Array(2) })).rejects.toThrow(
      "blockedCholesky: shift must have shape [3], got [2].",
    );
  });
});
