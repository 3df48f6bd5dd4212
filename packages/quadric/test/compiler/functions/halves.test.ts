/** Factors and solves by halves, as wasm() runs them, against the equations that they solve. */
import { describe, expect, test } from "vitest";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import { byHalves } from "../../../src/compiler/functions/halves.ts";
import type { Builder } from "../../../src/compiler/ir/builder.ts";
import { type Node, reachable } from "../../../src/compiler/ir/graph.ts";
import { triangularSolve } from "../../../src/compiler/ir/rules/factors.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { numbers } from "../../helpers/oracles.ts";
import "../../helpers/matchers.ts";

const [n, columns] = [75, 3];

/** Two matrices with large diagonals, their other entries small enough for a unit diagonal too. */
const A = numbers(2 * n * n, 1).map((x, i) => 0.1 * Math.sin(1e3 * x) + ((i % (n * n)) % (n + 1) === 0 ? 2 * n : 0));
const B = numbers(2 * n * columns, 2);

/** What wasm() makes of them; nothing larger than a leaf is left to its loops. */
async function computed(build: (b: Builder, A: Node, B: Node) => Node): Promise<ArrayLike<number>> {
  const b = simplifyingBuilder();
  const inputs = [b.input("A", [2, n, n], "float64"), b.input("B", [2, n, columns], "float64")];
  const graph = { inputs, outputs: [build(b, inputs[0], inputs[1])] };
  const loops = reachable(byHalves(graph).outputs).filter(({ op }) => op === "cholesky" || op === "triangular_solve");
  expect(Math.max(...loops.map(({ shape }) => shape[1]))).toBeLessThanOrEqual(32);
  const program = await wasm().compile(graph);
  const [{ data }] = await program.run([A, B].map((data, i) => ({ shape: inputs[i].shape, data })));
  program.dispose();
  return data;
}

/** Entries of Σ_j left(m, i, j)·right(m, j, k) for both matrices. */
function product(width: number, left: (...at: number[]) => number, right: (...at: number[]) => number) {
  return Float64Array.from({ length: 2 * n * width }, (_, at) => {
    const [m, i, k] = [Math.floor(at / (n * width)), Math.floor(at / width) % n, at % width];
    let sum = 0;
    for (let j = 0; j < n; j++) sum += left(m, i, j) * right(m, j, k);
    return sum;
  });
}

describe("byHalves()", () => {
  const both = [true, false];
  const triangles = both.flatMap((lower) =>
    both.flatMap((transposed) => both.map((unit) => ({ lower, transposed, unit }))),
  );

  test.each(triangles)("solves op(A)X = B with %o", async (triangle) => {
    const X = await computed((b, A, B) => triangularSolve(b, A, B, triangle));
    const { lower, transposed, unit } = triangle;
    const entry = (m: number, i: number, j: number) => {
      if (i === j) return unit ? 1 : A[(m * n + i) * n + i];
      return lower === i > j ? A[(m * n + i) * n + j] : 0;
    };
    const op = (m: number, i: number, j: number) => (transposed ? entry(m, j, i) : entry(m, i, j));
    expect(product(columns, op, (m, j, k) => X[(m * n + j) * columns + k])).toBeAllclose(B);
  });

  test("factors AAᵀ", async () => {
    const L = await computed((b, A) => b.make("cholesky", [b.matmul(A, A, false, true)], {}, A.shape, A.dtype));
    const square = (x: ArrayLike<number>) =>
      product(
        n,
        (m, i, j) => x[(m * n + i) * n + j],
        (m, j, k) => x[(m * n + k) * n + j],
      );
    expect(square(L)).toBeAllclose(square(A));
    expect(Array.from({ length: n - 1 }, (_, i) => L[i * n + i + 1])).toEqual(Array(n - 1).fill(0));
  });
});
