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
