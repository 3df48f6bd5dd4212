import { describe, expect, test } from "vitest";
import { printed } from "../../helpers/graphs.ts";

describe("simplification while building", () => {
  test("zeros vanish: 0·x + y = y", () => {
    expect(printed([[3], [3]], (b, x, y) => b.add(b.mul(b.full(0, [3], "float32"), x), y))).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        return %1
      }"
    `);
  });

  test("scalars float out of products and merge: (2x)(3y) = 6xy", () => {
    expect(printed([[3], [3]], (b, x, y) => b.mul(b.scale(x, 2), b.scale(y, 3)))).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        %2: float32[3] = mul %0 %1
        %3: float32[3] = mul %2 6
        return %3
      }"
    `);
  });

  test("scalars stay where they would not leave the product room in float32", () => {
    expect(printed([[3], [3]], (b, x, y) => b.mul(b.scale(x, 2 ** 30), b.scale(y, 2 ** 20)))).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        %2: float32[3] = mul %0 1073741824
        %3: float32[3] = mul %1 1048576
        %4: float32[3] = mul %2 %3
        return %4
      }"
    `);
    const sum = printed([[3]], (b, x) => b.sum(b.scale(x, 2 ** -41), [0]));
    expect(sum).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = mul %0 4.547473508864641e-13
        %2: float32[] = reduce %1 op="sum" axes=[0]
        return %2
      }"
    `);
  });

  test("scalars float out of matrix products, moves and sums", () => {
    const build = printed(
      [
        [2, 3],
        [3, 2],
      ],
      (b, x, y) => b.sum(b.transpose(b.matmul(b.scale(x, 2), b.scale(y, 3)), [1, 0]), [0]),
    );
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[2,3], %1: float32[3,2]) {
        %2: float32[2,2] = matmul %1 %0 transposeA=true transposeB=true
        %3: float32[2] = reduce %2 op="sum" axes=[0]
        %4: float32[2] = mul 6 %3
        return %4
      }"
    `);
  });

  test("multiples of one term merge: 2x + 3x = 5x, x − x = 0", () => {
    const build = printed([[3]], (b, x) => [b.add(b.scale(x, 2), b.scale(x, 3)), b.add(x, b.scale(x, -1))]);
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = mul %0 5
        %2: float32[3] = expand 0
        return %1, %2
      }"
    `);
  });

  test("broadcasts float out of elementwise operations", () => {
    expect(printed([[3]], (b, x) => b.unary("exp", b.expand(x, [2, 3])))).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = exp %0
        %2: float32[2,3] = expand %1
        return %2
      }"
    `);
  });

  test("a sum over repeated elements is a multiple", () => {
    expect(printed([[3]], (b, x) => b.sum(b.expand(x, [4, 3]), [0]))).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = mul %0 4
        return %1
      }"
    `);
  });

  test("(AB)ᵀ = BᵀAᵀ, and transposed operands become flags", () => {
    expect(
      printed(
        [
          [2, 3],
          [3, 4],
        ],
        (b, x, y) => b.transpose(b.matmul(x, y), [1, 0]),
      ),
    ).toMatchInlineSnapshot(`
      "(%0: float32[2,3], %1: float32[3,4]) {
        %2: float32[4,2] = matmul %1 %0 transposeA=true transposeB=true
        return %2
      }"
    `);
  });

  test("two moves are one, and two that undo each other none", () => {
    const build = printed([[2, 3]], (b, x) => [
      b.reshape(b.reshape(x, [6]), [3, 2]),
      b.transpose(b.transpose(x, [1, 0]), [1, 0]),
      b.flip(b.flip(x, [1]), [1]),
      b.reshape(b.flip(b.reshape(b.flip(b.reshape(x, [6]), [0]), [6, 1]), [0]), [2, 3]),
    ]);
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[2,3]) {
        %1: float32[3,2] = reshape %0
        return %1, %0, %0, %0
      }"
    `);
  });

  test("a choice by a constant is made", () => {
    expect(printed([[3], [3]], (b, x, y) => b.where(b.full(1, [3], "bool"), x, y))).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        return %0
      }"
    `);
  });

  test("the opposite of a comparison is a comparison", () => {
    expect(printed([[3], [3]], (b, x, y) => b.not(b.compare("less", x, y)))).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        %2: bool[3] = compare %1 %0 op="less_equal"
        return %2
      }"
    `);
  });
});
