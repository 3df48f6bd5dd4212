import { describe, expect, test } from "vitest";
import { gramOfColumns, gramOfRows } from "../../src/linalg/gram.ts";
import { type MatrixEngine, plainEngine } from "../../src/linalg/matrix-engine.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

/**
 * The first entry on or above the diagonal in which two matrices of [n, n] differ, bit for bit; undefined if none does.
 */
function firstDifference(G: ArrayLike<number>, expected: ArrayLike<number>, n: number): object | undefined {
  for (let i = 0; i < n; i++)
    for (let j = i, k = i * n + i; j < n; j++, k++)
      if (G[k] !== expected[k]) return { i, j, got: G[k], expected: expected[k] };
  return undefined;
}

describe.each([5, 1300])("the square of a matrix of %d columns or rows", (n) => {
  const k = 3;
  const X = normalVector(makeRandom(n), k * n);

  test("is XᵀX above the diagonal", async () => {
    const expected = await plainEngine.multiply(X, X, { m: n, k, n, transposeA: true });
    expect(firstDifference(await gramOfColumns(X, n, plainEngine), expected, n)).toBeUndefined();
  });

  test("is XXᵀ above the diagonal", async () => {
    const expected = await plainEngine.multiply(X, X, { m: n, k, n, transposeB: true });
    expect(firstDifference(await gramOfRows(X, n, plainEngine), expected, n)).toBeUndefined();
  });
});

test("three blocks take six products of nine", async () => {
  let products = 0;
  const engine: MatrixEngine = {
    ...plainEngine,
    multiply(A, B, shape) {
      products++;
      return plainEngine.multiply(A, B, shape);
    },
  };
  await gramOfColumns(normalVector(makeRandom(1), 1500), 1500, engine);
  expect(products).toBe(6);
});
