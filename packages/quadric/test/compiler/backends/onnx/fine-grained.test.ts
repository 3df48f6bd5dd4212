import { describe, expect, test } from "vitest";
import { isFineGrained } from "../../../../src/compiler/backends/onnx/fine-grained.ts";
import type { Node } from "../../../../src/compiler/ir/graph.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";

/** y ← sin y, so many times, and then a product with a matrix of this size. */
function chain(count: number, shape: readonly number[], matrix = 1) {
  const b = simplifyingBuilder();
  const x = b.input("x", shape, "float32");
  const w = b.input("w", [matrix, matrix], "float32");
  let y: Node = x;
  for (let i = 0; i < count; i++) y = b.unary("sin", y);
  return { inputs: [x, w], outputs: [y, b.matmul(w, w)] };
}

describe("isFineGrained()", () => {
  test("is true of many operations on few numbers", () => {
    expect(isFineGrained(chain(2000, [2]))).toBe(true);
  });

  test("is false of few operations, and of operations on many numbers", () => {
    expect(isFineGrained(chain(900, [2]))).toBe(false);
    expect(isFineGrained(chain(2000, [16, 16]))).toBe(false);
  });

  test("counts the multiplications of a product", () => {
    expect(isFineGrained(chain(2000, [2], 256))).toBe(false);
  });
});
