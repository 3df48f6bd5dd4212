import { describe, expect, test } from "vitest";
import { substitute, withoutStopGradients } from "../../../src/compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { printed } from "../../helpers/graphs.ts";

describe("substitute()", () => {
  test("simplifies again what a replaced node makes simpler", () => {
    const build = printed([[3], [3]], (b, x, y) => {
      const loss = b.add(b.mul(x, y), b.unary("sin", y));
      return substitute(b, [loss], new Map([[x, b.full(0, [3], "float32")]]));
    });
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3], %1: float32[3]) {
        %2: float32[3] = sin %1
        return %2
      }"
    `);
  });

  test("leaves what does not depend on a replaced node as it is", () => {
    const b = simplifyingBuilder();
    const [x, y] = [b.input("x", [3], "float32"), b.input("y", [3], "float32")];
    const unchanged = b.unary("sin", y);
    const [again] = substitute(b, [unchanged], new Map([[x, y]]));
    expect(again).toBe(unchanged);
  });
});

describe("withoutStopGradients()", () => {
  test("takes them out and leaves the values", () => {
    const build = printed([[3]], (b, x) => withoutStopGradients(b, [b.mul(b.stopGradient(b.unary("exp", x)), x)]));
    expect(build).toMatchInlineSnapshot(`
      "(%0: float32[3]) {
        %1: float32[3] = exp %0
        %2: float32[3] = mul %0 %1
        return %2
      }"
    `);
  });
});
