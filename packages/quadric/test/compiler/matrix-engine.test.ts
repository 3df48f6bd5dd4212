import { expect, test } from "vitest";
import { jax } from "../../src/compiler/backends/jax/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { compiledMatrixEngine } from "../../src/compiler/matrix-engine.ts";
import { blockedCholesky } from "../../src/linalg/blocked-cholesky.ts";
import { plainEngine } from "../../src/linalg/matrix-engine.ts";
import { makeRandom, normalVector } from "../../src/vector/random.ts";
import "../helpers/matchers.ts";

const backends = { onnx: onnx(), jax: jax({ device: "cpu" }) };

test.each(Object.entries(backends))("%s multiplies as plain loops do, either factor transposed", async (_, backend) => {
  const engine = compiledMatrixEngine(backend);
  for (const [m, k, n] of [
    [2, 3, 4],
    [40, 33, 27],
  ]) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const random = makeRandom(m);
        const [A, B] = [normalVector(random, m * k), normalVector(random, k * n)];
        const shape = { m, k, n, transposeA, transposeB };
        expect(await engine.multiply(A, B, shape)).toBeAllclose(await plainEngine.multiply(A, B, shape));
      }
    }
  }
  engine.dispose();
});

test.each(Object.entries(backends))(
  "%s solves by a rounded inverse with a residual of rounding",
  async (_, backend) => {
    const engine = compiledMatrixEngine(backend);
    const [k, n] = [32, 40];
    // Entries of R⁻¹ grow to 1.9³⁰, those of Y are near 1: the product alone cancels eight digits.
    const R = new Float64Array(k * k);
    const noise = makeRandom(4);
    for (let i = 0; i < k; i++) for (let j = i; j < k; j++) R[i * k + j] = i === j ? 1 : -0.8 - 0.2 * noise.uniform();
    const identity = Float64Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 1 : 0));
    const transposed = await plainEngine.solveTransposed(R, identity, identity, k, k); // R⁻ᵀ
    const inverse = transposed.map((_, i) => transposed[(i % k) * k + Math.floor(i / k)]);
    const B = await plainEngine.multiply(R, normalVector(makeRandom(5), k * n), { m: k, k, n, transposeA: true });
    for (const by of [engine, plainEngine]) {
      const Y = await by.solveTransposed(R, inverse, B, k, n);
      const residual = (await plainEngine.multiply(R, Y, { m: k, k, n, transposeA: true })).map((x, i) => x - B[i]);
      const size = await plainEngine.multiply(R.map(Math.abs), Y.map(Math.abs), { m: k, k, n, transposeA: true });
      expect(Math.max(...residual.map((r, i) => Math.abs(r) / size[i]))).toBeLessThan(1e-14);
    }
    engine.dispose();
  },
);

test("a factorisation over compiled products is that over plain loops", async () => {
  const engine = compiledMatrixEngine(backends.onnx);
  const size = 150;
  const X = normalVector(makeRandom(2), size * size);
  const M = await engine.multiply(X, X, { m: size, k: size, n: size, transposeA: true });
  const b = normalVector(makeRandom(3), size) as Float64Array;
  const [compiled, plain] = [
    await blockedCholesky(M, size, { engine, shift: 1, leaf: 32 }),
    await blockedCholesky(M, size, { shift: 1, leaf: 32 }),
  ];
  expect(compiled.solve(b.slice())).toBeAllclose(plain.solve(b.slice()), { relative: 1e-11 });
  engine.dispose();
});

test("engines of other threads have other names, since they are not equally fast", () => {
  const names = [1, 2].map((threads) => compiledMatrixEngine(onnx({ threads })).name);
  expect(names[0]).not.toBe(names[1]);
});
