import { describe, expect, test } from "vitest";
import { gramOfColumns, gramOfRows } from "../../src/linalg/gram.ts";
import { type MatrixEngine, plainEngine } from "../../src/linalg/matrix-engine.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

const upper = (G: ArrayLike<number>, n: number) =>
  Float64Array.from({ length: n * n }, (_, k) => (k % n >= Math.floor(k / n) ? G[k] : 0));

describe.each([5, 1300])("the square of a matrix of %d columns or rows", (n) => {
  const k = 3;
  const X = normalVector(makeRandom(n), k * n);

  test("is XᵀX above the diagonal", async () => {
    const expected = await plainEngine.multiply(X, X, { m: n, k, n, transposeA: true });
    expect(upper(await gramOfColumns(X, n, plainEngine), n)).toEqual(upper(expected, n));
  });

  test("is XXᵀ above the diagonal", async () => {
    const expected = await plainEngine.multiply(X, X, { m: n, k, n, transposeB: true });
    expect(upper(await gramOfRows(X, n, plainEngine), n)).toEqual(upper(expected, n));
  });
});

test("three blocks take six products of nine", async () => {
  let products = 0;
  const engine: MatrixEngine = {
    multiply(A, B, shape) {
      products++;
      return plainEngine.multiply(A, B, shape);
    },
  };
  await gramOfColumns(normalVector(makeRandom(1), 1500), 1500, engine);
  expect(products).toBe(6);
});
