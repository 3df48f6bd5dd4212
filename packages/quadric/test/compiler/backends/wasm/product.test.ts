import { describe, expect, test } from "vitest";
import { wasm } from "../../../../src/compiler/backends/wasm/backend.ts";
import { elementCount } from "../../../../src/compiler/ir/graph.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";
import type { Dtype, Vector } from "../../../../src/vector/vector.ts";
import { numbers } from "../../../helpers/oracles.ts";

/** Rows, columns and terms; whole tiles, parts of tiles, one block of k and several, rows and columns alone. */
const sizes = [
  [1, 64, 64],
  [64, 1, 64],
  [3, 5, 100],
  [4, 8, 33],
  [9, 17, 300],
  [16, 16, 600],
  [33, 29, 257],
  [21, 135, 300],
] as const;

/** AB of a batch of row-major matrices, either of them transposed first, in float64. */
function reference(x: Vector, y: Vector, batch: number, [m, n, k]: readonly number[], tA: boolean, tB: boolean) {
  return Float64Array.from({ length: batch * m * n }, (_, place) => {
    const [g, i, j] = [Math.floor(place / (m * n)), Math.floor(place / n) % m, place % n];
    let sum = 0;
    for (let q = 0; q < k; q++) {
      sum += x[g * m * k + (tA ? q * m + i : i * k + q)] * y[g * n * k + (tB ? j * k + q : q * n + j)];
    }
    return sum;
  });
}

describe.each<[Dtype, number]>([
  ["float64", 1e-13],
  // Sums of hundreds of terms in two levels of float32.
  ["float32", 3e-6],
])("products in %s", (dtype, relative) => {
  test.each(sizes)(
    "of [%i, %i] matrices with %i terms are right in every orientation, batched or not",
    async (m, n, k) => {
      for (const batch of [[], [3], [2, 2]]) {
        for (const [tA, tB] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ]) {
          const b = simplifyingBuilder();
          const x = b.input("x", [...batch, ...(tA ? [k, m] : [m, k])], dtype);
          const y = b.input("y", [...batch, ...(tB ? [n, k] : [k, n])], dtype);
          const executable = await wasm().compile({ inputs: [x, y], outputs: [b.matmul(x, y, tA, tB)] });
          const make = (size: number, seed: number) =>
            dtype === "float64" ? numbers(size, seed) : Float32Array.from(numbers(size, seed));
          const [p, q] = [make(elementCount(x.shape), 1), make(elementCount(y.shape), 2)];
          const [{ data }] = await executable.run([
            { shape: x.shape, data: p },
            { shape: y.shape, data: q },
          ]);
          expect(data).toBeAllclose(reference(p, q, elementCount(batch), [m, n, k], tA, tB), { relative });
          executable.dispose();
        }
      }
    },
  );
});
