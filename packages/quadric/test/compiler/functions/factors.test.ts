import { describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { wasm } from "../../../src/compiler/backends/wasm/backend.ts";
import type { Builder } from "../../../src/compiler/ir/builder.ts";
import type { Node } from "../../../src/compiler/ir/graph.ts";
import { lu, triangularSolve } from "../../../src/compiler/ir/rules/factors.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import type { TensorData } from "../../../src/vector/tensor.ts";
import { numbers } from "../../helpers/oracles.ts";
import "../../helpers/matchers.ts";

const batch = 2;

/** What plain loops make of a batch of matrices, and what blocks do, for sizes on both sides of one leaf and of two. */
async function both(n: number, diagonal: number, build: (b: Builder, A: Node) => Node): Promise<TensorData[]> {
  const b = simplifyingBuilder();
  const A = b.input("A", [batch, n, n], "float64");
  const graph = { inputs: [A], outputs: [build(b, A)] };
  const data = numbers(batch * n * n, 1).map(
    (x, i) => Math.sin(1e3 * x) + ((i % (n * n)) % (n + 1) === 0 ? diagonal : 0),
  );
  const programs = await Promise.all([wasm(), onnx()].map((backend) => backend.compile(graph)));
  const results = await Promise.all(programs.map((program) => program.run([{ shape: A.shape, data }])));
  for (const program of programs) program.dispose();
  return results.map(([{ data }]) => data);
}

describe.each([1, 5, 33, 70])("of %i columns", (n) => {
  test("Cholesky factors by blocks are those of plain loops", async () => {
    const [plain, blocks] = await both(n, n, (b, A) =>
      b.make("cholesky", [b.matmul(A, A, false, true)], {}, A.shape, A.dtype),
    );
    expect(blocks).toBeAllclose(plain, { relative: 1e-12, absolute: 1e-12 });
  });

  test("eliminations by blocks exchange the rows that plain loops exchange", async () => {
    const [plain, blocks] = await both(n, 0, lu);
    expect(blocks).toBeAllclose(plain, { relative: 1e-9, absolute: 1e-11 }); // growth of unshifted random matrices
  });

  test("triangular solves by blocks are those of plain loops", async () => {
    for (const lower of [true, false]) {
      for (const transposed of [true, false]) {
        const triangle = { lower, transposed, unit: lower !== transposed };
        const [plain, blocks] = await both(n, n, (b, A) => {
          const right = b.slice(A, [0, 0, 0], [batch, n, Math.min(n, 3)]);
          return triangularSolve(b, b.scale(A, 1 / n), right, triangle);
        });
        expect(blocks).toBeAllclose(plain, { relative: 1e-12, absolute: 1e-12 });
      }
    }
  });
});

test("a program returns a solution although it uses the transposed one too", async () => {
  const b = simplifyingBuilder();
  const A = b.input("A", [3, 3], "float64");
  const triangle = { lower: true, transposed: false, unit: false };
  const X = triangularSolve(b, A, A, triangle);
  const Y = b.matmul(b.unary("sin", b.transpose(X, [1, 0])), A);
  const program = await onnx().compile({ inputs: [A], outputs: [X, Y] });
  const [solution] = await program.run([{ shape: [3, 3], data: Float64Array.of(2, 0, 0, 1, 4, 0, 3, 2, 5) }]);
  program.dispose();
  expect(solution.data).toBeAllclose(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), { absolute: 1e-15 });
});

test("a singular matrix has a zero on the diagonal of U, on every engine", async () => {
  const [plain, blocks] = await both(3, 0, (b, A) => lu(b, b.scale(A, 0)));
  const zeros = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 2];
  expect([...plain].slice(0, 3)).toEqual(zeros.slice(0, 3));
  expect(blocks).toEqual(plain);
});
