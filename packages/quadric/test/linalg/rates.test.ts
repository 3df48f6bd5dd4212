import { describe, expect, test } from "vitest";
import { type MatrixEngine, plainEngine } from "../../src/linalg/matrix-engine.ts";
import { ratesFrom, ratesOf } from "../../src/linalg/rates.ts";

describe("ratesFrom()", () => {
  test("products cost their flops, factorisations a square and a cube through both measured times", () => {
    const { product, factorization } = ratesFrom(1, 128 ** 2 * (1e-6 + 128e-8), 512 ** 2 * (1e-6 + 512e-8));
    expect(product(512, 512, 1024)).toBe(2);
    expect(factorization(128)).toBeCloseTo(128 ** 2 * (1e-6 + 128e-8), 12);
    expect(factorization(2048)).toBeCloseTo(2048 ** 2 * (1e-6 + 2048e-8), 9);
  });

  test("noise in the times makes no part of them negative", () => {
    expect(ratesFrom(1, 1, 1).factorization(1e6)).toBeGreaterThan(0);
    expect(ratesFrom(1, 1e-9, 1).factorization(2)).toBeGreaterThanOrEqual(0);
  });
});

describe("ratesOf()", () => {
  test("measures an engine once, and a slow one at 128 only", async () => {
    const sizes: number[] = [];
    const engine: MatrixEngine = {
      name: "slow",
      async multiply(A, B, shape) {
        sizes.push(shape.m);
        if (shape.k === 128) await new Promise((done) => setTimeout(done, 25));
        return plainEngine.multiply(A, B, { ...shape, k: 1 });
      },
      solveTransposed: plainEngine.solveTransposed,
    };
    const rates = await ratesOf(engine, "float32");
    expect(Math.max(...sizes)).toBe(128);
    expect(rates.product(512, 512, 512)).toBeGreaterThan(64 * 0.02);
    expect(await ratesOf(engine, "float32")).toBe(rates);
  });
});
