/** How matrix products are written for ONNX Runtime. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { lowerGraph } from "../../../../src/compiler/backends/onnx/lower.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";

/** Operators, and whether they transpose, of AᵀB and AᵀC: A [rows, 40], B and C [rows, columns]. */
function written(rows: number, columns: number): string[] {
  const b = simplifyingBuilder();
  const [A, B, C] = [40, columns, columns].map((n) => b.input("x", [rows, n], "float32"));
  const outputs = [b.matmul(A, B, true), b.matmul(A, C, true)];
  const { graph } = fromBinary(ModelProtoSchema, lowerGraph({ inputs: [A, B, C], outputs }).model);
  return graph!.node.map(({ opType, attribute }) =>
    attribute.some(({ name, i }) => name === "transA" && i === 1n) ? `${opType} of Aᵀ` : opType,
  );
}

describe("gemm()", () => {
  test("transposes a left factor once for all its large products", () => {
    expect(written(64, 200)).toEqual(["Transpose", "Gemm", "Gemm"]);
  });

  test("leaves it to the engine where rows or columns are few", () => {
    expect(written(64, 100)).toEqual(["Gemm of Aᵀ", "Gemm of Aᵀ"]);
    expect(written(20, 200)).toEqual(["Gemm of Aᵀ", "Gemm of Aᵀ"]);
  });
});
