import { describe, expect, test } from "vitest";
import { transposeLinear } from "../../../src/compiler/autodiff/transpose.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { printed } from "../../helpers/graphs.ts";

describe("transposeLinear()", () => {
  test("of v ↦ Av is u ↦ Aᵀu", () => {
    const build = printed(
      [
        [2, 3],
        [3, 1],
        [2, 1],
      ],
      (b, a, v, u) => transposeLinear(b, [b.matmul(a, v)], [u], [v]),
    );
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[2,3], %1: float32[3,1], %2: float32[2,1]) {
        %3: float32[3,1] = matmul %0 %2 transposeA=true transposeB=false
        return %3
      }"
    `);
  });

  test("of a broadcast is a sum, of a sum a broadcast", () => {
    const spread = printed([[3], [2, 3]], (b, v, u) => transposeLinear(b, [b.expand(v, [2, 3])], [u], [v]));
    const summed = printed([[2, 3], [3]], (b, v, u) => transposeLinear(b, [b.sum(v, [0])], [u], [v]));
    expect(spread).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[2,3]) {
        %2: float32[3] = reduce %1 op="sum" axes=[0]
        return %2
      }"
    `);
    expect(summed).toMatchInlineSnapshot(`
      "(%0: float32[2,3], %1: float32[3]) {
        %2: float32[1,3] = reshape %1
        %3: float32[2,3] = expand %2
        return %3
      }"
    `);
  });

  test("is zero for an input that no output depends on", () => {
    const build = printed([[3], [3], [3]], (b, v, other, u) => transposeLinear(b, [b.scale(v, 2)], [u], [other]));
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3], %2: float32[3]) {
        %3: float32[3] = expand 0
        return %3
      }"
    `);
  });

  test("refuses a function that is not linear", () => {
    const b = simplifyingBuilder();
    const [v, u] = [b.input("v", [3], "float32"), b.input("u", [3], "float32")];
    expect(() => transposeLinear(b, [b.unary("exp", v)], [u], [v])).toThrow('"exp" is not linear');
  });
});
